import type { AsyncFetchReply__Output as Reply } from '../../protos/gen/bi/jushuitan/v1/AsyncFetchReply.ts';
import type { AsyncFetchRequest as Request } from '../../protos/gen/bi/jushuitan/v1/AsyncFetchRequest.ts';
import { checkPageSize } from '../runtime/checks.ts';
import { durationOr, optional, pageSize, wholeNumber } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { Description } from '../runtime/run-error.ts';
import { defineTask } from '../runtime/task.ts';
import { checkWindow, windowBefore } from '../runtime/window.ts';

// Jushuitan inventory/query: a window of at most 7 days, or at most 100 SKUs; 100 a page
const WINDOW = { maxMs: 7 * 24 * 3_600_000 };
const MAX_PAGE_SIZE = 100;
const MAX_SKUS = 100;

/** Stock levels. The call returns when the backend has accepted the fetch, not when it is done. */
export const task = defineTask({
  name: 'inventory-fetch',
  backend: 'bi-api-jushuitan',
  rpc: unary<Request, Reply>('bi/jushuitan/v1/inventory.proto', 'bi.jushuitan.v1.InventoryService/AsyncFetch'),
  safeToRepeat: false, // a second acceptance is a second fetch, against a quota of 100 pages a minute
  options: {
    lookback: durationOr('2h'),
    overlap: durationOr('10m'),
    wmsCoId: optional(wholeNumber),
    pageSize: pageSize(30, MAX_PAGE_SIZE),
  },
  request: ({ slot, given }, { lookback, overlap, wmsCoId, pageSize }) => ({
    window: given.skuIds?.length ? null : windowBefore(slot, { lookback, overlap }, WINDOW),
    wmsCoId: wmsCoId ?? 0,
    pageSize,
  }),
  check: ({ window, skuIds = [], pageSize }, now) => [
    ...(window ? checkWindow(window, WINDOW, now) : []),
    ...(window && skuIds.length > 0
      ? [{ field: 'skuIds', expected: 'a window or SKUs, not both', got: new Description('both') }]
      : []),
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
