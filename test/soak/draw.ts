/** One of the entries, each as often as its weight says. */
export function pickWeighted<Entry extends { readonly weight: number }>(
  entries: readonly Entry[],
  random: () => number,
): Entry {
  let left = random() * entries.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = entries.find(({ weight }) => (left -= weight) < 0);
  if (drawn === undefined) throw new RangeError('entries: expected one of positive weight, got none');
  return drawn;
}
