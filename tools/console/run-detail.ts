import { listEndings, statusOf, type RunEnd } from '../../functions/runtime/outcome.ts';
import { isObject } from '../../functions/runtime/object.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import { explainConfig } from '../cli/explain-config.ts';
import type { RunAttempt, RunRecord } from '../dev/history.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import { parseAll } from '../dev/local-config.ts';
import { toRunView } from './run-view.ts';
import type { RunDetail } from './state.ts';
import { isRetriedByPingSource } from '../stack/senders/delivery.ts';
import { toTriggerResult } from '../stack/senders/trigger-result.ts';

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

/** What a sender does with an answer. */
export interface SenderReaction {
  readonly sender: 'PingSource' | 'Broker';
  /** The status that this sender gets: a Broker is told apart by `prefer: reply`. */
  readonly status: number | undefined;
  readonly verdict: string;
}

/** Both rows of Knative's behaviour for one answer. `ending`: the run's own, when it had one; `status`: what was answered. */
export function reactionsTo(
  answer: { readonly status: number | undefined; readonly body: string },
  ending: RunEnd | undefined,
  safeToRepeat: boolean,
): SenderReaction[] {
  const statusFor = (viaBroker: boolean): number | undefined =>
    ending === undefined ? answer.status : statusOf(ending, { safeToRepeat, viaBroker });
  const [toPingSource, toBroker] = [statusFor(false), statusFor(true)];
  return [
    { sender: 'PingSource', status: toPingSource, verdict: describePingSource(toPingSource) },
    { sender: 'Broker', status: toBroker, verdict: describeBroker(toBroker, answer.body) },
  ];
}

function describePingSource(status: number | undefined): string {
  if (status !== undefined && status < 300) return 'Acknowledged. The body is dropped.';
  if (isRetriedByPingSource(status))
    return 'Sent again: six attempts in all within 3.1 s of waiting, then the tick is lost.';
  return 'Lost at once: not sent again, and there is no dead letter.';
}

function describeBroker(status: number | undefined, body: string): string {
  const headers = { 'content-type': 'application/cloudevents+json' };
  const result = toTriggerResult({ status, body, headers, durationMs: 0 });
  if (result.kind === 'acknowledged')
    return result.reply === undefined
      ? 'Acknowledged, no reply.'
      : `Acknowledged. The result goes back to the Broker as an event of type ${result.reply.type}.`;
  return result.isRetryable
    ? 'Sent again as spec.delivery says, then the dead letter sink has it.'
    : 'Given to the dead letter sink at once, with status and error body.';
}
