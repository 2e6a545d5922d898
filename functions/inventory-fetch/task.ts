import type { AsyncFetchReply__Output as Reply } from '../../protos/gen/bi/jushuitan/v1/AsyncFetchReply.ts';
import type { AsyncFetchRequest as Request } from '../../protos/gen/bi/jushuitan/v1/AsyncFetchRequest.ts';
import { checkPageSize } from '../runtime/checks.ts';
import { durationOr, optional, pageSize, wholeNumber } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';

// Jushuitan inventory/query
const MAX_PAGE_SIZE = 100;
const MAX_SKUS = 100;

/** Stock levels. The call returns when the backend has accepted the fetch, not when it is done. */
export const task = defineTask({
  name: 'inventory-fetch',
  backend: 'bi-api-jushuitan',
  rpc: unary<Request, Reply>('bi/jushuitan/v1/inventory.proto', 'bi.jushuitan.v1.InventoryService/AsyncFetch'),
  safeToRepeat: false, // a second acceptance is a second fetch, against a quota of 100 pages a minute
  window: { max: '7d', instead: { field: 'skuIds', items: 'SKUs' } },
  options: {
    lookback: durationOr('2h'),
    overlap: durationOr('10m'),
    wmsCoId: optional(wholeNumber),
    pageSize: pageSize(30, MAX_PAGE_SIZE),
  },
  request: (_info, { wmsCoId, pageSize }) => ({ wmsCoId: wmsCoId ?? 0, pageSize }),
  check: ({ skuIds = [], pageSize }) => [
    ...(skuIds.length > MAX_SKUS
      ? [{ field: 'skuIds', expected: `at most ${MAX_SKUS} SKUs`, got: skuIds.length }]
      : []),
    ...checkPageSize(pageSize, MAX_PAGE_SIZE),
  ],
  summarise: ({ jobId, rowsExpected, repeatedRun }) => ({
    rows: Number(rowsExpected),
    job: jobId,
    repeated: repeatedRun,
  }),
});
