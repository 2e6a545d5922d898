import { lastChange, seeded } from './seeded.ts';

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
