import { describe, expect, it } from 'vitest';
import { runDay } from '../soak/day.ts';
import { APP_DIR } from '../support/app-dir.ts';

describe('a day of ticks with random troubles loses no slot and works on none twice', { concurrent: true }, () => {
  it.each(['PingSource', 'Broker'] as const)('sent by a %s', { timeout: 60_000 }, async (sender) => {
    const day = await runDay({ sender, seed: 1, ticks: 100, appDir: APP_DIR });
    expect(day.broken).toEqual([]);
    expect(day.done + day.healed).toBe(100);
    expect([day.troubled > 25, day.healed > 0, day.done > 50]).toEqual([true, true, true]); // else nothing was tried
  });
});
