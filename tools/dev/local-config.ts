import { parseDocument } from 'yaml';
import { readBootstrap } from '../../functions/runtime/env.ts';
import { validateConfig, type TaskConfig } from '../../functions/runtime/config/validate.ts';
import { parseConfigDocument, type ConfigDocument } from '../../functions/runtime/config/parse.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import type { Task } from '../../functions/runtime/task.ts';
import type { NacosServer } from '../stack/nacos/server.ts';
import type { DocumentText } from './history.ts';

/** Something that a function would refuse. */
export interface ConfigProblem {
  /** The tasks that would answer 422. */
  readonly tasks: readonly string[];
  readonly message: string;
}

type Tasks = ReadonlyMap<string, Task>;

/** The documents that the functions of a local cluster read, and what a change of them would do. */
export class LocalConfig {
  readonly #nacos: NacosServer;
  readonly #dataIds: readonly string[];
  readonly #deployEnv: string;

  constructor(nacos: NacosServer, env: Readonly<Record<string, string>>) {
    const { documents, deployEnv } = readBootstrap(env);
    this.#nacos = nacos;
    this.#dataIds = documents.map(({ dataId }) => dataId);
    this.#deployEnv = deployEnv;
  }

  get deployEnv(): string {
    return this.#deployEnv;
  }

  /** In merge order; those that Nacos has. */
  read(): DocumentText[] {
    return this.#dataIds.flatMap((dataId) => {
      const config = this.#nacos.configs.get(dataId);
      return config === undefined ? [] : [{ dataId, content: config.content }];
    });
  }

  /** What a task would read of the documents. Throws RunError as its function would. */
  effective(task: Task): TaskConfig {
    return validateConfig(parseAll(this.read()), task, this.#deployEnv);
  }

  /** What the functions would say of these texts in place of those in Nacos: nothing, when all could run. */
  check(tasks: Tasks, changes: readonly DocumentText[]): ConfigProblem[] {
    const texts = this.read().map((text) => changes.find(({ dataId }) => dataId === text.dataId) ?? text);
    const problems = new Map<string, string[]>();
    for (const [name, task] of tasks) {
      const message = problemOf(() => validateConfig(parseAll(texts), task, this.#deployEnv));
      if (message !== undefined) problems.set(message, [...(problems.get(message) ?? []), name]);
    }
    return [...problems].map(([message, tasks]) => ({ message, tasks }));
  }

  /** Publishes a text to Nacos: counts from the next run on. Throws for a data ID that the functions do not read. */
  save({ dataId, content }: DocumentText): void {
    if (!this.#dataIds.includes(dataId))
      throw new RangeError(`dataId: expected one of ${this.#dataIds.join(', ')}, got ${JSON.stringify(dataId)}`);
    this.#nacos.configs.publish(dataId, content, { type: 'yaml' });
  }

  /** Why a task's ticks are skipped; undefined when they are not, or when its configuration is broken. */
  pausedReason(task: Task): string | undefined {
    try {
      return this.effective(task).paused;
    } catch {
      return undefined;
    }
  }

  /** Writes `tasks.<name>.paused` into the document that overrides all others, its comments kept. */
  pause(task: Task, reason: string | undefined): void {
    const last = this.read().at(-1);
    if (last === undefined) throw new Error('expected a document to write into, Nacos has none');
    const document = parseDocument(last.content);
    const key = ['tasks', task.name, 'paused'];
    if (reason === undefined) document.deleteIn(key);
    else document.setIn(key, reason);
    if (document.getIn(['tasks', task.name], true) !== undefined && isEmptyMap(document.getIn(['tasks', task.name])))
      document.deleteIn(['tasks', task.name]);
    this.save({ dataId: last.dataId, content: String(document) });
    if (reason !== undefined || this.pausedReason(task) === undefined) return;
    document.setIn(key, false); // an earlier document pauses it
    this.save({ dataId: last.dataId, content: String(document) });
  }
}

function isEmptyMap(node: unknown): boolean {
  return (
    typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items) && node.items.length === 0
  );
}

/** Throws RunError when a text is no document. */
export function parseAll(texts: readonly DocumentText[]): ConfigDocument[] {
  return texts.flatMap(({ dataId, content }) => parseConfigDocument(dataId, content) ?? []);
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error.message;
    throw error;
  }
}
