import { readFile } from 'node:fs/promises';
import path from 'node:path';
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

/** What may be asked of Nacos within one run, in ms. */
export const NACOS_BUDGET_MS = 5000;

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

/**
 * Fetches once at once, before anybody asks, and gives that to the first who does; the others fetch anew. It ends with the
 * signal of the first who asked, too: what nobody waits for any more must not stand in the next one's way.
 */
export function fetchEarly(fetch: DocumentFetcher, signal: AbortSignal): DocumentFetcher {
  const abandoned = new AbortController();
  let early: Promise<FetchedDocuments> | undefined = fetch(AbortSignal.any([signal, abandoned.signal]));
  early.catch(() => {}); // the first who asks hears of it
  return (own) => {
    const first = early;
    early = undefined;
    if (first === undefined) return fetch(own);
    own.addEventListener('abort', () => abandoned.abort(own.reason), { once: true });
    return first;
  };
}
