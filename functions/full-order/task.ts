import type { TaobaoSyncFullOrderReply__Output as Reply } from '../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderReply.ts';
import type { TaobaoSyncFullOrderRequest as Request } from '../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderRequest.ts';
import { checkPageSize, checkShops } from '../runtime/checks.ts';
import { durationOr, identifiers, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';
import { checkWindow, windowBefore } from '../runtime/window.ts';

// taobao.trades.sold.get: created within the last 3 months, the shortest of which have 89 days; one day is left for a late run
const DAY_MS = 24 * 3_600_000;
const WINDOW = { maxMs: 88 * DAY_MS, maxAgeMs: 89 * DAY_MS };
const MAX_PAGE_SIZE = 100;

/** Every order created in a long window: slow, and it competes with increment-order for the shops' quota. */
export const task = defineTask({
  name: 'full-order',
  backend: 'bi-api-leke',
  rpc: unary<Request, Reply>('bi/leke/v1/order.proto', 'bi.leke.v1.OrderService/TaobaoSyncFullOrder'),
  safeToRepeat: false, // storing twice is harmless, spending the shops' quota twice is not
  options: {
    shopIds: identifiers,
    lookback: durationOr('30d'),
    overlap: durationOr('10m'),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: ({ slot }, { shopIds, lookback, overlap, pageSize }) => ({
    window: windowBefore(slot, { lookback, overlap }, WINDOW),
    shopIds,
    pageSize,
  }),
  check: ({ window, shopIds, pageSize }, now) => [
    ...checkWindow(window ?? {}, WINDOW, now),
    ...checkShops(shopIds),
    ...checkPageSize(pageSize, MAX_PAGE_SIZE),
  ],
  summarise: ({ ordersRead, ordersStored, pages, shops, repeatedRun }) => ({
    rows: Number(ordersRead),
    stored: Number(ordersStored),
    pages: Number(pages),
    shops,
    repeated: repeatedRun,
  }),
});
