import type { TaobaoItemsOnsaleReply } from '../../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleReply.ts';
import type { TaobaoItemsOnsaleRequest__Output } from '../../../protos/gen/bi/leke/v1/TaobaoItemsOnsaleRequest.ts';
import type { TaobaoSyncFullOrderReply } from '../../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderReply.ts';
import type { TaobaoSyncFullOrderRequest__Output } from '../../../protos/gen/bi/leke/v1/TaobaoSyncFullOrderRequest.ts';
import type { TaobaoSyncIncrementOrderReply } from '../../../protos/gen/bi/leke/v1/TaobaoSyncIncrementOrderReply.ts';
import type { TaobaoSyncIncrementOrderRequest__Output } from '../../../protos/gen/bi/leke/v1/TaobaoSyncIncrementOrderRequest.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { goodsOnSale, ordersCreated, ordersModified, type Order } from './rows.ts';
import {
  checkPageSize,
  isWithin,
  limitAge,
  limitLength,
  readShops,
  readWindow,
  requireWindow,
} from './request-rules.ts';
import { startBackend } from './start-backend.ts';

/** The shops (seller sessions) of the simulated account: 100001 to 100008. */
const SHOPS: readonly string[] = Array.from({ length: 8 }, (_, index) => String(100_001 + index));

/** Starts bi-api-leke: Taobao goods and orders, with the limits of the upstream API. */
export function startLeke(options: BackendOptions = {}): Promise<Backend> {
  const { seed = 1, now = () => new Date() } = options;
  const orders = new RowStore();
  const goods = new RowStore();

  function syncOrders(shopIds: readonly string[], pageSize: number, read: (shopId: string) => Order[]) {
    const shops = readShops(shopIds, SHOPS);
    const byShop = shops.map(read);
    const found = byShop.flat();
    return {
      ordersRead: found.length,
      ordersStored: found.filter((order) => orders.upsert(order.orderId, order.modifiedMs)).length,
      pages: countPages(byShop, pageSize),
      shops: shops.length,
    };
  }

  function TaobaoItemsOnsale(request: TaobaoItemsOnsaleRequest__Output): TaobaoItemsOnsaleReply {
    const span = readWindow(request.window);
    checkPageSize(request.pageSize, 200);
    const shops = readShops(request.shopIds, SHOPS);
    const nowMs = now().getTime();
    const byShop = shops.map((shopId) =>
      goodsOnSale(seed, shopId, nowMs).filter((good) => span === undefined || isWithin(span, good.modifiedMs)),
    );
    const found = byShop.flat();
    return {
      goodsRead: found.length,
      goodsStored: found.filter((good) => goods.upsert(good.goodId, good.modifiedMs)).length,
      pages: countPages(byShop, request.pageSize),
      shops: shops.length,
    };
  }

  function TaobaoSyncFullOrder(request: TaobaoSyncFullOrderRequest__Output): TaobaoSyncFullOrderReply {
    const span = requireWindow(request.window);
    limitAge(span, now(), 3);
    checkPageSize(request.pageSize, 100);
    const nowMs = now().getTime();
    return syncOrders(request.shopIds, request.pageSize, (shopId) => ordersCreated(seed, shopId, span, nowMs));
  }

  function TaobaoSyncIncrementOrder(request: TaobaoSyncIncrementOrderRequest__Output): TaobaoSyncIncrementOrderReply {
    const span = requireWindow(request.window);
    limitLength(span, 24);
    checkPageSize(request.pageSize, 100);
    const nowMs = now().getTime();
    return syncOrders(request.shopIds, request.pageSize, (shopId) => ordersModified(seed, shopId, span, nowMs));
  }

  return startBackend(
    {
      name: 'bi-api-leke',
      timeout: '30s',
      services: [
        { protoFile: 'bi/leke/v1/goods.proto', service: 'bi.leke.v1.GoodsService', works: { TaobaoItemsOnsale } },
        {
          protoFile: 'bi/leke/v1/order.proto',
          service: 'bi.leke.v1.OrderService',
          works: { TaobaoSyncFullOrder, TaobaoSyncIncrementOrder },
        },
      ],
    },
    options,
  );
}

/** What a backend keeps: rows by ID, each in the version that was stored last. */
class RowStore {
  readonly #versions = new Map<string, number>();

  /** Stores a row unless this very version is there; true when it was new or had changed. */
  upsert(id: string, modifiedMs: number): boolean {
    if (this.#versions.get(id) === modifiedMs) return false;
    this.#versions.set(id, modifiedMs);
    return true;
  }
}

/** Upstream pages of a listing per shop: an empty shop still takes the one page that says so. */
function countPages(byShop: readonly (readonly unknown[])[], pageSize: number): number {
  return byShop.reduce((sum, rows) => sum + Math.max(1, Math.ceil(rows.length / pageSize)), 0);
}
