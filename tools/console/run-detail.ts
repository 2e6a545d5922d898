import { listEndings } from '../../functions/runtime/outcome.ts';
import { isObject } from '../../functions/runtime/object.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import { explainConfig } from '../cli/explain-config.ts';
import type { RunAttempt, RunRecord } from '../dev/history.ts';
import { reactionsTo } from '../dev/knative-delivery.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import { parseAll } from '../dev/local-config.ts';
import { toRunView } from './run-view.ts';
import type { RunDetail } from './state.ts';

/** All that is known of a run, put together when somebody looks at it. */
export function toRunDetail(cluster: LocalCluster, run: RunRecord): RunDetail {
  const task = cluster.tasks.get(run.task);
  const { runKey } = toRunView(run);
  const calls = cluster.platform.backends.flatMap(({ calls }) => (runKey === undefined ? [] : calls.all({ runKey })));
  const safeToRepeat = task?.definition.safeToRepeat ?? false;
  return {
    event: run.event && { attributes: run.event.attributes, data: run.event.data },
    ...explain(cluster, run),
    holder: findHolder(cluster, run),
    calls: calls.map(({ method, outcome, deadlineMs, request }) => ({ method, outcome, deadlineMs, request })),
    answers: run.attempts.map((attempt) => ({
      status: attempt.status,
      body: parse(attempt.body),
      line: attempt.line,
      verdicts: attempt.answeredAt === undefined ? [] : judge(attempt, safeToRepeat),
    })),
  };
}

function explain(cluster: LocalCluster, run: RunRecord): Pick<RunDetail, 'config' | 'configProblem'> {
  const task = cluster.tasks.get(run.task);
  if (task === undefined || run.documents.length === 0) return { config: [], configProblem: undefined };
  try {
    const config = explainConfig(parseAll(run.documents), task.definition, cluster.config.deployEnv);
    return {
      config: config.map(({ key, value, origin }) => ({ key, value: toText(value), origin })),
      configProblem: undefined,
    };
  } catch (error) {
    return { config: [], configProblem: RunError.from(error).message };
  }
}

function judge(attempt: RunAttempt, safeToRepeat: boolean): RunDetail['answers'][number]['verdicts'] {
  const ending = listEndings().find(
    ({ outcome, reason }) => outcome === attempt.line?.['outcome'] && reason === attempt.line['reason'],
  );
  return reactionsTo({ status: attempt.status, body: attempt.body ?? '' }, ending, safeToRepeat);
}

/** Whom the log line of a skipped or busy run names. */
function findHolder(cluster: LocalCluster, run: RunRecord): RunDetail['holder'] {
  const holder = run.attempts.at(-1)?.line?.['holder'];
  const runKey = isObject(holder) ? holder['runKey'] : undefined;
  if (typeof runKey !== 'string') return undefined;
  const held = cluster.history.list().find((other) => other.id !== run.id && toRunView(other).runKey === runKey);
  return { runKey, runId: held?.id };
}

function parse(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return body;
  }
}

const toText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
