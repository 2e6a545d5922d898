import type { TaskConfig } from './config/validate.ts';
import type { Trigger } from './event/read.ts';
import type { TriggerKind } from './event/event-types.ts';
import type { Method } from './grpc/method.ts';
import { invalidConfig, invalidEvent, RunError, quoteValue } from './run-error.ts';
import type { Problem } from './checks.ts';
import type { Task } from './task.ts';
import { checkWindowRule, defaultWindow, toTimestamp } from './window.ts';

const TRIGGER_KINDS = {
  scheduled: 'TRIGGER_KIND_SCHEDULED',
  manual: 'TRIGGER_KIND_MANUAL',
  backfill: 'TRIGGER_KIND_BACKFILL',
} as const satisfies Record<TriggerKind, string>;

/** The fields of a request that an event's data gives. */
export type RequestOverrides = Readonly<Record<string, unknown>>;

/**
 * Reads an event's data, and refuses what no configuration makes right: unknown fields, wrong types, and what the task's
 * check says of the given fields alone. Throws `rejected: event`, before any request is sent.
 */
export function readData(task: Task, method: Method<object, object>, { data }: Trigger, now: Date): RequestOverrides {
  const given: RequestOverrides = data === undefined ? {} : { ...method.readRequest(data) };
  if ('run' in given) throw invalidEvent('data.run', 'nothing (bi-cron fills it)', given['run']);
  const problems = checkRequest(task, given, now).filter(({ field }) => rootOf(field) in given);
  if (problems.length > 0) throw badData(problems);
  return given;
}

/**
 * The request message of a run: what the task asks for by default, the event's data merged over it field by field, and
 * the run's identity. Throws every problem at once: `rejected: event` for fields that the data gave, `rejected: config`
 * for the others.
 */
export function buildRequest(
  task: Task,
  given: RequestOverrides,
  { runKey, slot, kind }: Trigger,
  config: TaskConfig,
  now: Date,
): object {
  const run = { runKey, slot: toTimestamp(slot), trigger: TRIGGER_KINDS[kind], task: task.name };
  const window = task.window && defaultWindow(task.window, slot, config.options, given);
  const defaults = task.request({ slot, now, given }, config.options);
  const request = { ...(window && { window }), ...defaults, ...given, run };
  const problems = checkRequest(task, request, now);
  if (problems.length > 0) throw toError(problems, task, given, config);
  return request;
}

/** Every problem of a request: first those of its window, by the task's rule, then what the task's own check says. */
function checkRequest(task: Task, request: object, now: Date): Problem[] {
  return [...(task.window ? checkWindowRule(task.window, request, now) : []), ...task.check(request, now)];
}

function toError(problems: readonly Problem[], task: Task, given: object, config: TaskConfig): RunError {
  const ofData = problems.filter(({ field }) => rootOf(field) in given);
  if (ofData.length > 0) return badData(ofData);
  const placeOf = ({ field }: Problem) => `${config.locate([rootOf(field)])} tasks.${task.name}.${field}`;
  return invalidConfig(`tasks.${task.name}.${problems[0]?.field}`, toText(problems, placeOf));
}

function badData(problems: readonly Problem[]): RunError {
  const field = `data.${problems[0]?.field}`;
  const message = toText(problems, (problem) => `data.${problem.field}`);
  return new RunError({ outcome: 'rejected', reason: 'event' }, message, { field });
}

const toText = (problems: readonly Problem[], placeOf: (problem: Problem) => string): string =>
  problems
    .map((problem) => `${placeOf(problem)}: expected ${problem.expected}, got ${quoteValue(problem.got)}`)
    .join('; ');

const rootOf = (field: string): string => field.split(/[.[]/, 1)[0] ?? field;
