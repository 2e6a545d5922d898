import { setImmediate as nextTurn } from 'node:timers/promises';
import { scheduledRunKey } from '../../functions/runtime/event/run-key.ts';
import { CloudEvent } from 'cloudevents';
import type { TestContext } from 'vitest';
import { PING_TYPE } from '../../functions/runtime/event/event-types.ts';
import type { Backend } from '../../tools/stack/backends/backend.ts';
import { startLeke } from '../../tools/stack/backends/leke.ts';
import { startFunction, type FunctionProcess } from '../../tools/stack/function-process.ts';
import type { NewInstance } from '../../tools/stack/nacos/instances.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from '../../tools/stack/nacos/server.ts';
import type { PostResult } from '../../tools/stack/post.ts';
import { postEvent } from '../../tools/stack/post.ts';
import { APP_DIR } from '../support/app-dir.ts';

/** One Nacos with auth and one bi-api-leke, both in this process, where every fault starts from health. */
export interface Platform {
  readonly nacos: NacosServer;
  readonly backend: Backend;
  readonly env: Readonly<Record<string, string>>;
  /** Replaces a document; the one of this environment unless told. */
  readonly configure: (text: string, dataId?: string) => void;
  /** Replaces what is registered as bi-api-leke; what an instance leaves out is that of the healthy backend. */
  readonly register: (...instances: Partial<NewInstance>[]) => void;
  /** How often the function asked Nacos each question (method, path with query, form of credential), since the last reset. */
  readonly questions: () => number[];
  /** What no output may hold: the password and every token that was handed out. */
  secrets(): string[];
  /** Back to health, with nothing counted. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** What a run may take, for all that a fault does not need to run into it: a busy machine must not end it. */
export const BUDGET_MS = 10_000;
/** For faults that only the budget ends. */
export const SHORT_BUDGET_MS = 1500;
/** Of the event loop: a repeat that the run before sent and left behind is read, and counted as its own. */
const TURNS = 10;
const USER = 'bi-cron';
const PASSWORD = 'Planted-Pass+word/4711=';
const SHARED = `
grpc: { bi-api-leke: { service: bi-api-leke, timeout: 10s } }
tasks:
  increment-order: { shopIds: ["100001"], lookback: 30m }
  full-order: { shopIds: ["100001"], lookback: 1h }
`;
const INSTANCE = { serviceName: 'bi-api-leke', ip: '127.0.0.1' };

/** Starts both on free ports, Nacos with one user. */
export async function startPlatform(options: NacosServerOptions = {}): Promise<Platform> {
  const nacos = await startNacosServer({ auth: { users: { [USER]: PASSWORD } }, ...options });
  const backend = await startLeke();
  const tokens = new Set<string>();
  const asked = () => nacos.requests.list().filter(({ headers }) => headers['user-agent'] === 'bi-cron');

  const platform: Platform = {
    nacos,
    backend,
    env: {
      DEPLOY_ENV: 'dev',
      NACOS_SERVER_ADDR: nacos.url,
      NACOS_USERNAME: USER,
      NACOS_PASSWORD: PASSWORD,
      RUN_BUDGET: `${BUDGET_MS}ms`,
    },
    configure: (text, dataId = 'bi-cron-dev.yaml') => void nacos.configs.publish(dataId, text, { type: 'yaml' }),
    register: (...instances) => {
      for (const { ip, port, clusterName } of nacos.services.list(INSTANCE)) {
        nacos.services.deregister({ ...INSTANCE, ip, port, clusterName });
      }
      for (const instance of instances) nacos.services.register({ ...INSTANCE, port: backend.port, ...instance });
    },
    questions: () =>
      [
        ...Map.groupBy(asked(), ({ method, path, query, headers }) =>
          JSON.stringify([method, path, query, formOf(headers.authorization)]),
        ).values(),
      ].map(({ length }) => length),
    secrets: () => {
      for (const { headers } of asked()) tokens.add(headers.authorization?.slice('Bearer '.length) ?? PASSWORD);
      return [PASSWORD, encodeURIComponent(PASSWORD), ...tokens];
    },
    reset: async () => {
      platform.secrets(); // keeps the tokens beyond the log
      await nacos.faults.clear();
      backend.faults.clear();
      platform.configure(SHARED, 'bi-cron.yaml');
      platform.configure('env: dev\n');
      platform.register({});
      for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
      nacos.requests.clear();
      backend.calls.clear();
    },
    close: async () => {
      await backend.stop();
      await nacos.close();
    },
  };
  await platform.reset();
  return platform;
}

/** What vitest calls when a test is over; a test that runs beside others must use its own. */
export type OnTestFinished = TestContext['onTestFinished'];

/** A platform for one test, which may then run beside others. */
export async function openPlatform(onTestFinished: OnTestFinished, options?: NacosServerOptions): Promise<Platform> {
  const platform = await startPlatform(options);
  onTestFinished(() => platform.close());
  return platform;
}

/** A function process that reads this platform. */
export function launch(
  platform: Platform,
  env: Record<string, string> = {},
  task = 'increment-order',
): Promise<FunctionProcess> {
  return startFunction({ task, appDir: APP_DIR, env: { ...platform.env, ...env } });
}

let lastSlotMs = Math.floor(Date.now() / 60_000) * 60_000;

/** A minute that no event of this file has had yet. */
export function freshSlot(): Date {
  lastSlotMs -= 60_000;
  return new Date(lastSlotMs);
}

/** A tick, sent once: no sender's retries stand between a fault and what is seen of it. */
export function sendTick(
  fn: FunctionProcess,
  slot: Date,
  task = 'increment-order',
  signal?: AbortSignal,
): Promise<PostResult> {
  const source = `/apis/v1/namespaces/default/pingsources/${task}`;
  const event = new CloudEvent({ type: PING_TYPE, source, time: slot.toISOString() });
  return postEvent(event, { sink: fn.url, mode: 'binary', ...(signal && { signal }) });
}

/** The log lines of a slot's runs so far. */
export const linesOf = (fn: FunctionProcess, slot: Date, task = 'increment-order') =>
  fn.runs().filter(({ runKey }) => runKey === scheduledRunKey(task, slot));

const formOf = (authorization: string | undefined): string =>
  authorization === undefined ? 'none' : authorization.startsWith('Bearer ') ? 'bearer' : 'bare';
