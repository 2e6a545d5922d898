import type { StrictObjectSchema, InferOutput, ObjectEntries } from 'valibot';
import type { Rpc } from './grpc/rpc.ts';

/** Something the request must not say. `field` is its path in the request, such as `window.end` or `shopIds`. */
export interface Problem {
  readonly field: string;
  readonly expected: string;
  readonly got: unknown;
}

/** What a reply said was done, for tables and logs: `rows` and whatever else the task counts. */
export interface Summary {
  readonly rows: number;
  readonly [figure: string]: number | string | boolean;
}

/** What a run is for. */
export interface RunInfo<Request> {
  /** The minute that the run belongs to; windows are counted back from it. */
  readonly slot: Date;
  readonly now: Date;
  /** The fields that the event's data gave; they override what `request` returns. */
  readonly given: Partial<Request>;
}

/** A task: which method it calls, how it fills the request, and what it promises. No plumbing. */
export interface Task<Request extends object, Reply extends object, Options extends ObjectEntries> {
  /** The one word for folder, FUNCTION_TARGET, Knative Service, PingSource and log field. */
  readonly name: string;
  /** The key in the configuration's `grpc:` map. */
  readonly backend: string;
  readonly rpc: Rpc<Request, Reply>;
  /**
   * May the work be done twice without harm? Decides what becomes of a run whose outcome is unknown: a sender is asked
   * to repeat it (503), or not.
   */
  readonly safeToRepeat: boolean;
  /** Schema of the task's own keys below `tasks.<name>` in the configuration. */
  readonly options: Options;
  /** The request by default; the event's data is merged over it, field by field. */
  request(occasion: RunInfo<Request>, options: InferOutput<StrictObjectSchema<Options, undefined>>): Request;
  /**
   * Every problem of the merged request; none when the upstream API would take it. First it is asked of the event's data
   * alone, where only the problems of fields that are there count: any field may be missing.
   */
  check(request: Request, now: Date): Problem[];
  summarise(reply: Reply): Summary;
}

/** A task whose types do not matter to the holder. */
// oxlint-disable-next-line typescript/no-explicit-any -- Request and Options stand in parameter positions, so only any takes every task
export type AnyTask = Task<any, any, any>;

/** Gives a task literal its types. */
export function defineTask<Request extends object, Reply extends object, Options extends ObjectEntries>(
  task: Task<Request, Reply, Options>,
): Task<Request, Reply, Options> {
  return task;
}
