import { listTasks, loadTask } from '../../project.ts';
import type { Backend, BackendOptions } from './backend.ts';
import { startJushuitan } from './jushuitan.ts';
import { startLeke } from './leke.ts';
import { startBackend } from './start-backend.ts';

/** Every backend that a task calls. */
export interface AllBackends {
  readonly leke: Backend;
  readonly jushuitan: Backend;
  /** The backends of further tasks: they answer empty replies. */
  readonly others: readonly Backend[];
}

/**
 * Starts the simulators of both backends and, found by walking `functions/`, whatever else a task calls: a service that a
 * simulator does not know, or a backend of its own. A new task needs no edit here.
 */
export async function startAllBackends(root: string, options: BackendOptions = {}): Promise<AllBackends> {
  const called = await listCalledServices(root);
  const more = (backend: string) => called.filter((service) => service.backend === backend);
  const further = new Set(called.map(({ backend }) => backend).filter((name) => !SIMULATED.has(name)));
  const [leke, jushuitan, ...others] = await Promise.all([
    startLeke({ ...options, more: more('bi-api-leke') }),
    startJushuitan({ ...options, more: more('bi-api-jushuitan') }),
    ...[...further].map((name) =>
      startBackend({ name, timeout: '30s', services: [] }, { ...options, more: more(name) }),
    ),
  ]);
  return { leke, jushuitan, others };
}

/** The names of all that are started. */
export async function listBackends(root: string): Promise<string[]> {
  const called = await listCalledServices(root);
  return [...new Set([...SIMULATED, ...called.map(({ backend }) => backend)])];
}

const SIMULATED = new Set(['bi-api-leke', 'bi-api-jushuitan']);

async function listCalledServices(root: string): Promise<{ backend: string; protoFile: string; service: string }[]> {
  const tasks = await Promise.all(listTasks(root).map((name) => loadTask(name, root)));
  return tasks.map(({ backend, rpc }) => ({
    backend,
    protoFile: rpc.proto,
    service: rpc.method.split('/', 1)[0] ?? '',
  }));
}
