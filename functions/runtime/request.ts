import type { TaskConfig } from './config/config.ts';
import type { Trigger, TriggerKind } from './event/trigger.ts';
import type { Method } from './grpc/rpc.ts';
import { badConfig, badEvent, RunError, show } from './run-error.ts';
import type { AnyTask, Problem } from './task.ts';
import { toTimestamp } from './window.ts';

const TRIGGER_KINDS = {
  scheduled: 'TRIGGER_KIND_SCHEDULED',
  manual: 'TRIGGER_KIND_MANUAL',
  backfill: 'TRIGGER_KIND_BACKFILL',
} as const satisfies Record<TriggerKind, string>;

/**
 * The request message of a run: what the task asks for by default, the event's data merged over it field by field, and
 * the run's identity. Throws every problem at once: `rejected: event` for fields that the data gave, `rejected: config`
 * for the others.
 */
export function buildRequest(
  task: AnyTask,
  method: Method<object, object>,
  trigger: Trigger,
  config: TaskConfig,
  now: Date,
): object {
  const given: Record<string, unknown> = trigger.data === undefined ? {} : { ...method.readRequest(trigger.data) };
  if ('run' in given) throw badEvent('data.run', 'nothing (bi-cron fills it)', given['run']);
  const { runKey, slot, kind } = trigger;
  const run = { runKey, slot: toTimestamp(slot), trigger: TRIGGER_KINDS[kind], task: task.name };
  const defaults = task.request({ slot, now, given }, config.options as never) as object; // options were validated by the task's own schema; AnyTask has no types
  const request = { ...defaults, ...given, run };
  const problems = task.check(request, now);
  if (problems.length > 0) throw toError(problems, task, given, config);
  return request;
}

function toError(problems: readonly Problem[], task: AnyTask, given: object, config: TaskConfig): RunError {
  const ofData = problems.filter(({ field }) => rootOf(field) in given);
  const texts = (ofData.length > 0 ? ofData : problems).map(({ field, expected, got }) => {
    const place = ofData.length > 0 ? `data.${field}` : `${config.locate([rootOf(field)])} tasks.${task.name}.${field}`;
    return `${place}: expected ${expected}, got ${show(got)}`;
  });
  const first = (ofData[0] ?? problems[0])?.field ?? '';
  const message = texts.join('; ');
  if (ofData.length === 0) return badConfig(`tasks.${task.name}.${first}`, message);
  return new RunError({ outcome: 'rejected', reason: 'event' }, message, { field: `data.${first}` });
}

const rootOf = (field: string): string => field.split(/[.[]/, 1)[0] ?? field;
