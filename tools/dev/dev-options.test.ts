import { describe, expect, it } from 'vitest';
import { readDevOptions } from './dev-options.ts';

describe('readDevOptions', () => {
  it('has an hour pass in a minute unless told otherwise', () => {
    expect(readDevOptions([])).toEqual({
      speed: 60,
      at: undefined,
      port: 4180,
      idleMs: 6000,
      open: true,
      nacosPort: 0,
      without: [],
    });
  });

  it('reads every option', () => {
    const argv = ['--speed', '1', '--at=2026-11-22T05:40:00Z', '--port', '0', '--idle', '1.5', '--no-open'];
    argv.push('--nacos-port', '8848', '--without', 'bi-api-leke,bi-api-jushuitan', '--without=mine');
    const without = ['bi-api-leke', 'bi-api-jushuitan', 'mine'];
    const at = new Date('2026-11-22T05:40:00Z');
    expect(readDevOptions(argv)).toEqual({
      speed: 1,
      at,
      port: 0,
      idleMs: 1500,
      open: false,
      nacosPort: 8848,
      without,
    });
  });

  it('takes an empty port of Nacos and an empty list for none, as make gives them', () => {
    expect(readDevOptions(['--nacos-port', '', '--without', ''])).toMatchObject({ nacosPort: 0, without: [] });
  });

  it('reads --help', () => {
    expect(readDevOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--speed', '0'], '--speed: expected 1 to 3600, got "0"'],
    [['--speed', 'fast'], '--speed: expected 1 to 3600, got "fast"'],
    [['--port', '65536'], '--port: expected 0 to 65535, got "65536"'],
    [['--port', '80.5'], '--port: expected a port, got "80.5"'],
    [['--nacos-port', '64536'], '--nacos-port: expected 0 to 64535, got "64536"'], // no room for gRPC
    [['--nacos-port', 'tcp://10.0.0.1:8848'], '--nacos-port: expected 0 to 64535'],
    [['--at', 'tomorrow'], '--at: expected an RFC 3339 time'],
    [['--faster'], "Unknown option '--faster'"],
  ])('refuses %j', (argv, message) => {
    expect(() => readDevOptions(argv)).toThrow(message);
  });
});
