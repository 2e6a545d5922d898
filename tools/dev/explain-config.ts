import type { Task } from '../../functions/runtime/task.ts';
import { explainConfig as explainDocuments } from '../cli/explain-config.ts';
import { parseAll } from './local-config.ts';
import type { DocumentText } from './history.ts';

/** One key of a task's effective configuration, as text. */
export interface ExplainedKey {
  /** Such as `tasks.full-order.lookback`. */
  readonly key: string;
  readonly value: string;
  /** `data ID:line`, or `default` for what no document says. */
  readonly origin: string;
}

/** What a task reads of these texts, secrets masked, each key with the place that decided it. Throws RunError as the function would. */
export function explainConfig(texts: readonly DocumentText[], task: Task, deployEnv: string): ExplainedKey[] {
  const explained = explainDocuments(parseAll(texts), task, deployEnv);
  return explained.map(({ key, value, origin }) => ({ key, value: toText(value), origin }));
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
