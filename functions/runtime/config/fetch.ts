import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bootstrap } from '../env.ts';
import { MAX_DOCUMENT_BYTES } from '../nacos/api.ts';
import type { Nacos } from '../nacos/client.ts';
import { NacosUnreachableError } from '../nacos/errors.ts';
import type { Inquiry } from '../nacos/inquiry.ts';
import { invalidConfig } from '../run-error.ts';
import { decodeText } from './decode-text.ts';

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
      return { text: value, where: `Nacos${by}, ${place}` };
    });
    requireTotal(texts);
    return { texts, source: 'nacos' };
  } catch (error) {
    if (fallbackDir === undefined || inquiry.isEarly || !(error instanceof NacosUnreachableError)) throw error;
    const texts = await readAll(async (dataId) => {
      const text = await readFallback(path.join(fallbackDir, `${group}__${dataId}`));
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

async function readFallback(file: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what readFile rejects with
    if (code === 'ENOENT') return undefined;
    throw invalidConfig('NACOS_FALLBACK_DIR', `${file}: expected a readable file, got ${code}`, error);
  }
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw invalidConfig('NACOS_FALLBACK_DIR', `${file}: expected at most 1 MiB, got ${bytes.length} bytes`);
  try {
    return decodeText(bytes);
  } catch (error) {
    const { message } = error as Error; // what decodeText throws
    throw invalidConfig('NACOS_FALLBACK_DIR', `${file}: expected text in UTF-8 or UTF-16, got ${message}`, error);
  }
}
