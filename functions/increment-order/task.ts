import type { TaobaoSyncIncrementOrderReply__Output as Reply } from '../../protos/gen/bi/leke/v1/TaobaoSyncIncrementOrderReply.ts';
import type { TaobaoSyncIncrementOrderRequest as Request } from '../../protos/gen/bi/leke/v1/TaobaoSyncIncrementOrderRequest.ts';
import { checkPageSize, checkShops } from '../runtime/checks.ts';
import { durationOr, identifiers, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';

const MAX_PAGE_SIZE = 100; // taobao.trades.sold.increment.get; 40 to 50 are advised

/** Orders modified lately. The window reaches back further than the schedule's period, so that the next run heals a missed tick. */
export const task = defineTask({
  name: 'increment-order',
  backend: 'bi-api-leke',
  rpc: unary<Request, Reply>('bi/leke/v1/order.proto', 'bi.leke.v1.OrderService/TaobaoSyncIncrementOrder'),
  safeToRepeat: true, // the backend stores by order ID and modification time
  window: { max: '1d', required: true },
  options: {
    shopIds: identifiers,
    lookback: durationOr('2h'),
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
