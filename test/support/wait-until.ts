import { vi } from 'vitest';

/** Resolves with what `look` gives once it no longer throws: as soon as that is so, however slow the machine. */
export const waitUntil = <Value>(look: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(look, { timeout: 30_000, interval: 10 });
