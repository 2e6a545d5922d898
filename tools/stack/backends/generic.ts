import type { Backend, BackendOptions } from './backend.ts';
import { startBackend } from './start-backend.ts';
import type { Work } from './unary.ts';

export interface GenericOptions extends BackendOptions {
  /** The .proto file, relative to `protos/` (or to one of `includeDirs`) or absolute. */
  protoFile: string;
  /** The full name of the service, as in `bi.leke.v1.OrderService`. */
  service: string;
  /** The reply of a method by its bare name; an empty reply without an entry. A thrown Rejection is answered as its status. */
  handlers?: Readonly<Record<string, Work<Record<string, unknown>>>>;
  /** The backend's name in Nacos; the service's full name by default. */
  name?: string;
  includeDirs?: string[];
}

/** Starts a backend for any service of unary methods, with the call log, dedupe and faults of the two real ones. */
export function startGeneric(options: GenericOptions): Promise<Backend> {
  const { protoFile, service, handlers = {}, name = service, includeDirs } = options;
  return startBackend(
    { name, timeout: '10s', services: [{ protoFile, service, works: handlers, ...(includeDirs && { includeDirs }) }] },
    options,
  );
}
