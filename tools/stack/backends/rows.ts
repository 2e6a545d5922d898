import { isWithin, type Span } from './request-rules.ts';

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

/** A good on sale as it stands at one moment. */
export interface Good {
  goodId: string;
  shopId: string;
  modifiedMs: number;
}

/** All goods on sale of a shop, 600 to 1,000 of them, as they stand at `nowMs`. */
export function goodsOnSale(seed: number, shopId: string, nowMs: number): Good[] {
  const count = 600 + Math.floor(seeded(seed, 'goods', shopId)() * 401);
  return Array.from({ length: count }, (_, index) => ({
    goodId: `${shopId}${String(index).padStart(6, '0')}`,
    shopId,
    modifiedMs: lastChange(seeded(seed, 'goods', shopId, index), nowMs),
  }));
}

/** The stock of one SKU in one warehouse, as it stands at one moment. */
export interface StockRow {
  skuId: string;
  wmsCoId: number;
  quantity: number;
  modifiedMs: number;
}

/** The warehouse companies of the simulated Jushuitan account. */
export const WAREHOUSES: readonly number[] = [10001, 10002, 10003];

const SKU_COUNT = 2000;

/** Every stock row of the account: SKU000001 to SKU002000 in each warehouse. */
export function stockRows(seed: number, nowMs: number): StockRow[] {
  return WAREHOUSES.flatMap((wmsCoId) =>
    Array.from({ length: SKU_COUNT }, (_, index) => {
      const skuId = `SKU${String(index + 1).padStart(6, '0')}`;
      const modifiedMs = lastChange(seeded(seed, 'stock', wmsCoId, skuId), nowMs);
      const quantity = Math.floor(seeded(seed, 'quantity', wmsCoId, skuId, modifiedMs)() * 500);
      return { skuId, wmsCoId, quantity, modifiedMs };
    }),
  );
}

/** Numbers in [0, 1), the same sequence for the same parts: the only source of chance in the simulated data. */
export function seeded(...parts: readonly (number | string)[]): () => number {
  let state = 0x811c9dc5;
  for (const character of parts.join('/')) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // mulberry32: one 32-bit word of state, enough for data that only has to look unsorted
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SHORTEST_PERIOD_MS = 6 * HOUR_MS;
const LONGEST_PERIOD_MS = 180 * 24 * HOUR_MS;

/**
 * When a row that is edited again and again was last edited, seen at `nowMs`.
 * Every row has its own rhythm between 6 hours and 180 days, spread logarithmically: most of the rows of a window of
 * today are busy ones, and a window of months ago still selects those that were not modified since.
 */
export function lastChange(random: () => number, nowMs: number): number {
  const periodMs = Math.round(SHORTEST_PERIOD_MS * (LONGEST_PERIOD_MS / SHORTEST_PERIOD_MS) ** random());
  const phaseMs = Math.floor(random() * periodMs);
  return Math.floor((nowMs - phaseMs) / periodMs) * periodMs + phaseMs;
}
