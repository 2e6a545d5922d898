/**
 * Milliseconds since the process started, on a clock that does not jump. The same as `performance.now()`, whose first use
 * loads nine of Node's modules.
 */
export const uptimeMs = (): number => process.uptime() * 1000;
