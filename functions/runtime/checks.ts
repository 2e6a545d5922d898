import { Description } from './run-error.ts';

/** A problem of a request. `field` is its path in the request, such as `window.end` or `shopIds`. */
export interface Problem {
  readonly field: string;
  readonly expected: string;
  readonly got: unknown;
}

/** The shops of a request: at least one, none empty. */
export function checkShops(shopIds: readonly string[] = []): Problem[] {
  if (shopIds.length === 0) return [{ field: 'shopIds', expected: 'at least one shop', got: new Description('none') }];
  return shopIds.includes('') ? [{ field: 'shopIds', expected: 'no empty shop ID', got: '' }] : [];
}

/** The page size of a request: 1 to what the upstream API allows. */
export function checkPageSize(pageSize: number | undefined, max: number): Problem[] {
  if (pageSize !== undefined && pageSize >= 1 && pageSize <= max) return [];
  return [{ field: 'pageSize', expected: `1 to ${max}`, got: pageSize }];
}
