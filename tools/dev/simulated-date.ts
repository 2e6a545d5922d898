/**
 * NODE_OPTIONS that make a process's `Date` read so many ms ahead of real time; empty for none. Timers and
 * `performance.now()` are not touched, and the shifted clock runs at real speed, so deadlines stay what they are.
 */
export function simulatedDateOption(offsetMs: number): string {
  if (offsetMs === 0) return '';
  const source = `
    const realNow = Date.now;
    Date.now = () => realNow() + ${offsetMs};
    globalThis.Date = new Proxy(Date, {
      construct: (target, values, self) => Reflect.construct(target, values.length === 0 ? [target.now()] : values, self),
    });`;
  return `--import=data:text/javascript,${encodeURIComponent(source).replaceAll("'", '%27')}`;
}
