import type { Bootstrap } from '../env.ts';
import type { Nacos } from '../nacos/client.ts';
import type { Task } from '../task.ts';
import { fetchDocuments, type FetchedDocuments } from './fetch.ts';
import { memoizeParse, parseConfigDocument, parseDocuments, type ConfigDocument } from './parse.ts';
import { validateConfig, type TaskConfig } from './validate.ts';

/** What one run reads, and whether Nacos said it or the fallback directory. */
export interface LoadedConfig {
  readonly config: TaskConfig;
  readonly source: FetchedDocuments['source'];
}

/** Throws `rejected: config` naming data ID, line, key, expectation and value. */
export type ConfigLoader = (fetched: FetchedDocuments) => LoadedConfig;

/** Parses and validates what was fetched of a task's configuration. */
export function createConfigLoader(task: Task, bootstrap: Bootstrap): ConfigLoader {
  const parse = memoizeParse(parseConfigDocument);
  return (fetched) => {
    const documents = parseDocuments(bootstrap.documents, fetched, parse);
    return { config: validateConfig(documents, task, bootstrap.deployEnv), source: fetched.source };
  };
}

/** The configuration documents in merge order, and whether Nacos gave them or the fallback directory. */
export interface LoadedDocuments {
  readonly documents: readonly ConfigDocument[];
  readonly source: FetchedDocuments['source'];
}

/** Fetches and parses the documents, for those who show them. */
export async function loadDocuments(
  bootstrap: Bootstrap,
  nacos: Pick<Nacos, 'readDocument'>,
  signal: AbortSignal,
): Promise<LoadedDocuments> {
  const fetched = await fetchDocuments(bootstrap, nacos, signal);
  return {
    documents: parseDocuments(bootstrap.documents, fetched, parseConfigDocument),
    source: fetched.source,
  };
}
