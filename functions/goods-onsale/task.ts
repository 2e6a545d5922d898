import type { TaobaoItemsOnsaleReply__Output as Reply } from '../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleReply.ts';
import type { TaobaoItemsOnsaleRequest as Request } from '../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleRequest.ts';
import { checkPageSize, checkShops } from '../runtime/checks.ts';
import { duration, identifiers, optional, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';

const MAX_PAGE_SIZE = 200; // taobao.items.onsale.get

/** All goods on sale; only those modified lately when the configuration sets `lookback`. */
export const task = defineTask({
  name: 'goods-onsale',
  backend: 'bi-api-leke',
  rpc: unary<Request, Reply>('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale'),
  safeToRepeat: true, // a listing: the same goods are stored again
  window: {}, // optional, and of any length
  options: {
    shopIds: identifiers,
    lookback: optional(duration),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: (_info, { shopIds, pageSize }) => ({ shopIds, pageSize }),
  check: ({ shopIds, pageSize }) => [...checkShops(shopIds), ...checkPageSize(pageSize, MAX_PAGE_SIZE)],
  summarise: ({ goodsRead, goodsStored, pages, shops, repeatedRun }) => ({
    rows: Number(goodsRead),
    stored: Number(goodsStored),
    pages: Number(pages),
    shops,
    repeated: repeatedRun,
  }),
});
