import { wrapText } from '../../table.ts';
import type { CliHost, Colors } from '../host.ts';

/** How one check ended. `skip`: it could not be made, because another failed or there is nothing to check. */
export type CheckState = 'ok' | 'warn' | 'fail' | 'skip';

/** One finished check. */
export interface Check {
  /** `nacos`, `document`, `backend` …: what is looked at. */
  readonly area: string;
  readonly name: string;
  readonly state: CheckState;
  readonly detail: string;
  /** The next thing to try; on every `warn` and `fail`. */
  readonly next: string | undefined;
  readonly ms: number;
}

/** What a check's function returns; it throws `CheckFailure` when the check fails. */
export interface Finding<Value> {
  readonly detail: string;
  readonly warn?: { readonly next: string };
  readonly value: Value;
}

/** A check that failed, with the next thing to try. */
export class CheckFailure extends Error {
  readonly next: string;

  constructor(detail: string, next: string, options?: ErrorOptions) {
    super(detail, options);
    this.next = next;
  }
}

/** The checks of one call of doctor, in the order in which they were made. */
export interface CheckRunner {
  readonly checks: readonly Check[];
  /** Makes a check; its value, or undefined when it failed. */
  check<Value>(area: string, name: string, look: () => Promise<Finding<Value>>): Promise<Value | undefined>;
  skip(area: string, name: string, why: string): void;
}

/** Starts with no check; `onCheck` is called for each when it is done. */
export function createCheckRunner(onCheck: (check: Check) => void): CheckRunner {
  const checks: Check[] = [];
  const add = (check: Check): void => {
    checks.push(check);
    onCheck(check);
  };
  return {
    checks,
    check: async (area, name, look) => {
      const startedAt = performance.now();
      const hold = setInterval(() => {}, 1000); // a gRPC channel that connects does not keep a process up
      const end = (): number => Math.round((performance.now() - startedAt) * 10) / 10;
      try {
        const { detail, warn, value } = await look();
        add({ area, name, state: warn === undefined ? 'ok' : 'warn', detail, next: warn?.next, ms: end() });
        return value;
      } catch (error) {
        if (!(error instanceof CheckFailure)) throw error;
        add({ area, name, state: 'fail', detail: error.message, next: error.next, ms: end() });
        return undefined;
      } finally {
        clearInterval(hold);
      }
    },
    skip: (area, name, why) => add({ area, name, state: 'skip', detail: why, next: undefined, ms: 0 }),
  };
}

const SIGN = {
  ok: (colors) => colors.green('✓'),
  warn: (colors) => colors.yellow('!'),
  fail: (colors) => colors.red('✗'),
  skip: (colors) => colors.dim('·'),
} as const satisfies Record<CheckState, (colors: Colors) => string>;

const WIDE = 110;
const INDENT = '    ';

/** One check on a line, what it found beside it, or below it in a narrow terminal, and what to try next. */
export function formatCheck(
  { area, name, state, detail, next, ms }: Check,
  { colors: { out }, columns }: CliHost,
): string {
  const time = state === 'skip' ? '' : `${ms.toFixed(1)} ms`;
  const what = state === 'skip' ? `skipped: ${detail}` : detail;
  const head = `${SIGN[state](out)} ${`${area} ${name}`.padEnd(34)} ${out.dim(time.padStart(10))}`;
  const isWide = columns === undefined || columns >= WIDE;
  const found = isWide ? `${head}  ${what}\n` : `${head}\n${wrapText(what, columns, INDENT)}`;
  if (next === undefined) return found;
  return isWide
    ? `${found}${INDENT}${out.yellow('try:')} ${next}\n`
    : `${found}${wrapText(`${out.yellow('try:')} ${next}`, columns, INDENT)}`;
}

/** The last line. */
export function formatSum(checks: readonly Check[], colors: Colors): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const failed = count('fail');
  const summary = failed === 0 ? colors.green('healthy') : colors.red('not healthy');
  return `${summary}: ${count('ok')} ok, ${count('warn')} warnings, ${failed} failed, ${count('skip')} skipped\n`;
}
