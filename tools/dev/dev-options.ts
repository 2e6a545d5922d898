import { parseArgs } from 'node:util';
import { parseRfc3339, RFC3339_FORM } from '../../functions/runtime/rfc3339.ts';
import { MAX_SPEED } from './clock.ts';

/** What `make dev` was asked for. */
export interface DevOptions {
  readonly speed: number;
  readonly at: Date | undefined;
  readonly port: number;
  readonly idleMs: number;
  readonly open: boolean;
}

const PORT = 4180;

export const USAGE = `Usage: make dev ARGS="[options]"

  --speed <n>     simulated seconds per second, 1 to ${MAX_SPEED} (60: an hour takes a minute)
  --at <time>     where the simulated clock starts, RFC 3339 (now)
  --idle <s>      seconds until an idle process is ended (6)
  --port <port>   the console's port; the next free one when it is taken (${PORT})
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
      open: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    speed: readNumber('--speed', values.speed, 1, MAX_SPEED),
    at: values.at === undefined ? undefined : readTime(values.at),
    idleMs: readNumber('--idle', values.idle, 1, 3600) * 1000,
    port: readNumber('--port', values.port, 0, 65_535),
    open: values.open,
  };
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name}: expected ${min} to ${max}, got ${JSON.stringify(text)}`);
}

function readTime(text: string): Date {
  const instant = parseRfc3339(text);
  if (instant === undefined) throw new Error(`--at: expected ${RFC3339_FORM}, got ${JSON.stringify(text)}`);
  return new Date(instant.seconds * 1000);
}
