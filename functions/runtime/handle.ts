import { createAdmission } from './admission.ts';
import { toAnswer, type HttpAnswer } from './answer.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import type { Engine } from './engine.ts';
import { readBootstrap, type Bootstrap } from './env.ts';
import type { RawRequest } from './event/http-request.ts';
import { readTrigger } from './event/read.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';
import { createLog, logRun, warn } from './log.ts';
import { createNacos } from './nacos/client.ts';
import type { RunEnd } from './outcome.ts';
import { startEngine } from './prefetch.ts';
import { createRedact, type Redact } from './redact.ts';
import type { RunError } from './run-error.ts';
import { createFailure, type RunResult } from './run-record.ts';
import type { Task } from './task.ts';
import { uptimeMs } from './uptime.ts';

/** A task with all that runs it; what a host serves. */
export interface CronFunction {
  readonly name: string;
  readonly bootstrap: Bootstrap;
  /** Resolves when all modules are loaded; events are answered before, a little later. Rejects when the task's .proto is wrong. */
  readonly ready: Promise<unknown>;
  /** Answers one request; never rejects. `caller` aborts when the caller hangs up. */
  handle(request: IncomingEvent, caller: AbortSignal): Promise<HandleResult>;
  /** From now on new events are refused with 503. */
  drain(): void;
  /** Ends the runs under way with this error. */
  abort(reason: RunError): void;
  /** Closes channels and sockets. */
  close(): void;
}

/** A request whose body may still be on its way. */
export type IncomingEvent = Omit<RawRequest, 'body'> & {
  readonly body: Promise<Uint8Array>;
  /** It did not come over a network: no token is required. */
  readonly isLocal?: boolean;
};

/** An answer, and what to do once it is on its way. */
export interface HandleResult {
  readonly answer: HttpAnswer;
  readonly ending: RunEnd;
  /** Writes the run's log line; does nothing for a caller who joined another's run. */
  readonly log: () => Promise<void>;
}

export interface FunctionOptions {
  /** Where the log lines go; standard output when missing. */
  readonly logTo?: LineWriter;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Makes a task runnable, and asks Nacos at once. Rejects when the environment is wrong: such a process must not listen. */
export async function createFunction(
  task: Task,
  env: Env,
  { logTo = createLineWriter(1) }: FunctionOptions = {},
): Promise<CronFunction> {
  const bootstrap = readBootstrap(env);
  const hidePassword = createRedact([bootstrap.nacos.credentials?.password]);
  let hideToken: Redact | undefined;
  const redact: Redact = (text) => hidePassword(hideToken === undefined ? text : hideToken(text));
  const nacos = createNacos(bootstrap.nacos, {
    warn: (message) => warn(task.name, message),
    onToken: (token) => {
      hideToken = createRedact([token]);
    },
  });
  const authenticate = createAuthenticate(bootstrap.callers, (message) => warn(task.name, message));
  const admission = createAdmission({ safeToRepeat: task.safeToRepeat, monotonicMs: uptimeMs });
  const engine: Promise<Engine> = startEngine(task, bootstrap, nacos);
  let logger: ReturnType<typeof createLog> | undefined;

  /** One event: authenticate, read it, admit it, run it, answer, log. */
  async function handle(request: IncomingEvent, caller: AbortSignal): Promise<HandleResult> {
    let subject: string | undefined;
    try {
      request.body.catch(() => {}); // handled below, once the caller is authenticated
      if (request.isLocal !== true) subject = await authenticate(request.rawHeaders);
      const trigger = readTrigger({ ...request, body: await request.body }, task.name, new Date(), redact);
      const { kind, run } = admission.admit(trigger, caller, async (callers) => (await engine).run(trigger, callers));
      return reply(await run.result, kind === 'joined' ? undefined : { subject, run });
    } catch (caught) {
      return reply(createFailure(caught), { subject, run: { callerCount: 1 } });
    }
  }

  /** Answers one caller. `logged` is absent for one who joined another's run: its line is written by the first. */
  function reply(
    result: RunResult,
    logged?: { subject: string | undefined; run: { callerCount: number } },
  ): HandleResult {
    const answer = toAnswer(result, task, new Date(), redact);
    const log = async (): Promise<void> => {
      if (logged === undefined) return;
      logger ??= createLog(bootstrap.logLevel, redact, logTo);
      const { subject, run } = logged;
      const { version } = bootstrap;
      const who = { task: task.name, version, subject, callers: run.callerCount };
      logRun(await logger, result, { ...who, status: answer.status, now: new Date() });
      await logTo.flush?.();
    };
    return { answer, ending: result.ending, log };
  }

  async function closeEngine(): Promise<void> {
    (await engine).close();
  }

  return {
    name: task.name,
    bootstrap,
    ready: engine,
    handle,
    drain: () => admission.close(),
    abort: (reason) => admission.abort(reason),
    close: () => {
      nacos.close();
      void closeEngine();
    },
  };
}
