import type { CronFunction } from '../handle.ts';
import { writeError } from '../log.ts';
import { startHost } from './host.ts';

/**
 * The image's entry. Without arguments: serves the function that FUNCTION_TARGET names until SIGTERM, then finishes what
 * is under way. `once [--task T] [--data JSON] [--slot TIME]`: runs it once and exits, for a Job.
 */
async function main([mode, ...flags]: readonly string[]): Promise<void> {
  if (mode === undefined) return serve(process.env['FUNCTION_TARGET'] ?? '');
  if (mode === 'once') return once(flags);
  throw new Error(`arguments: expected none or "once", got ${JSON.stringify(mode)}`);
}

async function serve(target: string): Promise<void> {
  let stop = (exitCode: number): void => process.exit(exitCode); // as PID 1 a process without a handler ignores SIGTERM
  process.on('SIGTERM', () => stop(0)); // one handler for good: a signal that comes while it is exchanged would be lost
  process.on('SIGINT', () => stop(0));
  const fn = await loadFunction(target);
  const host = await startHost(fn, fn.bootstrap.port); // what the engine needs is loaded while the port is open already
  stop = (exitCode) => void host.drain().then(() => process.exit(exitCode));
  process.on('uncaughtException', (error) => {
    writeError(`${error.stack}\n`);
    stop(1);
  });
  await fn.ready;
}

async function once(flags: readonly string[]): Promise<void> {
  const { readOnceArguments, readOnceEvent, runOnce } = await import('../job.ts');
  const { task, ...options } = readOnceArguments(flags);
  process.on('SIGTERM', () => {}); // the run goes on until it ends or the grace period does
  const fn = await loadFunction(task ?? process.env['FUNCTION_TARGET'] ?? '');
  process.exit(await runOnce(fn, readOnceEvent(fn.name, options, process.env, new Date())));
}

async function loadFunction(target: string): Promise<CronFunction> {
  const unknown = new Error(`FUNCTION_TARGET: expected the name of a task, got ${JSON.stringify(target)}`);
  if (!/^[a-z][a-z0-9-]*$/.test(target)) throw unknown;
  const missing = new RegExp(`^(?:Cannot find module '[^']*|Module not found in bundle: .*)/${target}/index\\.ts`); // Node's text and esbuild's
  try {
    const module = (await import(`../../${target}/index.ts`)) as { default: Promise<CronFunction> }; // the one export of every index.ts
    return await module.default;
  } catch (error) {
    throw error instanceof Error && missing.test(error.message) ? unknown : error;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`bi-cron: cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
