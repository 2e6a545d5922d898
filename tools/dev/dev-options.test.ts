import { describe, expect, it } from 'vitest';
import { readDevOptions } from './dev-options.ts';

describe('readDevOptions', () => {
  it('has an hour pass in a minute unless told otherwise', () => {
    expect(readDevOptions([])).toEqual({ speed: 60, at: undefined, port: 4180, idleMs: 6000, open: true });
  });

  it('reads every option', () => {
    const argv = ['--speed', '1', '--at=2026-11-22T05:40:00Z', '--port', '0', '--idle', '1.5', '--no-open'];
    const at = new Date('2026-11-22T05:40:00Z');
    expect(readDevOptions(argv)).toEqual({ speed: 1, at, port: 0, idleMs: 1500, open: false });
  });

  it('reads --help', () => {
    expect(readDevOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--speed', '0'], '--speed: expected 1 to 3600, got "0"'],
    [['--speed', 'fast'], '--speed: expected 1 to 3600, got "fast"'],
    [['--port', '65536'], '--port: expected 0 to 65535, got "65536"'],
    [['--at', 'tomorrow'], '--at: expected an RFC 3339 time'],
    [['--faster'], "Unknown option '--faster'"],
  ])('refuses %j', (argv, message) => {
    expect(() => readDevOptions(argv)).toThrow(message);
  });
});
