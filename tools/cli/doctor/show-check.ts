import type { Colors } from '../cli-host.ts';
import type { Check, CheckState } from './check.ts';

const SIGN = {
  ok: (colors) => colors.green('✓'),
  warn: (colors) => colors.yellow('!'),
  fail: (colors) => colors.red('✗'),
  skip: (colors) => colors.dim('·'),
} as const satisfies Record<CheckState, (colors: Colors) => string>;

/** One check on a line, and what to try next on another. */
export function formatCheck({ area, name, state, detail, next, ms }: Check, colors: Colors): string {
  const time = state === 'skip' ? '' : `${ms.toFixed(1)} ms`;
  const what = state === 'skip' ? colors.dim(`skipped: ${detail}`) : detail;
  const line = `${SIGN[state](colors)} ${`${area} ${name}`.padEnd(34)} ${colors.dim(time.padStart(10))}  ${what}\n`;
  return next === undefined ? line : `${line}    ${colors.yellow('try:')} ${next}\n`;
}

/** The last line. */
export function formatSum(checks: readonly Check[], colors: Colors): string {
  const count = (state: CheckState): number => checks.filter((check) => check.state === state).length;
  const failed = count('fail');
  const verdict = failed === 0 ? colors.green('healthy') : colors.red('not healthy');
  return `${verdict}: ${count('ok')} ok, ${count('warn')} warnings, ${failed} failed, ${count('skip')} skipped\n`;
}
