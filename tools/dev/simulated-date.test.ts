import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { simulatedDateOption } from './clock.ts';

const YEAR_MS = 365 * 86_400_000;

function evaluate(expression: string, offsetMs: number): unknown {
  const env = { ...process.env, NODE_OPTIONS: simulatedDateOption(offsetMs) };
  const output = execFileSync(process.execPath, ['-p', `JSON.stringify(${expression})`], { env, encoding: 'utf8' });
  return JSON.parse(output);
}

describe('simulatedDateOption', () => {
  it('shifts Date.now() and new Date() of a process, and nothing else of Date', () => {
    const [now, made, given, isDate, parts] = evaluate(
      `[Date.now(), new Date().getTime(), new Date('2026-11-22T05:40:00Z').getTime(), new Date() instanceof Date, new Date(2026, 0, 2).getDate()]`,
      YEAR_MS,
    ) as [number, number, number, boolean, number];
    expect(now - Date.now()).toBeGreaterThan(YEAR_MS - 60_000);
    expect(now - Date.now()).toBeLessThanOrEqual(YEAR_MS);
    expect(made - now).toBeLessThan(60_000);
    expect([given, isDate, parts]).toEqual([Date.parse('2026-11-22T05:40:00Z'), true, 2]);
  });

  it('asks for nothing when the clock is not shifted', () => {
    expect(simulatedDateOption(0)).toBe('');
  });
});
