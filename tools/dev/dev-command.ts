import { spawn } from 'node:child_process';
import colors from 'picocolors';
import { formatDuration } from '../../functions/runtime/duration.ts';
import { GRPC_OFFSET } from '../stack/nacos/server.ts';
import { startConsole } from '../console/server.ts';
import { readDevOptions, USAGE } from './dev-options.ts';
import { LocalCluster } from './local-cluster.ts';

/** `make dev`: the local cluster and its console, until Ctrl-C. */
async function main(): Promise<void> {
  const options = readDevOptions(process.argv.slice(2));
  if (options === 'help') return console.log(USAGE);
  const cluster = new LocalCluster({ ...options, progress: (step) => console.error(colors.dim(`· ${step}`)) });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130); // a second time: at once
      stop.abort();
    });
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // its terminal was closed: there is still something to end
  await cluster.start();
  const page = await startConsole(cluster, options.port);
  const port = Number(new URL(page.url).port);
  const why = options.port === 0 || options.port === port ? '' : ` (port ${port}, because ${options.port} is taken)`;
  const { nacos } = cluster.platform;
  const without = options.without.length === 0 ? '' : `, without ${options.without.join(' and ')}`;
  const variables = Object.entries(cluster.platform.env).map(([name, value]) => `${name}=${value}`);
  console.log(`
  ${colors.bold('bi-cron')}  ${colors.cyan(page.url)}${why}
  ${[...cluster.tasks.keys()].join(', ')}
  Nacos ${nacos.address}, gRPC on ${nacos.port + GRPC_OFFSET}${without}
  clock ${cluster.clock.now().toISOString()}, an hour takes ${formatDuration(3_600_000 / options.speed)}; Ctrl-C ends everything
  ${colors.dim(`${variables.join(' ')} tools/cli/bi-cron doctor`)}
`);
  if (options.open) openInBrowser(page.url);
  if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
  console.error(colors.dim('· ending'));
  await page.close();
  await cluster.close();
}

/** Best effort: without a desktop there is nothing to open, and the address has been printed. */
function openInBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(command, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => {});
  child.unref();
}

try {
  await main();
  process.exit(0); // the Nacos SDK's timers would keep the process up for 10 s
} catch (error) {
  console.error(colors.red(error instanceof Error ? error.message : String(error)));
  process.exit(1);
}
