import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NACOS_BUDGET_MS } from '../deadline.ts';
import type { Bootstrap } from '../env.ts';
import type { Nacos } from '../nacos/client.ts';
import { invalidConfig, RunError } from '../run-error.ts';

/** The texts of the configuration documents, in merge order, and where they came from. */
export interface FetchedDocuments {
  /** undefined: there is no such document. */
  readonly texts: readonly (string | undefined)[];
  /** `fallback`: Nacos could not be reached, the mounted directory stood in. */
  readonly source: 'nacos' | 'fallback';
  /** The place, for messages. */
  readonly where: string;
}

export type DocumentFetcher = (signal: AbortSignal) => Promise<FetchedDocuments>;

/** Fetches all documents in parallel. Throws `unavailable: nacos` when Nacos cannot be reached and no fallback directory is set. */
export async function fetchDocuments(
  bootstrap: Bootstrap,
  nacos: Pick<Nacos, 'readDocument'>,
  signal: AbortSignal,
): Promise<FetchedDocuments> {
  const { group, namespace } = bootstrap.nacos;
  const read = (from: (dataId: string) => Promise<string | undefined>) =>
    Promise.all(bootstrap.documents.map(({ dataId }) => from(dataId)));
  try {
    const texts = await read((dataId) => nacos.readDocument({ dataId, group }, signal));
    return { texts, source: 'nacos', where: `Nacos, namespace ${JSON.stringify(namespace)}, group ${group}` };
  } catch (error) {
    const { fallbackDir } = bootstrap;
    const isDown = error instanceof RunError && error.ending.reason === 'nacos';
    if (!isDown || fallbackDir === undefined) throw error;
    const texts = await read((dataId) => readFallback(path.join(fallbackDir, `${group}__${dataId}`)));
    return { texts, source: 'fallback', where: fallbackDir };
  }
}

async function readFallback(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw invalidConfig(
      'NACOS_FALLBACK_DIR',
      `${file}: expected a readable file, got ${(error as NodeJS.ErrnoException).code}`,
      error,
    );
  }
}

/** What was asked of Nacos at the start of the process, before any event was there. */
export interface EarlyFetch {
  readonly documents: Promise<FetchedDocuments>;
  /** Ends it, and all that follows from it, when nobody waits for it any more. */
  readonly abandon: AbortController;
  /** Aborts with `abandon`, and when all that may be asked of Nacos in one run has taken too long. */
  readonly signal: AbortSignal;
}

/** Fetches at once; a failure is handled by the first run. */
export function startFetch(fetch: DocumentFetcher): EarlyFetch {
  const abandon = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(NACOS_BUDGET_MS), abandon.signal]);
  const documents = fetch(signal);
  documents.catch(() => {});
  return { documents, abandon, signal };
}
