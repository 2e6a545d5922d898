import { parseArgs } from 'node:util';
import type { CronFunction } from '../function.ts';
import { startHost } from './host.ts';

/**
 * The image's entry. Without arguments: serves the function that FUNCTION_TARGET names until SIGTERM, then finishes what
 * is under way. `once [--task T] [--data JSON] [--slot TIME]`: runs it once and exits, for a Job.
 */
async function main(): Promise<void> {
  const options = { task: { type: 'string' }, data: { type: 'string' }, slot: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [mode = 'serve'] = positionals;
  if (mode !== 'serve' && mode !== 'once')
    throw new Error(`arguments: expected none or "once", got ${JSON.stringify(mode)}`);
  const fn = await loadFunction(values.task ?? process.env['FUNCTION_TARGET'] ?? '');
  await (mode === 'once' ? once(fn, values) : serve(fn));
}

async function loadFunction(target: string): Promise<CronFunction> {
  const unknown = new Error(`FUNCTION_TARGET: expected the name of a task, got ${JSON.stringify(target)}`);
  if (!/^[a-z][a-z0-9-]*$/.test(target)) throw unknown;
  const missing = new RegExp(`^(?:Cannot find module '[^']*|Module not found in bundle: .*)/${target}/index\\.ts`); // Node's words and esbuild's
  try {
    const module = (await import(`../../${target}/index.ts`)) as { default: Promise<CronFunction> }; // the one export of every index.ts
    return await module.default;
  } catch (error) {
    throw error instanceof Error && missing.test(error.message) ? unknown : error;
  }
}

async function serve(fn: CronFunction): Promise<void> {
  const host = await startHost(fn, fn.bootstrap.port);
  const stop = (exitCode: number) => (): void => void host.drain().then(() => process.exit(exitCode));
  process.on('SIGTERM', stop(0));
  process.on('SIGINT', stop(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack}\n`);
    stop(1)();
  });
}

async function once(fn: CronFunction, options: { data?: string; slot?: string }): Promise<void> {
  const [{ runOnce }, { readOnceEvent }] = await Promise.all([import('./once.ts'), import('./once-event.ts')]);
  process.on('SIGTERM', () => {}); // the run goes on until it ends or the grace period does
  process.exit(await runOnce(fn, readOnceEvent(fn.name, options, process.env)));
}

main().catch((error: unknown) => {
  process.stderr.write(`bi-cron: cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
