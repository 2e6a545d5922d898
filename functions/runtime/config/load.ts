import type { Bootstrap } from '../env.ts';
import type { Nacos } from '../nacos/client.ts';
import type { Inquiry } from '../nacos/inquiry.ts';
import type { Task } from '../task.ts';
import { fetchDocuments, type FetchedDocuments } from './fetch.ts';
import { memoizeParse, parseConfigDocument, parseDocuments, type ConfigDocument } from './parse.ts';
import { validateConfig, type TaskConfig } from './validate.ts';

/** What one run reads, and whether it came from Nacos or the fallback directory. */
export interface LoadedConfig {
  readonly config: TaskConfig;
  readonly source: FetchedDocuments['source'];
  /** The texts that were read, by data ID. */
  readonly documents: ReadonlyMap<string, string>;
}

/** Throws `rejected: config` naming data ID, line, key, expectation and value. */
export type ConfigLoader = (fetched: FetchedDocuments) => LoadedConfig;

/** Parses and validates what was fetched of a task's configuration; the same once more costs nothing. */
export function createConfigLoader(task: Task, bootstrap: Bootstrap): ConfigLoader {
  const parse = memoizeParse(parseConfigDocument);
  let last: { readonly fetched: FetchedDocuments; readonly loaded: LoadedConfig } | undefined;
  return (fetched) => {
    if (last?.fetched === fetched) return last.loaded;
    const documents = parseDocuments(bootstrap.documents, fetched, parse);
    const config = validateConfig(documents, task, bootstrap.deployEnv);
    const texts = bootstrap.documents.map(({ dataId }, at) => [dataId, fetched.texts[at]?.text] as const);
    const found = texts.filter((entry): entry is [string, string] => entry[1] !== undefined);
    const loaded = { config, source: fetched.source, documents: new Map(found) };
    last = { fetched, loaded };
    return loaded;
  };
}

/** The configuration documents in merge order, and whether Nacos gave them or the fallback directory. */
export interface LoadedDocuments {
  readonly documents: readonly ConfigDocument[];
  readonly source: FetchedDocuments['source'];
}

/** Fetches and parses the documents, for tools that print them. */
export async function loadDocuments(
  bootstrap: Bootstrap,
  nacos: Pick<Nacos, 'readDocument'>,
  inquiry: Inquiry,
): Promise<LoadedDocuments> {
  const fetched = await fetchDocuments(bootstrap, nacos, inquiry);
  return {
    documents: parseDocuments(bootstrap.documents, fetched, parseConfigDocument),
    source: fetched.source,
  };
}
