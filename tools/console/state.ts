/** What the server tells the page; both sides read it, so it holds plain data only. Instants are RFC 3339 (simulated) or ms since the epoch (real). */
export interface ConsoleState {
  readonly clock: ClockView;
  readonly tasks: readonly TaskView[];
  /** In an update: those that changed. */
  readonly runs: readonly RunView[];
  readonly faults: readonly FaultView[];
  readonly services: readonly ServiceView[];
  readonly documents: readonly DocumentView[];
  readonly backfills: readonly BackfillView[];
  readonly build: BuildView;
  /** Variables that lead the command line to this stack. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ClockView {
  readonly speed: number;
  /** The simulated instant at the real instant `setAtMs`. */
  readonly at: string;
  readonly setAtMs: number;
  /** The server's clock at sending, for a page whose clock differs. */
  readonly sentAtMs: number;
}

export type PodState = 'zero' | 'cold' | 'running' | 'draining';

export interface TaskView {
  readonly name: string;
  readonly backend: string;
  readonly method: string;
  readonly safeToRepeat: boolean;
  /** Absent when nothing schedules it. */
  readonly schedule: { readonly expression: string; readonly words: string; readonly timezone: string } | undefined;
  /** The next ticks, simulated. */
  readonly next: readonly string[];
  readonly state: PodState;
  readonly inFlight: number;
  readonly paused: string | undefined;
  readonly timeoutMs: number;
  /** Where a person may post events: the activator. */
  readonly url: string;
}

export type Outcome =
  | 'done'
  | 'skipped'
  | 'rejected'
  | 'busy'
  | 'unavailable'
  | 'unknown'
  | 'missed'
  | 'running'
  | 'no answer';

export interface RunView {
  readonly id: string;
  readonly task: string;
  readonly kind: 'scheduled' | 'manual' | 'backfill' | 'missed';
  readonly slot: string;
  readonly runKey: string | undefined;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly rows: number | undefined;
  /** True when the sender gave up, or never sent. */
  readonly isLost: boolean;
  readonly isCold: boolean;
  readonly startedAtMs: number;
  /** Undefined while under way. */
  readonly endedAtMs: number | undefined;
  readonly attempts: readonly AttemptView[];
}

export interface AttemptView {
  readonly startMs: number;
  /** Undefined while under way. */
  readonly endMs: number | undefined;
  readonly status: number | undefined;
  /** Whether the function's log line is here: it follows the answer. */
  readonly isLogged: boolean;
  /** What the time went into, in order; `hold` is the wait for a process. */
  readonly phases: readonly { readonly name: PhaseName; readonly ms: number }[];
}

export type PhaseName = 'hold' | 'config' | 'resolve' | 'call' | 'rest';

export interface FaultView {
  readonly name: string;
  readonly part: string;
  readonly title: string;
  readonly hint: string;
  readonly isOn: boolean;
}

/** A service as Nacos lists it, or one whose simulator was taken out of the list. */
export interface ServiceView {
  readonly name: string;
  /** Where it is not `DEFAULT_GROUP` of the public namespace, where functions look: there they do not see it. */
  readonly elsewhere: string | undefined;
  /** Undefined when nothing here simulates it. */
  readonly simulator: { readonly isListed: boolean } | undefined;
  readonly instances: readonly InstanceView[];
  /** The latest run that looked the service up, and the address that it chose, if any. */
  readonly lastRun: { readonly id: string; readonly task: string; readonly address: string | undefined } | undefined;
}

export interface InstanceView {
  /** `host:port`. */
  readonly address: string;
  /** What registered it calls itself so; undefined when it does not say. */
  readonly client: string | undefined;
  readonly protocol: string;
  readonly isSimulator: boolean;
  readonly sinceMs: number;
  /** A number, or `NaN`, which Nacos takes. */
  readonly weight: string;
  readonly isHealthy: boolean;
  readonly isEnabled: boolean;
}

export interface DocumentView {
  readonly dataId: string;
  readonly content: string;
  /** Sent back as `If-Match` with a change of this very content. */
  readonly etag: string;
}

export interface BackfillView {
  readonly task: string;
  readonly from: string;
  readonly to: string;
  readonly windows: number;
  readonly done: number;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  readonly message: string | undefined;
}

export interface BuildView {
  readonly generation: number;
  readonly problem: string | undefined;
}

/** A run's page. */
export interface RunDetail {
  readonly event: { readonly attributes: Readonly<Record<string, string>>; readonly data: unknown } | undefined;
  readonly config: readonly { readonly key: string; readonly value: string; readonly origin: string }[];
  /** Why there is no effective configuration. */
  readonly configProblem: string | undefined;
  /** The run that this one met, when it was skipped or told to wait. */
  readonly holder: { readonly runKey: string; readonly runId: string | undefined } | undefined;
  /** What the backend received under the run's key. */
  readonly calls: readonly {
    readonly method: string;
    readonly outcome: string;
    readonly deadlineMs: number | undefined;
    readonly request: unknown;
  }[];
  readonly answers: readonly {
    readonly status: number | undefined;
    readonly body: unknown;
    readonly line: unknown;
    readonly verdicts: readonly {
      readonly sender: string;
      readonly status: number | undefined;
      readonly verdict: string;
    }[];
  }[];
}

/** One field of a request, made from the .proto file. */
export interface FormField {
  /** Name in lowerCamelCase. */
  readonly name: string;
  readonly kind: 'text' | 'number' | 'flag' | 'choice' | 'time' | 'duration' | 'list' | 'group';
  /** The type's name in the .proto file. */
  readonly type: string;
  /** The field's comment in the .proto file. */
  readonly comment: string;
  /** Of a choice. */
  readonly options: readonly string[];
  /** Of a group. */
  readonly fields: readonly FormField[];
}

export interface RequestForm {
  readonly fields: readonly FormField[];
  /** The request that a run now would make without data, in proto3 JSON form; empty when the configuration is broken. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** The longest slice of a backfill, in ms, that the task takes; undefined for a task without a window and a broken configuration. */
  readonly longestStepMs: number | undefined;
  /** What a run of the task has taken here lately, in ms. */
  readonly usualMs: number;
}

/** What came of a request for a run. */
export interface RunRequestReply {
  readonly runId: string | undefined;
  readonly status: number | undefined;
  readonly message: string | undefined;
}
