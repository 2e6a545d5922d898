import { parseIsoDurationMs } from './iso-duration.ts';

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
  const delayMs = backoffDelay === undefined ? 0 : parseIsoDurationMs('delivery.backoffDelay', backoffDelay);
  return {
    waitsMs: Array.from({ length: retry }, (_, n) => (backoffPolicy ? BACKOFF_MS[backoffPolicy](delayMs, n) : 0)),
    timeoutMs: timeout === undefined ? undefined : parseIsoDurationMs('delivery.timeout', timeout),
    isStructured: format === 'json',
  };
}
