import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { digest } from '../../backfill/window-event.ts';
import { UsageError } from '../exit-code.ts';

/** What makes two starts the same backfill. */
export interface BackfillIdentity {
  readonly task: string;
  /** RFC 3339 */
  readonly from: string;
  readonly to: string;
  /** Where the events go: what is done in one environment is not done in another. */
  readonly destination: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

const schema = v.object({
  version: v.literal(1),
  task: v.string(),
  from: v.string(),
  to: v.string(),
  destination: v.string(),
  stepMs: v.number(),
  overlapMs: v.number(),
  /** Run keys of the windows that are done. */
  done: v.array(v.string()),
});

/** What a backfill remembers: how it was cut, and which windows are done. */
export type BackfillState = v.InferOutput<typeof schema>;

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/bi-cron/backfill-<task>-<digest>.json`; `~/.local/state` when the variable is not set. */
export function stateFileOf(identity: BackfillIdentity, env: Env): string {
  const folder = env['XDG_STATE_HOME'] || path.join(findHome(env), '.local/state');
  return path.join(folder, 'bi-cron', `backfill-${identity.task}-${digest(identity)}.json`);
}

/** A container's user need not have one. */
function findHome(env: Env): string {
  try {
    return env['HOME'] || homedir();
  } catch (error) {
    throw new UsageError('--state: expected a file, because this user has no home folder', { cause: error });
  }
}

/** What an earlier start left; undefined when there was none. Throws UsageError when the file is of another backfill. */
export async function readState(file: string, identity: BackfillIdentity): Promise<BackfillState | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UsageError(`${file}: expected a readable file, got ${error.code}`, { cause: error });
  });
  if (text === undefined) return undefined;
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!success) throw new UsageError(`${file}: expected the state of a backfill, got something else`);
  const { task, from, to, destination } = identity;
  const isSame = output.task === task && output.from === from && output.to === to && output.destination === destination;
  if (!isSame)
    throw new UsageError(
      `${file}: expected the state of ${task} from ${from} to ${to} at ${destination}, got ${output.task} from ${output.from} to ${output.to} at ${output.destination}`,
    );
  return output;
}

/** Writes the state, whole or not at all: a kill in between leaves the file of before. Throws UsageError when it cannot. */
export async function writeState(file: string, state: BackfillState): Promise<void> {
  const half = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(half, `${JSON.stringify(state, null, 2)}\n`);
    await rename(half, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // the file system's own error
    throw new UsageError(`--state ${file}: expected a file that can be written, got ${code}`, { cause: error });
  }
}
