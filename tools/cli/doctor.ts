import type { Command } from 'commander';
import type { TokenSettings } from '../../functions/runtime/auth/caller-settings.ts';
import { createIssuer } from '../../functions/runtime/auth/issuer.ts';
import { readBootstrap, type Bootstrap } from '../../functions/runtime/env.ts';
import { RunError } from '../../functions/runtime/run-error.ts';
import type { Task } from '../../functions/runtime/task.ts';
import { listTasks, loadTask } from '../project.ts';
import { checkBackend } from './doctor/backend-checks.ts';
import {
  CheckFailure,
  createCheckRunner,
  formatCheck,
  formatSum,
  type Check,
  type CheckRunner,
} from './doctor/check.ts';
import { checkConfig, checkDocuments, checkNames } from './doctor/document-checks.ts';
import { checkNacos } from './doctor/nacos-checks.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { CliHost } from './host.ts';
import { addEnvFile, ENVIRONMENT_HINT, readEnvironment, taskArgument } from './options.ts';

/** `doctor`: looks at everything that a run needs, and says what to try where something is wrong. */
export function addDoctor(program: Command, host: CliHost): void {
  const command = program
    .command('doctor')
    .description('find out what is wrong, and what to try')
    .addHelpText(
      'after',
      '\nLooks at environment, token issuer and its keys, Nacos (reachable, clock, login, API, each document), configuration and backends (instances, connection, TLS, health), with the time of each step. Calls no task. Exit status 1: something must be corrected; 75: something does not answer.',
    )
    .addArgument(taskArgument('[task]', 'only what this task needs', host.root))
    .option('--json', 'JSON on standard output');
  addEnvFile(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bi-cron doctor --env knative/overlays/dev/nacos.env
  $ kubectl exec deploy/increment-order-00001-deployment -- bi-cron doctor`,
    )
    .action((task: string | undefined, options: DoctorOptions) => doctor(task, options, host));
}

interface DoctorOptions {
  readonly json?: boolean;
  readonly env?: string;
}

/** Makes every check, prints it as it ends, and sets the exit status. */
async function doctor(only: string | undefined, options: DoctorOptions, host: CliHost): Promise<void> {
  const env = await readEnvironment(options.env, host.env);
  const names = only === undefined ? listTasks(host.root) : [only];
  const tasks = await Promise.all(names.map((name) => loadTask(name, host.root)));
  const runner = createCheckRunner((check) => {
    if (!options.json) host.out(formatCheck(check, host));
  });
  const all = await Promise.all(listTasks(host.root).map((name) => loadTask(name, host.root)));
  await checkAll(tasks, all, env, runner);
  host.out(options.json ? `${JSON.stringify(runner.checks)}\n` : formatSum(runner.checks, host.colors.out));
  host.exit(exitCodeFor(runner.checks));
}

async function checkAll(
  tasks: readonly Task[],
  all: readonly Task[],
  env: CliHost['env'],
  runner: CheckRunner,
): Promise<void> {
  const bootstrap = await runner.check('environment', 'variables', () => Promise.resolve(readVariables(env)));
  if (bootstrap === undefined) return;
  if (bootstrap.callers.auth === 'token') await checkIssuer(bootstrap.callers, runner);
  const access = await checkNacos(bootstrap, runner);
  if (access === undefined) return runner.skip('document', 'all', 'Nacos cannot be asked');
  const documents = await checkDocuments(bootstrap, access, runner);
  if (documents === undefined) return runner.skip('config', 'all', 'a document is missing');
  const configs = await checkConfig(tasks, documents, bootstrap, runner);
  await checkNames(all, documents, runner);
  const seen = new Set<string>();
  for (const { name, backend } of tasks) {
    const config = configs.get(name);
    if (config === undefined || seen.has(backend)) continue;
    seen.add(backend);
    await checkBackend(backend, config, bootstrap, runner);
  }
}

/** The issuer of callers' tokens, asked for its keys as the function does, unless it has them as text: without them every run is refused. */
async function checkIssuer(callers: TokenSettings, runner: CheckRunner): Promise<void> {
  await runner.check('callers', 'issuer', async () => {
    const where = callers.keys === undefined ? (callers.keysUrl?.href ?? callers.issuer) : 'CALLER_JWKS';
    try {
      const { keys } = callers.keys ?? (await createIssuer(callers).readKeys());
      const ids = keys.map(({ kid = 'without a name', alg }) => `${kid}${alg === undefined ? '' : ` (${alg})`}`);
      if (ids.length === 0)
        throw new CheckFailure(`${where}: no key`, 'ask the operators of the issuer: no token can be verified');
      return { detail: `${where}: ${ids.length} keys: ${ids.join(', ')}; audience ${callers.audience}`, value: true };
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      throw new CheckFailure(
        error.message,
        'check CALLER_ISSUER, CALLER_JWKS_URI, CALLER_CA_FILE and CALLER_TOKEN_FILE; inside a cluster only a pod can ask its API server',
        { cause: error },
      );
    }
  });
}

function readVariables(env: CliHost['env']): { detail: string; value: Bootstrap } {
  try {
    const value = readBootstrap(env);
    const { nacos, documents } = value;
    const ids = documents.map(({ dataId, optional }) => `${dataId}${optional ? '?' : ''}`).join(', ');
    return { detail: `namespace ${JSON.stringify(nacos.namespace)}, group ${nacos.group}, ${ids}`, value };
  } catch (error) {
    throw new CheckFailure((error as Error).message, ENVIRONMENT_HINT); // readBootstrap throws Errors only
  }
}

/** Areas where a failure may pass by itself. */
const isTransient = ({ area, name }: Check): boolean =>
  name.startsWith('reach ') || !['environment', 'nacos', 'document', 'config'].includes(area);

/** The first failure decides. */
function exitCodeFor(checks: readonly Check[]): ExitCode {
  const failed = checks.find(({ state }) => state === 'fail');
  if (failed === undefined) return EXIT.done;
  return isTransient(failed) ? EXIT.unavailable : EXIT.rejected;
}
