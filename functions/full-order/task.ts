import type { TaobaoSyncFullOrderReply__Output as Reply } from '../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderReply.ts';
import type { TaobaoSyncFullOrderRequest as Request } from '../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderRequest.ts';
import { checkPageSize, checkShops } from '../runtime/checks.ts';
import { durationOr, identifiers, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';

const MAX_PAGE_SIZE = 100; // taobao.trades.sold.get

/** Every order created in a long window: slow, and it competes with increment-order for the shops' quota. */
export const task = defineTask({
  name: 'full-order',
  backend: 'bi-api-leke',
  rpc: unary<Request, Reply>('bi/leke/v1/order.proto', 'bi.leke.v1.OrderService/TaobaoSyncFullOrder'),
  safeToRepeat: false, // storing twice is harmless, spending the shops' quota twice is not
  // created within the last 3 months, the shortest of which have 89 days; one day is left for a late run
  window: { max: '88d', maxAge: '89d', required: true },
  options: {
    shopIds: identifiers,
    lookback: durationOr('30d'),
    overlap: durationOr('10m'),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: (_info, { shopIds, pageSize }) => ({ shopIds, pageSize }),
  check: ({ shopIds, pageSize }) => [...checkShops(shopIds), ...checkPageSize(pageSize, MAX_PAGE_SIZE)],
  summarise: ({ ordersRead, ordersStored, pages, shops, repeatedRun }) => ({
    rows: Number(ordersRead),
    stored: Number(ordersStored),
    pages: Number(pages),
    shops,
    repeated: repeatedRun,
  }),
});
