import { parseArgs } from 'node:util';
import { parseRfc3339, RFC3339_FORM } from '../../functions/runtime/rfc3339.ts';
import { GRPC_OFFSET } from '../stack/nacos/server.ts';
import { MAX_SPEED } from './clock.ts';

/** What `make dev` was asked for. */
export interface DevOptions {
  readonly speed: number;
  readonly at: Date | undefined;
  readonly port: number;
  readonly idleMs: number;
  readonly open: boolean;
  /** Of the embedded Nacos, whose gRPC port is this + 1000; 0 is a free pair. */
  readonly nacosPort: number;
  /** Simulators that Nacos is not to list. */
  readonly without: readonly string[];
}

const PORT = 4180;

export const USAGE = `Usage: make dev ARGS="[options]"

  --speed <n>     simulated seconds per second, 1 to ${MAX_SPEED} (60: an hour takes a minute)
  --at <time>     where the simulated clock starts, RFC 3339 (now)
  --idle <s>      seconds until an idle process is ended (6)
  --port <port>   the console's port; the next free one when it is taken (${PORT})
  --nacos-port <port>
                  the port of the embedded Nacos, which speaks gRPC on port + 1000 (any two that are free);
                  NACOS_PORT=<port> of make
  --without <simulator,…>
                  leaves simulators out of Nacos' list, so that a backend of yours is called instead of them;
                  WITHOUT=<simulator,…> of make
  --no-open       do not open a browser
  --help          this text`;

/** Reads the arguments. Throws an Error that names the option: what was expected, what came. */
export function readDevOptions(argv: readonly string[]): DevOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      speed: { type: 'string', default: '60' },
      at: { type: 'string' },
      idle: { type: 'string', default: '6' },
      port: { type: 'string', default: String(PORT) },
      'nacos-port': { type: 'string', default: '' },
      without: { type: 'string', multiple: true, default: [] },
      open: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    speed: readNumber('--speed', values.speed, 1, MAX_SPEED),
    at: values.at === undefined ? undefined : readTime(values.at),
    idleMs: readNumber('--idle', values.idle, 1, 3600) * 1000,
    port: readPort('--port', values.port, 65_535),
    open: values.open,
    nacosPort: readPort('--nacos-port', values['nacos-port'] || '0', 65_535 - GRPC_OFFSET),
    without: values.without.flatMap((names) => names.split(/[\s,]+/)).filter((name) => name !== ''),
  };
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name}: expected ${min} to ${max}, got ${JSON.stringify(text)}`);
}

function readPort(name: string, text: string, max: number): number {
  const port = readNumber(name, text, 0, max);
  if (Number.isInteger(port)) return port;
  throw new Error(`${name}: expected a port, got ${JSON.stringify(text)}`);
}

function readTime(text: string): Date {
  const instant = parseRfc3339(text);
  if (instant === undefined) throw new Error(`--at: expected ${RFC3339_FORM}, got ${JSON.stringify(text)}`);
  return new Date(instant.seconds * 1000);
}
