import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Bootstrap, DocumentRef } from '../bootstrap.ts';
import { parseConfigDocument, type ConfigDocument, type ParseDocument } from './document.ts';
import type { Nacos } from '../nacos/client.ts';
import { badConfig, RunError } from '../run-error.ts';

/** The configuration documents of one run, in merge order. */
export interface Documents {
  readonly documents: readonly ConfigDocument[];
  /** `fallback`: Nacos could not be reached, the mounted directory stood in. */
  readonly source: 'nacos' | 'fallback';
}

/**
 * Reads all documents in parallel. Throws `unavailable: nacos` when Nacos cannot be reached and no fallback directory is
 * set, `rejected: config` when a required document is missing, empty or unreadable.
 */
export async function readDocuments(
  bootstrap: Bootstrap,
  nacos: Nacos,
  signal: AbortSignal,
  parse: ParseDocument = parseConfigDocument,
): Promise<Documents> {
  const { group, namespace } = bootstrap.nacos;
  const where = `Nacos, namespace ${JSON.stringify(namespace)}, group ${group}`;
  try {
    const documents = await readAll(bootstrap.documents, where, parse, (dataId) =>
      nacos.readDocument({ dataId, group }, signal),
    );
    return { documents, source: 'nacos' };
  } catch (error) {
    const { fallbackDir } = bootstrap;
    const isDown = error instanceof RunError && error.ending.reason === 'nacos';
    if (!isDown || fallbackDir === undefined) throw error;
    const documents = await readAll(bootstrap.documents, fallbackDir, parse, (dataId) =>
      readFallback(path.join(fallbackDir, `${group}__${dataId}`)),
    );
    return { documents, source: 'fallback' };
  }
}

type ReadText = (dataId: string) => Promise<string | undefined>;

async function readAll(
  refs: readonly DocumentRef[],
  where: string,
  parse: ParseDocument,
  read: ReadText,
): Promise<ConfigDocument[]> {
  const found = await Promise.all(refs.map((ref) => readOne(ref, where, parse, read)));
  return found.filter((document) => document !== undefined);
}

async function readOne(
  { dataId, optional }: DocumentRef,
  where: string,
  parse: ParseDocument,
  read: ReadText,
): Promise<ConfigDocument | undefined> {
  const text = await read(dataId);
  const document = text === undefined ? undefined : parse(dataId, text);
  if (document !== undefined || optional) return document;
  const got = text === undefined ? 'no such document' : 'a document without any key';
  throw badConfig(dataId, `${where}: expected document ${dataId}, got ${got}`);
}

async function readFallback(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badConfig(
      'NACOS_FALLBACK_DIR',
      `${file}: expected a readable file, got ${(error as NodeJS.ErrnoException).code}`,
      error,
    );
  }
}
