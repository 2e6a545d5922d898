import * as v from 'valibot';
import { validateConfig } from '../../../functions/runtime/config/validate.ts';
import { readBootstrap } from '../../../functions/runtime/env.ts';
import { loadDocuments } from '../../../functions/runtime/config/load.ts';
import { createNacos } from '../../../functions/runtime/nacos/client.ts';
import { NACOS_BUDGET_MS } from '../../../functions/runtime/config/fetch.ts';
import type { AnyTask } from '../../../functions/runtime/task.ts';
import { overlapOf } from '../../backfill/overlap.ts';
import type { CliHost } from '../cli-host.ts';

type Env = CliHost['env'];

/** By how much a task's windows overlap, in ms, and who says so. */
export interface Overlap {
  readonly overlapMs: number;
  readonly source: 'Nacos' | "the task's default";
}

/**
 * The task's configured overlap when the environment names Nacos, else its default; 0 for a task without one. Rejects
 * with the RunError of a configuration that cannot be read.
 */
export async function readOverlap(task: AnyTask, env: Env): Promise<Overlap> {
  if ((env['NACOS_SERVER_ADDR'] ?? '') === '') {
    const schema = (task.options as v.ObjectEntries)['overlap']; // AnyTask has no options type
    const overlap = schema && v.parse(schema, undefined);
    return { overlapMs: overlapOf({ overlap }), source: "the task's default" };
  }
  const bootstrap = readBootstrap(env);
  const nacos = createNacos(bootstrap.nacos);
  try {
    const { documents } = await loadDocuments(bootstrap, nacos, AbortSignal.timeout(NACOS_BUDGET_MS));
    const { options } = validateConfig(documents, task, bootstrap.deployEnv);
    return { overlapMs: overlapOf(options), source: 'Nacos' };
  } finally {
    nacos.close();
  }
}
