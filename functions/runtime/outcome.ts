/**
 * Every way a run can end, and the HTTP status that says so. The statuses are chosen by what the two senders do with
 * them: PingSource sends 404, 413, 425, 429, 502, 503, 504 and transport errors again; a Broker sends >= 500, 404, 408,
 * 409 and 429 again and hands everything else to its dead letter sink.
 *
 * `byTask`: 503 (send it again) when the task is safe to repeat; else 500, which a PingSource does not repeat; or 422
 * when a Broker asks, because a Broker would repeat a 500.
 */
const STATUS = {
  done: { done: 200 },
  skipped: { duplicate: 200, overlap: 200, paused: 200 },
  rejected: { event: 400, unauthenticated: 401, forbidden: 403, method: 405, config: 422, backend: 422 },
  busy: { running: 409 },
  unavailable: { nacos: 503, instance: 503, backend: 503, issuer: 503, budget: 503, caller: 503, draining: 503 },
  unknown: { backend: 'byTask', deadline: 'byTask', cancelled: 'byTask', bug: 500 },
} as const satisfies Record<string, Record<string, number | 'byTask'>>;

type Statuses = typeof STATUS;
export type Outcome = keyof Statuses;

/** An outcome with its reason; only the pairs of the table exist. */
export type RunEnd = { [O in Outcome]: { readonly outcome: O; readonly reason: keyof Statuses[O] } }[Outcome];

export interface DeliveryContext {
  /** May the task's work be done twice without harm? */
  readonly safeToRepeat: boolean;
  /** Did a Broker or Channel send the event (`prefer: reply`)? */
  readonly viaBroker: boolean;
}

/** The HTTP status that tells a sender how the run ended. */
export function statusOf(ending: RunEnd, delivery: DeliveryContext): number {
  const byReason: Record<string, number | 'byTask'> = STATUS[ending.outcome];
  const status = byReason[ending.reason] ?? 500;
  if (status !== 'byTask') return status;
  if (delivery.safeToRepeat) return 503;
  return delivery.viaBroker ? 422 : 500;
}

/** All endings, in the order of the table (for tests and documents that must miss none). */
export function listEndings(): RunEnd[] {
  return Object.entries(STATUS).flatMap(([outcome, reasons]) =>
    Object.keys(reasons).map((reason) => ({ outcome, reason }) as RunEnd /* Object.entries loses the key types */),
  );
}
