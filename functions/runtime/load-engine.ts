import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as Engine from './engine.ts';

/**
 * Loads the engine's modules in stages, a turn of the event loop apart: what was asked of Nacos goes out and the port opens
 * before the first, and answers are read in between. On a cold start loading takes longer than Nacos does.
 */
export async function loadEngine(): Promise<typeof Engine> {
  await nextTurn();
  await nextTurn();
  await Promise.all([import('./config/validate.ts'), import('./config/parse.ts')]);
  await nextTurn();
  await import('./grpc/connections.ts');
  await nextTurn();
  return import('./engine.ts');
}
