import type { CronFunction } from '../function.ts';
import { startHost } from './host.ts';

/** The image's entry: serves the function that FUNCTION_TARGET names until SIGTERM, then finishes what is under way. */
async function main(): Promise<void> {
  const target = process.env['FUNCTION_TARGET'] ?? '';
  if (!/^[a-z][a-z0-9-]*$/.test(target)) {
    throw new Error(`FUNCTION_TARGET: expected the name of a task, got ${JSON.stringify(target)}`);
  }
  const { default: fn } = (await import(`../../${target}/index.ts`)) as { default: CronFunction }; // the one export of every index.ts
  const host = await startHost(fn, fn.bootstrap.port);
  const stop = (exitCode: number) => (): void => void host.drain().then(() => process.exit(exitCode));
  process.on('SIGTERM', stop(0));
  process.on('SIGINT', stop(0));
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack}\n`);
    stop(1)();
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`bi-cron: cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
