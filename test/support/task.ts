import type { Method, Type } from 'protobufjs';
import { validateConfig } from '../../functions/runtime/config/validate.ts';
import { parseConfigDocument } from '../../functions/runtime/config/parse.ts';
import type { Trigger } from '../../functions/runtime/event/read.ts';
import { loadDescriptors } from '../../functions/runtime/grpc/message-types.ts';
import { loadMethod } from '../../functions/runtime/grpc/method.ts';
import { buildRequest, readData } from '../../functions/runtime/request.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import type { Task, Summary } from '../../functions/runtime/task.ts';
import { TRIGGER } from './run-result.ts';

/** For tests of tasks: the slot of every run, and the time at which it runs. */
export const SLOT = TRIGGER.slot;
export const NOW = new Date(SLOT.getTime() + 3210);

interface RunInfo {
  /** The task's keys in the configuration; what a task needs at least when absent. */
  readonly options?: object;
  /** The event's data: a manual event; without it the run is scheduled. */
  readonly data?: Record<string, unknown>;
}

/** A request as its task fills it, read back from the wire, without the run's identity. */
export async function requestOf(task: Task, info: RunInfo = {}): Promise<Record<string, unknown>> {
  const method = await loadMethod<object, object>(task.rpc);
  const trigger = triggerOf(info);
  const given = readData(task, method, trigger, NOW);
  const bytes = method.encode(buildRequest(task, given, trigger, configOf(task, info), NOW));
  const { requestType } = await typesOf(task);
  const { run: _run, ...request } = requestType.toObject(requestType.decode(bytes), { longs: String });
  return withDates(request);
}

/** Why a request is refused: the ending, and every problem. */
export async function problemsOf(task: Task, info: RunInfo): Promise<{ ending: string; problems: string[] }> {
  try {
    await requestOf(task, info);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { ending: `${error.ending.outcome}: ${error.ending.reason}`, problems: error.message.split('; ') };
  }
  throw new Error('expected a refusal, got a request');
}

/** The summary of a reply that came over the wire. */
export async function summaryOf(task: Task, reply: Record<string, unknown>): Promise<Summary> {
  const { replyType } = await typesOf(task);
  const method = await loadMethod<object, object>(task.rpc);
  return task.summarise(method.decode(Buffer.from(replyType.encode(replyType.fromObject(reply)).finish())));
}

function triggerOf({ data }: RunInfo): Trigger {
  return data === undefined ? TRIGGER : { ...TRIGGER, kind: 'manual', data };
}

function configOf(task: Task, { options = {} }: RunInfo) {
  const text = JSON.stringify({
    env: 'dev',
    grpc: { [task.backend]: { service: task.backend } },
    tasks: { [task.name]: options },
  });
  const document = parseConfigDocument('bi-cron.yaml', text);
  return validateConfig(document === undefined ? [] : [document], task, 'dev');
}

async function typesOf(task: Task) {
  const root = await loadDescriptors(task.rpc.proto);
  const [service = '', name = ''] = task.rpc.method.split('/');
  const method = root.lookupService(service).methods[name]?.resolve() as Method | undefined; // resolve() returns this, typed as its base
  return { requestType: method?.resolvedRequestType as Type, replyType: method?.resolvedResponseType as Type }; // the task's method exists, or no request was made
}

/** Shows a window's ends as text: `['2026-11-22T03:30:00.000Z', '2026-11-22T05:40:00.000Z']`. */
function withDates({ window, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (window === undefined) return rest;
  const { start, end } = window as Record<'start' | 'end', { seconds: string }>; // both ends were checked
  return { ...rest, window: [start, end].map(({ seconds }) => new Date(Number(seconds) * 1000).toISOString()) };
}
