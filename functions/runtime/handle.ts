import { toAnswer, type Answer } from './answer.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import { readBootstrap, type Bootstrap } from './env.ts';
import { fetchDocuments, fetchEarly, NACOS_BUDGET_MS } from './config/fetch.ts';
import { readTrigger } from './event/read.ts';
import type { RawRequest } from './event/http-request.ts';
import { createGuard } from './admission.ts';
import type { Engine } from './engine.ts';
import { loadEngine } from './load-engine.ts';
import { createLog, logRun, warn, type LogDestination, type RunContext } from './log.ts';
import { createNacos } from './nacos/client.ts';
import type { RunEnd } from './outcome.ts';
import { createRedact } from './redact.ts';
import { NOTHING, type RunResult } from './result.ts';
import { RunError } from './run-error.ts';
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
  /** It did not come over a network: nobody is asked for a token. */
  readonly isLocal?: boolean;
};

/** An answer, and what to do once it is on its way. */
export interface HandleResult {
  readonly answer: Answer;
  readonly ending: RunEnd;
  /** Writes the run's log line; does nothing for a caller who joined another's run. */
  readonly log: () => Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

export interface FunctionOptions {
  /** Where the log lines go; standard output when missing. */
  readonly logTo?: LogDestination;
}

/** Makes a task runnable, and asks Nacos at once. Rejects when the environment is wrong: such a process must not listen. */
export async function createFunction(task: Task, env: Env, { logTo }: FunctionOptions = {}): Promise<CronFunction> {
  const bootstrap = readBootstrap(env);
  const nacos = createNacos(bootstrap.nacos);
  const redact = createRedact([bootstrap.nacos.credentials?.password]);
  const door = createAuthenticate(bootstrap.callers, (message) => warn(task.name, message));
  const now = (): Date => new Date();
  const guard = createGuard<RunResult>({ safeToRepeat: task.safeToRepeat, monotonicMs: uptimeMs });
  const fetch = fetchEarly((signal) => fetchDocuments(bootstrap, nacos, signal), AbortSignal.timeout(NACOS_BUDGET_MS));
  let bootMs: number | undefined;
  const consumeBootMs = (): number | undefined => {
    const taken = bootMs;
    bootMs = undefined;
    return taken;
  };
  const tools = { bootstrap, nacos, fetchDocuments: fetch, consumeBootMs, monotonicMs: uptimeMs, now };
  const engine = startEngine();
  let logger: ReturnType<typeof createLog> | undefined;

  async function writeLine(result: RunResult, context: Omit<RunContext, 'task' | 'now'>): Promise<void> {
    logger ??= createLog(bootstrap.logLevel, redact, logTo);
    logRun(await logger, result, { ...context, task: task.name, now: now() });
  }

  async function startEngine(): Promise<Engine> {
    const { createEngine } = await loadEngine();
    const started = await createEngine(task, tools);
    bootMs = uptimeMs();
    return started;
  }

  async function closeEngine(): Promise<void> {
    (await engine).close();
  }

  return {
    name: task.name,
    bootstrap,
    ready: engine,
    handle: async (request, caller) => {
      let subject: string | undefined;
      const { result, isOwn, countCallers } = await process();
      const answer = toAnswer(result, task, now(), redact);
      const { status } = answer;
      return {
        answer,
        ending: result.ending,
        log: () => (isOwn ? writeLine(result, { subject, callers: countCallers(), status }) : Promise.resolve()),
      };

      async function process(): Promise<{ result: RunResult; isOwn: boolean; countCallers: () => number }> {
        try {
          request.body.catch(() => {}); // heard of below, once the caller may come in
          if (request.isLocal !== true) subject = await door(request.rawHeaders);
          const trigger = readTrigger({ ...request, body: await request.body }, task.name, now());
          const admission = guard.admit(trigger, caller, async (signal) => (await engine).run(trigger, signal));
          if (admission.kind === 'refused') {
            const { ending, holder } = admission;
            return { result: { ...NOTHING, trigger, ending, holder }, isOwn: true, countCallers: () => 1 };
          }
          const { run: shared } = admission;
          return {
            result: await shared.result,
            isOwn: admission.kind === 'started',
            countCallers: () => shared.callerCount,
          };
        } catch (caught) {
          const error = RunError.from(caught);
          return { result: { ...NOTHING, ending: error.ending, error }, isOwn: true, countCallers: () => 1 };
        }
      }
    },
    drain: () => guard.close(),
    abort: (reason) => guard.abort(reason),
    close: () => {
      nacos.close();
      void closeEngine();
    },
  };
}
