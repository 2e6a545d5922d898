import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { ReceivedCall } from './call-log.ts';
import { messageToJson } from './proto.ts';
import type { Message } from './proto.ts';

/** What the log keeps of a call that has just arrived. */
export function readCallMetadata(
  method: string,
  call: ServerUnaryCall<Message, unknown>,
): Omit<ReceivedCall, 'outcome' | 'ended'> {
  return {
    method,
    runKey: readRunKey(call),
    metadata: readMetadata(call),
    deadlineMs: readDeadline(call),
    request: messageToJson(call.request),
  };
}

function readRunKey(call: ServerUnaryCall<Message, unknown>): string {
  const [fromMetadata] = call.metadata.get('x-run-key');
  if (typeof fromMetadata === 'string' && fromMetadata !== '') return fromMetadata;
  const run = call.request['run'];
  return typeof run === 'object' && run !== null && 'runKey' in run && typeof run.runKey === 'string' ? run.runKey : '';
}

function readMetadata(call: ServerUnaryCall<Message, unknown>): Record<string, string> {
  const entries = Object.entries(call.metadata.getMap());
  return Object.fromEntries(entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])));
}

function readDeadline(call: ServerUnaryCall<Message, unknown>): number | undefined {
  const deadlineMs = Number(call.getDeadline());
  return Number.isFinite(deadlineMs) ? deadlineMs - Date.now() : undefined;
}
