import path from 'node:path';
import type { Bootstrap } from '../env.ts';
import { readFallbackFile } from '../fallback-file.ts';
import { MAX_DOCUMENT_BYTES } from '../nacos/api.ts';
import type { Nacos } from '../nacos/client.ts';
import { NacosUnreachableError } from '../nacos/errors.ts';
import type { Inquiry } from '../nacos/inquiry.ts';
import { invalidConfig } from '../run-error.ts';

/** One configuration document. */
export interface FetchedText {
  /** Undefined: there is no such document. */
  readonly text: string | undefined;
  /** Its source, for messages. */
  readonly where: string;
}

/** The texts of the configuration documents, in merge order, and where they came from. */
export interface FetchedDocuments {
  readonly texts: readonly FetchedText[];
  /** `fallback`: Nacos could not be reached, the mounted directory was read. */
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
      return { text: value, where: `Nacos${by}, ${place}` };
    });
    requireTotal(texts);
    return { texts, source: 'nacos' };
  } catch (error) {
    if (fallbackDir === undefined || inquiry.isEarly || !(error instanceof NacosUnreachableError)) throw error;
    const texts = await readAll(async (dataId) => {
      const text = await readFallbackFile(path.join(fallbackDir, `${group}__${dataId}`));
      return { text, where: fallbackDir };
    });
    requireTotal(texts);
    return { texts, source: 'fallback' };
  }
}

const MAX_TOTAL_BYTES = 4 * MAX_DOCUMENT_BYTES;

/** All that is parsed for one run must fit into a small pod several times over. */
function requireTotal(texts: readonly FetchedText[]): void {
  const total = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ''), 0);
  if (total <= MAX_TOTAL_BYTES) return;
  throw invalidConfig('NACOS_DATA_IDS', `NACOS_DATA_IDS: expected documents of 4 MiB in all, got ${total} bytes`);
}
