import { readBootstrap, type Bootstrap } from '../../../functions/runtime/env.ts';
import type { Task } from '../../../functions/runtime/task.ts';
import { listTasks, loadTask } from '../../project.ts';
import type { CliHost } from '../cli-host.ts';
import { checkBackend } from './backend-checks.ts';
import { CheckFailure, startExamination, type Check, type CheckRunner } from './check.ts';
import { checkConfig, checkDocuments } from './document-checks.ts';
import { checkNacos } from './nacos-checks.ts';
import { formatCheck, formatSum } from './show-check.ts';
import { ENVIRONMENT_HINT, readEnvironment } from '../environment.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** The options of `doctor`, as commander gives them. */
export interface DoctorOptions {
  readonly json?: boolean;
  readonly env?: string;
}

/** Makes every check, prints it as it ends, and sets the exit status. */
export async function doctor(only: string | undefined, options: DoctorOptions, host: CliHost): Promise<void> {
  const env = await readEnvironment(options.env, host.env);
  const names = only === undefined ? listTasks(host.root) : [only];
  const tasks = await Promise.all(names.map((name) => loadTask(name, host.root)));
  const exam = startExamination((check) => {
    if (!options.json) host.out(formatCheck(check, host.colors.out));
  });
  await examine(tasks, env, exam);
  host.out(options.json ? `${JSON.stringify(exam.checks)}\n` : formatSum(exam.checks, host.colors.out));
  host.exit(exitCodeFor(exam.checks));
}

async function examine(tasks: readonly Task[], env: CliHost['env'], exam: CheckRunner): Promise<void> {
  const bootstrap = await exam.check('environment', 'variables', () => Promise.resolve(readVariables(env)));
  if (bootstrap === undefined) return;
  const access = await checkNacos(bootstrap, exam);
  if (access === undefined) return exam.skip('document', 'all', 'Nacos cannot be asked');
  const documents = await checkDocuments(bootstrap, access, exam);
  if (documents === undefined) return exam.skip('config', 'all', 'a document is missing');
  const configs = await checkConfig(tasks, documents, bootstrap, exam);
  const seen = new Set<string>();
  for (const { name, backend } of tasks) {
    const config = configs.get(name);
    if (config === undefined || seen.has(backend)) continue;
    seen.add(backend);
    await checkBackend(backend, config, bootstrap, exam);
  }
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
