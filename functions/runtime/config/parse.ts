import type { Bootstrap, DocumentRef } from '../env.ts';
import type { Nacos } from '../nacos/client.ts';
import { invalidConfig } from '../run-error.ts';
import { parseConfigDocument, type ConfigDocument, type ParseDocument } from './document.ts';
import { readTexts, type Texts } from './fetch.ts';

/** The configuration documents of one run, in merge order. */
export interface Documents {
  readonly documents: readonly ConfigDocument[];
  readonly source: Texts['source'];
}

/** Reads and parses all documents in one go, for those who are in no hurry. */
export async function readDocuments(
  bootstrap: Bootstrap,
  nacos: Pick<Nacos, 'readDocument'>,
  signal: AbortSignal,
): Promise<Documents> {
  const texts = await readTexts(bootstrap, nacos, signal);
  return { documents: parseDocuments(bootstrap.documents, texts, parseConfigDocument), source: texts.source };
}

/** Parses the documents that there are, in merge order. Throws `rejected: config` when a required one is missing, empty or no YAML. */
export function parseDocuments(
  refs: readonly DocumentRef[],
  { texts, where }: Texts,
  parse: ParseDocument,
): ConfigDocument[] {
  return refs.flatMap(({ dataId, optional }, at) => {
    const text = texts[at];
    const document = text === undefined ? undefined : parse(dataId, text);
    if (document !== undefined) return [document];
    if (optional) return [];
    const got = text === undefined ? 'no such document' : 'a document without any key';
    throw invalidConfig(dataId, `${where}: expected document ${dataId}, got ${got}`);
  });
}
