import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../exit-code.ts';

/** Where the manifests of every task are, below the repository's folder. */
export const BASE = 'knative/base';
export const CRON_JOB = 'knative/components/job/cron-job';

/** The names of a new task, all made from two. */
export interface TaskNames {
  /** `refund-sync`: folder, Knative Service, PingSource, FUNCTION_TARGET */
  readonly task: string;
  /** `bi-api-wdt` */
  readonly backend: string;
  /** `bi/wdt/v1/refund_sync.proto`, below `protos/` */
  readonly proto: string;
  /** `bi.wdt.v1` */
  readonly protoPackage: string;
  /** `RefundSync`: the method, and the start of the service's and the messages' names */
  readonly method: string;
}

const WORDS = /^[a-z]([a-z0-9]|-(?=[a-z0-9]))*$/;
const MAX_TASK = 40; // Knative appends -00001-deployment and a hash, Kubernetes allows 63
const MAX_BACKEND = 63; // a label's value
const TAKEN: ReadonlyMap<string, string> = new Map([
  ['runtime', 'functions/runtime is what all tasks share'],
  ['dead-letter', 'components/broker has a Service of that name'],
]);

/** Makes the names. Throws UsageError when one cannot be used everywhere it has to be. */
export function nameTask(task: string, backend: string): TaskNames {
  const problem = taskProblem(task) ?? backendProblem(backend);
  if (problem !== undefined) throw new UsageError(problem);
  const area = areaOf(backend);
  return {
    task,
    backend,
    proto: `bi/${area}/v1/${task.replaceAll('-', '_')}.proto`,
    protoPackage: `bi.${area}.v1`,
    method: task
      .split('-')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
  };
}

/** Why `task` cannot be the name of a task; undefined when it can. */
export function taskProblem(task: string): string | undefined {
  const got = `got ${JSON.stringify(task)}`;
  if (!WORDS.test(task)) return `task: expected lower-case words with hyphens such as refund-sync, ${got}`;
  if (task.length > MAX_TASK) return `task: expected at most ${MAX_TASK} characters, ${got} (${task.length})`;
  const taken = TAKEN.get(task);
  return taken && `task: expected another name, because ${taken}, ${got}`;
}

/** Why `backend` cannot be the name of a backend; undefined when it can. */
export function backendProblem(backend: string): string | undefined {
  const got = `got ${JSON.stringify(backend)}`;
  if (!WORDS.test(backend)) return `--backend: expected a service name such as bi-api-wdt, ${got}`;
  return backend.length > MAX_BACKEND
    ? `--backend: expected at most ${MAX_BACKEND} characters, ${got} (${backend.length})`
    : undefined;
}

/** `wdt` for `bi-api-wdt`; all of it where what follows is no name of a proto package, or is the one that holds them all. */
function areaOf(backend: string): string {
  const short = backend.replace(/^bi-api-/, '');
  return (/^[a-z]/.test(short) && short !== 'bi' ? short : `api-${short}`).replaceAll('-', '_');
}

/** Throws UsageError when the repository has something of a name of the new task: its folder, a file, a proto type. */
export function refuseTakenNames(names: TaskNames, root: string): void {
  const { task, proto } = names;
  const own = [`functions/${task}`, `protos/${proto}`, `${BASE}/${task}.yaml`, `${CRON_JOB}/${task}.yaml`];
  const taken = own.find((file) => existsSync(path.join(root, file)));
  if (taken !== undefined) throw new UsageError(`task: expected a new name, but ${taken} exists`);
  const type = findType(names, root);
  if (type !== undefined) throw new UsageError(`task: expected a new name, but ${type}`);
}

/** `protos/bi/leke/v1/goods.proto has message GoodsRequest`; undefined when the package has none of the new types. */
function findType({ proto, method }: TaskNames, root: string): string | undefined {
  const folder = path.posix.join('protos', path.posix.dirname(proto));
  if (!existsSync(path.join(root, folder))) return undefined;
  const type = new RegExp(`^(?:message|enum|service) ${method}(?:Service|Request|Reply)\\b`, 'm');
  for (const file of readdirSync(path.join(root, folder)).filter((entry) => entry.endsWith('.proto'))) {
    const [found] = type.exec(readFileSync(path.join(root, folder, file), 'utf8')) ?? [];
    if (found !== undefined) return `${folder}/${file} has ${found}`;
  }
  return undefined;
}
