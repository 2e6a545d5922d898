import { isWithin } from './request-rules.ts';
import type { Span } from './request-rules.ts';
import { seeded } from './seeded.ts';

/** An order as it stands at one moment; times in milliseconds since the epoch. */
export interface Order {
  orderId: string;
  shopId: string;
  createdMs: number;
  modifiedMs: number;
  state: OrderState;
}

type OrderState = 'WAIT_BUYER_PAY' | 'WAIT_SELLER_SEND_GOODS' | 'WAIT_BUYER_CONFIRM_GOODS' | 'TRADE_FINISHED';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The life of an order: each state is entered at most `withinMs` after the one before. */
const LIFE: readonly { state: OrderState; withinMs: number }[] = [
  { state: 'WAIT_BUYER_PAY', withinMs: 0 },
  { state: 'WAIT_SELLER_SEND_GOODS', withinMs: HOUR_MS / 2 },
  { state: 'WAIT_BUYER_CONFIRM_GOODS', withinMs: 2 * DAY_MS },
  { state: 'TRADE_FINISHED', withinMs: 10 * DAY_MS },
];
const LONGEST_LIFE_MS = LIFE.reduce((sum, step) => sum + step.withinMs, 0);

/** Orders per hour of the day in GMT+8 before chance halves or raises them: quiet at night, two peaks. */
const ORDERS_BY_HOUR = [3, 2, 1, 1, 1, 1, 2, 3, 4, 6, 8, 8, 7, 6, 6, 6, 6, 6, 7, 8, 10, 11, 9, 5];

/** The orders of a shop that were created in the span, as they stand at `nowMs`; none from after `nowMs`. */
export function ordersCreated(seed: number, shopId: string, span: Span, nowMs: number): Order[] {
  const orders: Order[] = [];
  const seen = { startMs: span.startMs, endMs: Math.min(span.endMs, nowMs + 1) };
  for (let hour = Math.floor(seen.startMs / HOUR_MS); hour * HOUR_MS < seen.endMs; hour++) {
    orders.push(...ordersOfHour(seed, shopId, hour, nowMs).filter((order) => isWithin(seen, order.createdMs)));
  }
  return orders;
}

/** The orders of a shop whose latest change up to `nowMs` lies in the span. */
export function ordersModified(seed: number, shopId: string, span: Span, nowMs: number): Order[] {
  const born = { startMs: span.startMs - LONGEST_LIFE_MS, endMs: span.endMs };
  return ordersCreated(seed, shopId, born, nowMs).filter((order) => isWithin(span, order.modifiedMs));
}

function ordersOfHour(seed: number, shopId: string, hour: number, nowMs: number): Order[] {
  const random = seeded(seed, 'orders', shopId, hour);
  const usual = ORDERS_BY_HOUR[(hour + 8) % 24] ?? 1;
  const count = Math.max(1, Math.round(usual * (0.5 + random())));
  return Array.from({ length: count }, (_, index) => {
    const createdMs = hour * HOUR_MS + Math.floor(random() * HOUR_MS);
    const order: Order = {
      orderId: `${hour}${shopId}${String(index).padStart(3, '0')}`,
      shopId,
      createdMs,
      modifiedMs: createdMs,
      state: 'WAIT_BUYER_PAY',
    };
    let enteredMs = createdMs;
    for (const step of LIFE) {
      enteredMs += Math.floor(random() * step.withinMs);
      if (enteredMs <= nowMs) Object.assign(order, { modifiedMs: enteredMs, state: step.state });
    }
    return order;
  });
}
