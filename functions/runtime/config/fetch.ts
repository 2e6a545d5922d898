import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bootstrap } from '../env.ts';
import type { Nacos } from '../nacos/client.ts';
import { NacosUnreachableError } from '../nacos/errors.ts';
import type { Inquiry } from '../nacos/inquiry.ts';
import { invalidConfig } from '../run-error.ts';

/** One configuration document as it came. */
export interface FetchedText {
  /** Undefined: there is no such document. */
  readonly text: string | undefined;
  /** Who said so, for messages. */
  readonly where: string;
}

/** The texts of the configuration documents, in merge order, and where they came from. */
export interface FetchedDocuments {
  readonly texts: readonly FetchedText[];
  /** `fallback`: Nacos could not be reached, the mounted directory stood in. */
  readonly source: 'nacos' | 'fallback';
}

export type DocumentFetcher = (inquiry: Inquiry) => Promise<FetchedDocuments>;

/** Fetches all documents in parallel. Throws `unavailable: nacos` when Nacos cannot be reached and no fallback directory is set. */
export async function fetchDocuments(
  { nacos: { group, namespace }, documents, fallbackDir }: Bootstrap,
  nacos: Pick<Nacos, 'readDocument'>,
  inquiry: Inquiry,
): Promise<FetchedDocuments> {
  const place = `namespace ${JSON.stringify(namespace)}, group ${group}`;
  const readAll = (read: (dataId: string) => Promise<FetchedText>) =>
    Promise.all(documents.map(({ dataId }) => read(dataId)));
  try {
    const texts = await readAll(async (dataId) => {
      const { value, by } = await nacos.readDocument({ dataId, group }, inquiry);
      return { text: value, where: `Nacos at ${by}, ${place}` };
    });
    return { texts, source: 'nacos' };
  } catch (error) {
    if (fallbackDir === undefined || inquiry.isEarly || !(error instanceof NacosUnreachableError)) throw error;
    const texts = await readAll(async (dataId) => {
      const text = await readFallback(path.join(fallbackDir, `${group}__${dataId}`));
      return { text, where: fallbackDir };
    });
    return { texts, source: 'fallback' };
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
