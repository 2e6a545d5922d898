import { lastChange, seeded } from './seeded.ts';

/** A good on sale as it stands at one moment. */
export interface Good {
  goodId: string;
  shopId: string;
  modifiedMs: number;
}

/** All goods on sale of a shop, 600 to 1,000 of them, as they stand at `nowMs`. */
export function goodsOnSale(seed: number, shopId: string, nowMs: number): Good[] {
  const count = 600 + Math.floor(seeded(seed, 'goods', shopId)() * 401);
  return Array.from({ length: count }, (_, index) => ({
    goodId: `${shopId}${String(index).padStart(6, '0')}`,
    shopId,
    modifiedMs: lastChange(seeded(seed, 'goods', shopId, index), nowMs),
  }));
}
