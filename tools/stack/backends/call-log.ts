import type { ServerUnaryCall, status } from '@grpc/grpc-js';
import { messageToJson, type Message } from './proto.ts';

export type StatusName = keyof typeof status;

/** How an RPC ended: answered, refused, given up by the caller (its deadline included), or reset by the server. */
export type CallOutcome = 'ok' | StatusName | 'cancelled' | 'closed';

/** One RPC as the server saw it. */
export interface ReceivedCall {
  /** The bare method, as in `TaobaoSyncIncrementOrder`. */
  readonly method: string;
  /** Metadata `x-run-key`, else `request.run.run_key`, else empty. */
  readonly runKey: string;
  /** All text metadata, among them x-run-key, x-request-id, traceparent and user-agent. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds that the caller's deadline left on arrival; undefined without a deadline. */
  readonly deadlineMs: number | undefined;
  /** The request in JSON: camelCase fields, 64-bit numbers as strings, enums by name, timestamps in RFC 3339, absent messages null. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly outcome: CallOutcome | 'pending';
  /** Resolves when the RPC has ended; never rejects. */
  readonly ended: Promise<CallOutcome>;
}

export interface CallFilter {
  method?: string;
  runKey?: string;
}

/** Every RPC that a backend received, oldest first; health checks and unknown methods are not among them. */
export class CallLog {
  readonly #calls: ReceivedCall[] = [];
  readonly #pending = new Set<Promise<CallOutcome>>();
  #waiting: { filter: CallFilter; resolve: (call: ReceivedCall) => void }[] = [];

  all(filter: CallFilter = {}): ReceivedCall[] {
    return this.#calls.filter((call) => matches(call, filter));
  }

  count(filter: CallFilter = {}): number {
    return this.all(filter).length;
  }

  /** The next RPC that arrives from now on; it may still be pending, `ended` tells its outcome. */
  next(filter: CallFilter = {}): Promise<ReceivedCall> {
    return new Promise((resolve) => this.#waiting.push({ filter, resolve }));
  }

  /** Resolves when the RPCs that are pending now have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Forgets what was received so far; `idle` still waits for what is pending. */
  clear(): void {
    this.#calls.length = 0;
  }

  /** Notes the arrival of an RPC; the returned function notes its end, the first time that it is called. */
  receive(arrival: Omit<ReceivedCall, 'outcome' | 'ended'>): (outcome: CallOutcome) => void {
    const { promise: ended, resolve } = Promise.withResolvers<CallOutcome>();
    const call: ReceivedCall & { outcome: CallOutcome | 'pending' } = { ...arrival, outcome: 'pending', ended };
    this.#calls.push(call);
    this.#pending.add(ended);
    const waited = this.#waiting.filter((waiter) => matches(call, waiter.filter));
    this.#waiting = this.#waiting.filter((waiter) => !waited.includes(waiter));
    for (const waiter of waited) waiter.resolve(call);
    return (outcome) => {
      if (call.outcome === 'pending') call.outcome = outcome;
      this.#pending.delete(ended);
      resolve(call.outcome);
    };
  }
}

function matches(call: ReceivedCall, filter: CallFilter): boolean {
  return (
    (filter.method === undefined || call.method === filter.method) &&
    (filter.runKey === undefined || call.runKey === filter.runKey)
  );
}

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
