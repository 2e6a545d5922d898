import { randomUUID } from 'node:crypto';
import type { SeenEvent } from './read-event.ts';
import type { ProxiedRequest } from './activator.ts';
import type { DeliveryResult } from '../stack/senders/delivery.ts';

/** The configuration documents that were in force when a run's first event arrived, in merge order. */
export interface DocumentText {
  readonly dataId: string;
  readonly content: string;
}

/** One attempt to deliver an event. Times are real, in ms since the epoch. */
export interface RunAttempt {
  readonly arrivedAt: number;
  readonly forwardedAt: number | undefined;
  readonly answeredAt: number | undefined;
  readonly status: number | undefined;
  readonly body: string | undefined;
  /** The function's log line about it; none when it joined another's run or no process could be started. */
  readonly line: Readonly<Record<string, unknown>> | undefined;
}

/** All that is known of one event, or of a tick that got none. */
export interface RunRecord {
  /** The event's id; `<task>@<slot>` of a missed tick. */
  readonly id: string;
  readonly task: string;
  readonly kind: 'scheduled' | 'manual' | 'backfill' | 'missed';
  /** The nominal time of a tick, the event's own time otherwise. */
  readonly slot: Date;
  readonly startedAt: number;
  readonly event: SeenEvent | undefined;
  readonly documents: readonly DocumentText[];
  readonly attempts: readonly RunAttempt[];
  /** How it ended for its sender; undefined while the sender is still at it. */
  readonly ending: DeliveryResult | undefined;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
interface OpenRecord extends Mutable<Omit<RunRecord, 'attempts'>> {
  attempts: Mutable<RunAttempt>[];
  proxieds: ProxiedRequest[];
}

const KINDS: Readonly<Record<string, RunRecord['kind']>> = {
  'dev.knative.sources.ping': 'scheduled',
  'bi.cron.backfill.requested': 'backfill',
};
const UNIT_MS = 60_000;
const KEPT = 500;

export interface HistoryOptions {
  readonly onChange: (record: RunRecord) => void;
  readonly readDocuments: () => readonly DocumentText[];
  readonly now: () => Date;
}

/** The latest runs, in memory: made from what activators, senders and the functions' log lines tell. */
export class History {
  readonly #options: HistoryOptions;
  readonly #records = new Map<string, OpenRecord>();
  readonly #byProxied = new WeakMap<ProxiedRequest, OpenRecord>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  list(): readonly RunRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): RunRecord | undefined {
    return this.#records.get(id);
  }

  /** A tick that was never sent. */
  miss(task: string, slot: Date): void {
    const id = `${task}@${slot.toISOString()}`;
    const startedAt = Date.now();
    this.#add({
      id,
      task,
      kind: 'missed',
      slot,
      startedAt,
      event: undefined,
      documents: [],
      attempts: [],
      proxieds: [],
      ending: 'lost',
    });
  }

  /** A request arrived, was forwarded or was answered. */
  pass(task: string, proxied: ProxiedRequest): void {
    const { event, arrivedAt } = proxied;
    const record = this.#byProxied.get(proxied) ?? this.#records.get(event.id) ?? this.#open(task, event, arrivedAt);
    this.#byProxied.set(proxied, record);
    if (!record.proxieds.includes(proxied)) record.proxieds.push(proxied);
    const index = record.proxieds.indexOf(proxied);
    const { forwardedAt, answeredAt, status, body } = proxied;
    const line = record.attempts[index]?.line;
    record.attempts[index] = { arrivedAt, forwardedAt, answeredAt, status, body, line };
    if (isSuccess(status)) record.ending = 'acknowledged';
    else if (answeredAt !== undefined && record.kind !== 'scheduled') record.ending = 'lost'; // a person sends once
    this.#options.onChange(record);
  }

  /** A function wrote its line about a run; it does so once the answer is on its way. */
  log(line: Readonly<Record<string, unknown>>): void {
    const id = line['eventId'];
    const record = typeof id === 'string' ? this.#records.get(id) : undefined;
    const attempt = record?.attempts.find(
      ({ forwardedAt, status = line['status'], line: own }) =>
        own === undefined && forwardedAt !== undefined && status === line['status'], // a 502 or 504 was not the function's answer
    );
    if (record === undefined || attempt === undefined) return;
    attempt.line = line;
    this.#options.onChange(record);
  }

  /** The sender of a tick has come to its end. */
  end(id: string, ending: DeliveryResult): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    record.ending = ending;
    this.#options.onChange(record);
  }

  #open(task: string, event: SeenEvent, startedAt: number): OpenRecord {
    const time = Date.parse(event.attributes['time'] ?? '');
    const slotMs = Number.isNaN(time) ? this.#options.now().getTime() : time;
    const unitMs = event.attributes['slotunit'] === 'second' ? 1000 : UNIT_MS;
    const documents = this.#options.readDocuments();
    const slot = new Date(Math.floor(slotMs / unitMs) * unitMs);
    const kind = KINDS[event.type] ?? 'manual';
    const id = event.id || randomUUID(); // the function refuses an event without one, and that is worth seeing too
    return this.#add({
      id,
      task,
      kind,
      slot,
      startedAt,
      event,
      documents,
      attempts: [],
      proxieds: [],
      ending: undefined,
    });
  }

  #add(record: OpenRecord): OpenRecord {
    this.#records.set(record.id, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > KEPT && oldest !== undefined) this.#records.delete(oldest);
    this.#options.onChange(record);
    return record;
  }
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
