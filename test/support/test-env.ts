import { createServer } from 'node:http';
import { CloudEvent } from 'cloudevents';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import type { Backend } from '../../tools/stack/backends/backend.ts';
import { startFunction, type FunctionProcess, type HostKind } from '../../tools/stack/function-process.ts';
import { createBroker } from '../../tools/stack/senders/broker.ts';
import type { Delivery } from '../../tools/stack/senders/delivery.ts';
import { createPingSource } from '../../tools/stack/senders/ping-source.ts';
import { APP_DIR } from './app-dir.ts';
import { openTcpProxy } from './tcp-proxy.ts';
import { startStack, type Stack } from '../../tools/stack/stack.ts';
import { listenOnLoopback } from '../../tools/stack/free-port.ts';

export type SenderKind = 'PingSource' | 'Broker';

/** One function process on an embedded stack, and both senders in front of it. */
export interface TestEnv {
  readonly stack: Stack;
  readonly fn: FunctionProcess;
  readonly backend: Backend;
  /** Where Nacos says that the backend is: a proxy before it. */
  readonly address: string;
  readonly task: string;
  /** A minute that no event of this environment has had yet. */
  freshSlot(): Date;
  /** A tick of the task's schedule, retried as the sender retries; the waits between attempts are left out. */
  tick(sender: SenderKind, slot: Date, data?: string): Promise<Delivery>;
  /** An event that a person sends through the Broker; a PingSource sends none. */
  manual(data?: object): Promise<Delivery>;
  /** Replaces the configuration's second document. */
  configure(document: string): void;
  /** From now on a call reaches the backend, and its answer waits for `release`. */
  hold(): Promise<void>;
  release(): void;
  /** Back to a healthy stack with the default configuration and no recorded calls. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_DOCUMENT = 'env: dev\ntasks: { full-order: { lookback: 3d } }\n';
const noWait = (): Promise<void> => Promise.resolve();

/** Starts the stack, one function process and a dead letter sink. */
export async function startTestEnv(task: string, host: HostKind, env: Record<string, string> = {}): Promise<TestEnv> {
  const stack = await startStack();
  const backend = task === 'inventory-fetch' ? stack.jushuitan : stack.leke;
  const proxy = await openTcpProxy(backend.port);
  await backend.deregister();
  stack.nacos.services.register({ serviceName: backend.name, ip: '127.0.0.1', port: proxy.port });
  const fn = await startFunction({ task, host, appDir: APP_DIR, env: { ...stack.env, ...env } });
  const deadLetters = await startDeadLetterSink();
  let lastSlotMs = Math.floor(Date.now() / 60_000) * 60_000;

  const freshSlot = (): Date => {
    lastSlotMs -= 60_000;
    return new Date(lastSlotMs);
  };
  const source = `/apis/v1/namespaces/default/pingsources/${task}`;
  const pingSource = (data?: string) =>
    createPingSource({
      name: task,
      sink: fn.url,
      sleep: noWait,
      random: () => 0,
      ...(data === undefined ? {} : { contentType: 'application/json', data }),
    });
  const broker = createBroker({
    sink: fn.url,
    deadLetterSink: deadLetters.url,
    delivery: { retry: 2, backoffPolicy: 'linear', backoffDelay: 'PT0.5S' },
    sleep: noWait,
  });

  return {
    stack,
    fn,
    backend,
    address: `127.0.0.1:${proxy.port}`,
    task,
    freshSlot,
    hold: async () => {
      await pingSource().tick(freshSlot()); // connects
      backend.calls.clear();
      proxy.hold();
    },
    release: () => proxy.release(),
    tick: (sender, slot, data) => {
      if (sender === 'PingSource') return pingSource(data).tick(slot);
      const content =
        data === undefined ? {} : { datacontenttype: 'application/json', data: JSON.parse(data) as object };
      return broker.deliver(
        new CloudEvent({ source, type: 'dev.knative.sources.ping', time: slot.toISOString(), ...content }),
      );
    },
    manual: (data = {}) =>
      broker.deliver(new CloudEvent({ source: '/test', type: MANUAL_TYPE, datacontenttype: 'application/json', data })),
    configure: (document) => {
      stack.nacos.configs.publish('bi-cron-dev.yaml', document, { type: 'yaml' });
    },
    reset: async () => {
      await stack.nacos.faults.clear();
      backend.faults.clear();
      backend.calls.clear();
      proxy.release();
      stack.nacos.configs.publish('bi-cron-dev.yaml', DEFAULT_DOCUMENT, { type: 'yaml' });
    },
    close: async () => {
      await fn.stop();
      deadLetters.close();
      proxy.close();
      await stack.close();
    },
  };
}

async function startDeadLetterSink(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(204).end());
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** The error body of the last attempt. */
export function lastError(delivery: Delivery): Record<string, unknown> {
  return JSON.parse(delivery.attempts.at(-1)?.body ?? '{}') as Record<string, unknown>; // our error bodies are JSON objects
}

/** The statuses of all attempts, in order. */
export const statuses = (delivery: Delivery): (number | undefined)[] => delivery.attempts.map(({ status }) => status);
