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

  it('is put forward by an event from the future, and by no other', () => {
    const script = `
      const http = require('node:http');
      const read = [];
      const server = http.createServer((request, response) => { read.push(new Date().getTime()); response.end(); });
      server.listen(0, async () => {
        const url = 'http://127.0.0.1:' + server.address().port;
        for (const time of [undefined, '2000-01-01T00:00:00Z', '2099-01-01T00:00:00Z', '2000-01-01T00:00:00Z', 'none']) {
          await fetch(url, { method: 'POST', headers: time === undefined ? {} : { 'ce-time': time } });
        }
        console.log(JSON.stringify(read.map((ms) => new Date(ms).toISOString().slice(0, 4))));
        process.exit();
      });`;
    const env = { ...process.env, NODE_OPTIONS: simulatedDateOption(1) };
    const years = JSON.parse(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })) as string[];
    const thisYear = String(new Date().getFullYear());
    expect(years).toEqual([thisYear, thisYear, '2099', '2099', '2099']);
  });

  it('asks for nothing when the clock is not shifted', () => {
    expect(simulatedDateOption(0)).toBe('');
  });
});
