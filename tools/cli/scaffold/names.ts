import { UsageError } from '../exit-code.ts';

/** The words of a new task, all made from two. */
export interface TaskNames {
  /** `refund-sync`: folder, Knative Service, PingSource, FUNCTION_TARGET */
  readonly task: string;
  /** `bi-api-wdt` */
  readonly backend: string;
  /** `bi/wdt/v1/refund_sync.proto`, below `protos/` */
  readonly proto: string;
  /** `bi.wdt.v1` */
  readonly protoPackage: string;
  /** `RefundSync`: the method, and the start of the message names */
  readonly method: string;
}

const LABEL = /^[a-z]([a-z0-9]|-(?=[a-z0-9]))*$/;
const MAX_TASK = 40; // Knative appends -00001-deployment and a hash, Kubernetes allows 63

/** Makes the names. Throws UsageError when one cannot be used everywhere it has to be. */
export function nameTask(task: string, backend: string): TaskNames {
  if (!LABEL.test(task) || task.length > MAX_TASK || task === 'runtime')
    throw new UsageError(
      `task: expected lower-case words with hyphens such as refund-sync, got ${JSON.stringify(task)}`,
    );
  if (!LABEL.test(backend))
    throw new UsageError(`--backend: expected a service name such as bi-api-wdt, got ${JSON.stringify(backend)}`);
  const area = backend.replace(/^bi-api-/, '').replaceAll('-', '_');
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
