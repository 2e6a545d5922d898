import { status } from '@grpc/grpc-js';
import type { AsyncFetchReply } from '../../../protos/gen/bi/jushuitan/v1/AsyncFetchReply.ts';
import type { AsyncFetchRequest__Output } from '../../../protos/gen/bi/jushuitan/v1/AsyncFetchRequest.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { checkPageSize, invalid, isWithin, limitLength, readWindow, type Span } from './request-rules.ts';
import { startBackend } from './start-backend.ts';
import { WAREHOUSES, stockRows } from './rows.ts';
import { Rejection } from './unary.ts';

/** Starts bi-api-jushuitan: Jushuitan stock, with the limits of the upstream API. */
export function startJushuitan(options: BackendOptions = {}): Promise<Backend> {
  const { seed = 1, now = () => new Date() } = options;
  let jobs = 0;

  function AsyncFetch(request: AsyncFetchRequest__Output): AsyncFetchReply {
    const selects = readSelection(readWindow(request.window), request.skuIds);
    checkPageSize(request.pageSize, 100);
    const wmsCoId = readWarehouse(request.wmsCoId);
    const rows = stockRows(seed, now().getTime()).filter(
      (row) => (wmsCoId === 0 || row.wmsCoId === wmsCoId) && selects(row),
    );
    jobs += 1;
    return { jobId: `fetch-${String(jobs).padStart(6, '0')}`, rowsExpected: rows.length };
  }

  return startBackend(
    {
      name: 'bi-api-jushuitan',
      timeout: '10s',
      services: [
        {
          protoFile: 'bi/jushuitan/v1/inventory.proto',
          service: 'bi.jushuitan.v1.InventoryService',
          works: { AsyncFetch },
        },
      ],
    },
    options,
  );
}

function readSelection(
  span: Span | undefined,
  skuIds: readonly string[],
): (row: { skuId: string; modifiedMs: number }) => boolean {
  if (span !== undefined && skuIds.length > 0)
    throw invalid('sku_ids', 'none beside a window', `${skuIds.length} SKUs`);
  if (span !== undefined) {
    limitLength(span, 7 * 24);
    return (row) => isWithin(span, row.modifiedMs);
  }
  if (skuIds.length === 0) throw invalid('window', 'a window with both ends, or sku_ids', null);
  if (skuIds.length > 100) throw invalid('sku_ids', 'at most 100 SKUs', `${skuIds.length} SKUs`);
  const wanted = new Set(skuIds);
  return (row) => wanted.has(row.skuId);
}

function readWarehouse(wmsCoId: string): number {
  const id = Number(wmsCoId);
  if (id < 0) throw invalid('wms_co_id', '0 or a warehouse company', id);
  if (id !== 0 && !WAREHOUSES.includes(id)) {
    throw new Rejection(
      status.NOT_FOUND,
      `wms_co_id: no warehouse ${wmsCoId}, the account has ${WAREHOUSES.join(', ')}`,
    );
  }
  return id;
}
