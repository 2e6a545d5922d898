import type { ReceivedCall } from '../../tools/stack/backends/call-log.ts';
import { isSuccess, type Delivery } from '../../tools/stack/senders/delivery.ts';

/** One tick and what became of its events. */
export interface Sent {
  readonly slot: Date;
  readonly trouble: string;
  readonly deliveries: readonly Delivery[];
}

export interface Day {
  readonly sender: string;
  readonly seed: number;
  readonly sent: readonly Sent[];
  readonly calls: readonly ReceivedCall[];
  /** How often work was done, by the end of its window in seconds since the epoch. */
  readonly works: ReadonlyMap<string, number>;
}

export interface DayReport {
  readonly sender: string;
  readonly seed: number;
  readonly ticks: number;
  /** Ticks that met a trouble. */
  readonly troubled: number;
  /** HTTP requests that the senders made. */
  readonly attempts: number;
  readonly rpcs: number;
  /** Ticks whose own run was answered `done`. */
  readonly done: number;
  /** Ticks without a done run of their own that lie in the window of another's. */
  readonly healed: number;
  /** What must not be; empty when nothing was lost or doubled. */
  readonly broken: readonly string[];
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Counts a day and checks the promise: every slot is covered by the window of a done run, no slot was worked on twice. */
export function judgeDay({ sender, seed, sent, calls, works }: Day): DayReport {
  const periodMs = Math.max(0, (sent[1]?.slot.getTime() ?? 0) - (sent[0]?.slot.getTime() ?? 0));
  const spans = sent.map(({ deliveries }) => deliveries.flatMap((delivery) => spanOf(delivery, calls)));
  const covered = spans.flat();
  const isCovered = ({ slot }: Sent): boolean =>
    covered.some(({ startMs, endMs }) => startMs <= slot.getTime() - periodMs && slot.getTime() <= endMs);
  const attempts = sent.flatMap(({ deliveries }) => deliveries.flatMap((delivery) => delivery.attempts)).length;
  const keys = Map.groupBy(calls, endOf);

  const broken = [
    ...sent
      .filter((one) => !isCovered(one))
      .map(({ slot, trouble }) => `${slot.toISOString()} is covered by no done run (${trouble})`),
    ...[...works].filter(([, times]) => times > 1).map(([key, times]) => `${key} was worked on ${times} times`),
    ...[...keys]
      .filter(([, same]) => new Set(same.filter(isTick).map(({ runKey }) => runKey)).size > 1)
      .map(([end]) => `${end} has several run keys`),
    ...(calls.length > attempts ? [`${attempts} requests made ${calls.length} RPCs`] : []),
  ];
  const done = spans.filter((own) => own.length > 0).length;
  return {
    sender,
    seed,
    ticks: sent.length,
    troubled: sent.filter(({ trouble }) => trouble !== 'none').length,
    attempts,
    rpcs: calls.length,
    done,
    healed: sent.filter((one, index) => spans[index]?.length === 0 && isCovered(one)).length,
    broken,
  };
}

/** The window of the run that a delivery was told to be done; empty when it was told anything else. */
function spanOf(delivery: Delivery, calls: readonly ReceivedCall[]): Span[] {
  const last = delivery.attempts.at(-1);
  if (last === undefined || !isSuccess(last)) return [];
  const { data } = JSON.parse(last.body) as { data: { outcome: string; reason?: string; runKey: string } }; // a result event of ours
  if (data.outcome !== 'done' && data.reason !== 'duplicate') return [];
  return calls
    .filter(({ runKey, outcome }) => runKey === data.runKey && outcome === 'ok')
    .slice(0, 1)
    .map(toSpan);
}

const windowOf = ({ request }: ReceivedCall) => request['window'] as { start: string; end: string }; // the runtime sends both ends
const toSpan = (call: ReceivedCall): Span => ({
  startMs: Date.parse(windowOf(call).start),
  endMs: Date.parse(windowOf(call).end),
});
const endOf = (call: ReceivedCall): string => windowOf(call).end;
const isTick = ({ runKey }: ReceivedCall): boolean => !runKey.includes('@manual:');
