/** Upstream pages of a listing per shop: an empty shop still takes the one page that says so. */
export function countPages(byShop: readonly (readonly unknown[])[], pageSize: number): number {
  return byShop.reduce((sum, rows) => sum + Math.max(1, Math.ceil(rows.length / pageSize)), 0);
}
