/** `spec.delivery` of a Trigger or Broker (knative eventing DeliverySpec), but for its dead letter sink. */
export interface DeliverySpec {
  readonly retry?: number;
  /** Needs `backoffDelay`: with only one of the two, retries follow at once. */
  readonly backoffPolicy?: 'exponential' | 'linear';
  /** ISO 8601 duration. */
  readonly backoffDelay?: string;
  /** ISO 8601 duration, for one attempt; unset means none. */
  readonly timeout?: string;
  /** `json` = structured content mode, without `Ce-*` headers. */
  readonly format?: 'json' | 'binary';
}

export interface ParsedDeliverySpec {
  /** One wait before each retry. */
  readonly waitsMs: readonly number[];
  readonly timeoutMs: number | undefined;
  readonly isStructured: boolean;
}

/** The wait before retry n, which counts from 0: linear starts with no wait at all. */
const BACKOFF_MS = {
  exponential: (delayMs: number, n: number): number => delayMs * 2 ** n,
  linear: (delayMs: number, n: number): number => delayMs * n,
} satisfies Record<NonNullable<DeliverySpec['backoffPolicy']>, unknown>;

/** What `config-br-defaults` of a Knative installation says for a Broker without `delivery`. */
const INHERITED: DeliverySpec = { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' };

/** knative eventing RetryConfigFromDeliverySpec. Throws a TypeError that names the field. */
export function readDeliverySpec(spec: DeliverySpec = INHERITED): ParsedDeliverySpec {
  const { retry = 0, backoffPolicy, backoffDelay, timeout, format = 'binary' } = spec;
  if (!Number.isInteger(retry) || retry < 0)
    throw new TypeError(`delivery.retry: expected a whole number from 0 on, got ${JSON.stringify(retry)}`);
  const delayMs = backoffDelay === undefined ? 0 : readIsoDuration('delivery.backoffDelay', backoffDelay);
  return {
    waitsMs: Array.from({ length: retry }, (_, n) => (backoffPolicy ? BACKOFF_MS[backoffPolicy](delayMs, n) : 0)),
    timeoutMs: timeout === undefined ? undefined : readIsoDuration('delivery.timeout', timeout),
    isStructured: format === 'json',
  };
}

function readIsoDuration(field: string, text: string): number {
  const durationMs = parseIsoDuration(text);
  if (durationMs === undefined)
    throw new TypeError(`${field}: expected an ISO 8601 duration such as PT0.5S, got ${JSON.stringify(text)}`);
  return durationMs;
}

const ISO_DURATION =
  /^P(?=.)(?:(?<days>\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(?<hours>\d+(?:\.\d+)?)H)?(?:(?<minutes>\d+(?:\.\d+)?)M)?(?:(?<seconds>\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of an ISO 8601 duration of days and smaller, as `delivery.backoffDelay` and `delivery.timeout` hold it:
 * `PT0.2S` is 200. Undefined when it is none.
 */
export function parseIsoDuration(text: string): number | undefined {
  const parts = ISO_DURATION.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const count = (unit: string): number => Number(parts[unit] ?? 0);
  return Math.round(
    count('days') * 86_400_000 + count('hours') * 3_600_000 + count('minutes') * 60_000 + count('seconds') * 1000,
  );
}
