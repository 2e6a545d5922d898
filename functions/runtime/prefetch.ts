import { setImmediate as nextTurn } from 'node:timers/promises';
import { fetchDocuments, type DocumentFetcher } from './config/fetch.ts';
import type { Engine } from './engine.ts';
import type { Bootstrap } from './env.ts';
import type { Nacos } from './nacos/client.ts';
import { askEarly, startEarlyInquiry } from './nacos/early.ts';
import type { Task } from './task.ts';
import { uptimeMs } from './uptime.ts';

/**
 * The eager half of what is done before the first event: asks Nacos for the configuration, then loads the engine, whose
 * lazy half (engine.ts) parses the answer and connects to the backend. Rejects when the task's .proto is wrong.
 */
export async function startEngine(task: Task, bootstrap: Bootstrap, nacos: Nacos): Promise<Engine> {
  const fetch: DocumentFetcher = (inquiry) => fetchDocuments(bootstrap, nacos, inquiry);
  const early = startEarlyInquiry();
  const documents = askEarly(early, fetch, uptimeMs);
  const { createEngine } = await loadEngine();
  return createEngine(task, { bootstrap, nacos, fetch, early, documents });
}

/**
 * Loads the engine's modules in stages, a turn of the event loop apart: what was asked of Nacos goes out and the port opens
 * before the first, and answers are read in between. On a cold start loading takes longer than Nacos does.
 */
async function loadEngine() {
  await nextTurn();
  await nextTurn();
  await Promise.all([import('./config/validate.ts'), import('./config/parse.ts')]);
  await nextTurn();
  await import('./grpc/connections.ts');
  await nextTurn();
  return import('./engine.ts');
}
