import type { TaobaoItemsOnsaleReply__Output as Reply } from '../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleReply.ts';
import type { TaobaoItemsOnsaleRequest as Request } from '../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleRequest.ts';
import { checkPageSize, checkShops } from '../runtime/checks.ts';
import { duration, identifiers, optional, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';
import { checkWindow, windowBefore } from '../runtime/window.ts';

// taobao.items.onsale.get: a window is optional and may be any length; 200 a page
const WINDOW = { maxMs: Infinity };
const MAX_PAGE_SIZE = 200;

/** All goods on sale; only those modified lately when the configuration sets `lookback`. */
export const task = defineTask({
  name: 'goods-onsale',
  backend: 'bi-api-leke',
  rpc: unary<Request, Reply>('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale'),
  safeToRepeat: true, // a listing: the same goods are stored again
  options: {
    shopIds: identifiers,
    lookback: optional(duration),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: ({ slot }, { shopIds, lookback, pageSize }) => ({
    window: lookback ? windowBefore(slot, { lookback, overlap: 0 }, WINDOW) : null,
    shopIds,
    pageSize,
  }),
  check: ({ window, shopIds, pageSize }, now) => [
    ...(window ? checkWindow(window, WINDOW, now) : []),
    ...checkShops(shopIds),
    ...checkPageSize(pageSize, MAX_PAGE_SIZE),
  ],
  summarise: ({ goodsRead, goodsStored, pages, shops, repeatedRun }) => ({
    rows: Number(goodsRead),
    stored: Number(goodsStored),
    pages: Number(pages),
    shops,
    repeated: repeatedRun,
  }),
});
