const ISO_DURATION =
  /^P(?=.)(?:(?<days>\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(?<hours>\d+(?:\.\d+)?)H)?(?:(?<minutes>\d+(?:\.\d+)?)M)?(?:(?<seconds>\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of an ISO 8601 duration of days and smaller, as `delivery.backoffDelay` and `delivery.timeout` hold
 * it: `PT0.2S` is 200. Throws a TypeError that names `field`.
 */
export function parseIsoDurationMs(field: string, text: string): number {
  const parts = ISO_DURATION.exec(text)?.groups;
  if (parts === undefined)
    throw new TypeError(`${field}: expected an ISO 8601 duration such as PT0.5S, got ${JSON.stringify(text)}`);
  const count = (unit: string): number => Number(parts[unit] ?? 0);
  return Math.round(
    count('days') * 86_400_000 + count('hours') * 3_600_000 + count('minutes') * 60_000 + count('seconds') * 1000,
  );
}
