import type { Problem } from './checks.ts';
import type { Rpc } from './grpc/rpc.ts';
import type { Options, OptionValues } from './options.ts';
import type { WindowRule } from './window.ts';

/** What a reply said was done, for tables and logs: `rows` and whatever else the task counts. */
export interface Summary {
  readonly rows: number;
  readonly [figure: string]: number | string | boolean;
}

/** What a run is for. */
export interface RunInfo<Request extends object = object> {
  /** The minute that the run belongs to; windows are counted back from it. */
  readonly slot: Date;
  readonly now: Date;
  /** The fields that the event's data gave; they override what `request` returns. */
  readonly given: Partial<Request>;
}

/**
 * A task: which method it calls, how it fills the request, and what it promises. No plumbing. The functions are methods,
 * so that a task of any types is a `Task`, which is what the runtime holds.
 */
export interface Task<
  Request extends object = object,
  Reply extends object = object,
  Declared extends Options = Options,
> {
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
  /** The task's own keys below `tasks.<name>` in the configuration. */
  readonly options: Declared;
  /**
   * What the upstream API allows the request's `window` to be; the runtime checks every window against it, from any source. By
   * default the window ends at the slot and reaches back by the options `lookback` and `overlap`. Absent for a request
   * without a window.
   */
  readonly window?: WindowRule;
  /** The rest of the request by default; the event's data is merged over it, field by field. */
  request(info: RunInfo<Request>, options: OptionValues<Declared>): Request;
  /**
   * Every problem of the merged request beside its window; none when the upstream API would take it. First it is asked of
   * the event's data alone, where only the problems of fields that are there count: any field may be missing.
   */
  check(request: Request, now: Date): Problem[];
  summarise(reply: Reply): Summary;
}

/** Gives a task literal its types. */
export function defineTask<Request extends object, Reply extends object, Declared extends Options>(
  task: Task<Request, Reply, Declared>,
): Task<Request, Reply, Declared> {
  return task;
}
