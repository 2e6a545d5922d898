import { randomUUID } from 'node:crypto';
import { MANUAL_TYPE } from '../../functions/runtime/event/event-types.ts';
import type { Trigger } from '../../functions/runtime/event/read.ts';
import { loadMethod } from '../../functions/runtime/grpc/method.ts';
import { buildRequest, readData } from '../../functions/runtime/request.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import type { Task } from '../../functions/runtime/task.ts';
import type { LocalConfig } from './local-config.ts';

/** What the function would make of an event's data: the request, or its refusal word for word. */
export type Checked =
  | { readonly ok: true; readonly request: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string; readonly field: string | undefined };

/** Builds the request as the function does, without sending anything. */
export async function checkRunRequest(
  task: Task,
  config: LocalConfig,
  runRequest: { readonly data: Record<string, unknown>; readonly slot: Date; readonly now: Date },
): Promise<Checked> {
  const trigger: Trigger = {
    kind: 'manual',
    eventId: randomUUID(),
    eventSource: '/bi-cron/console',
    eventType: MANUAL_TYPE,
    slot: runRequest.slot,
    runKey: `${task.name}@manual`,
    traceparent: '',
    viaBroker: false,
    data: runRequest.data,
  };
  try {
    const method = await loadMethod<object, object>(task.rpc);
    const given = readData(task, method, trigger, runRequest.now);
    return { ok: true, request: { ...buildRequest(task, given, trigger, config.effective(task), runRequest.now) } };
  } catch (error) {
    const { message, field } = RunError.from(error);
    return { ok: false, message, field };
  }
}
