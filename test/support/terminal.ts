import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why no terminal can be had; undefined when one can. */
function whyNot(): string | undefined {
  try {
    execFileSync('tmux', ['-V']);
    return undefined;
  } catch {
    return 'there is no tmux';
  }
}

const reason = whyNot();

/** Do tests in a terminal have to be skipped? CI forbids it. */
export const skipsTerminal = reason !== undefined && process.env['CI_FORBID_SKIPS'] !== '1';

/** For the title of such tests. */
export const whySkipped = skipsTerminal ? ` (skipped: ${reason})` : '';

/** Runs tmux commands on a server of this name, which is nobody else's. */
export function openTmux(name: string): (...args: readonly string[]) => Promise<{ readonly stdout: string }> {
  return (...args) => run('tmux', ['-L', `${name}-${process.pid}`, '-f', '/dev/null', ...args]);
}
