import { computed, signal } from '@preact/signals';
import type {
  BackfillView,
  BuildView,
  ClockView,
  ConsoleState,
  DocumentView,
  FaultView,
  RunView,
  ServiceView,
  TaskView,
} from '../state.ts';

export const clock = signal<ClockView | undefined>(undefined);
export const tasks = signal<readonly TaskView[]>([]);
export const faults = signal<readonly FaultView[]>([]);
export const services = signal<readonly ServiceView[]>([]);
export const documents = signal<readonly DocumentView[]>([]);
export const backfills = signal<readonly BackfillView[]>([]);
export const build = signal<BuildView>({ generation: 0, problem: undefined });
export const environment = signal<ConsoleState['environment']>({});
/** `lost`: the page shows what it knew last. */
export const link = signal<'connecting' | 'live' | 'lost'>('connecting');
/** Real time, in ms since the epoch by the server's clock; moves four times a second while the server is there. */
export const nowMs = signal(Date.now());

const runsById = signal<ReadonlyMap<string, RunView>>(new Map());
/** Newest first. */
export const runs = computed(() =>
  [...runsById.value.values()].toSorted((one, other) => other.startedAtMs - one.startedAtMs),
);

const KEPT = 500;
const TICK_MS = 250;
const RETRY_MS = 1000;
let skewMs = 0;

/** The simulated instant at a real one. */
export function simulatedAt(realMs: number): Date {
  const { speed = 1, at, setAtMs = realMs } = clock.value ?? {};
  return new Date((at === undefined ? realMs : Date.parse(at)) + (realMs - setAtMs) * speed);
}

/** The real instant, in ms, at which the clock will show a simulated one. */
export function realAt(simulated: string): number {
  const { speed = 1, at = simulated, setAtMs = nowMs.value } = clock.value ?? {};
  return setAtMs + (Date.parse(simulated) - Date.parse(at)) / speed;
}

/** The zone that the schedules are written in. */
export const timezone = computed(
  () => tasks.value.find(({ schedule }) => schedule !== undefined)?.schedule?.timezone ?? 'UTC',
);

/**
 * Follows the server while the page is seen, and finds it again after its restart; then it sends the whole state. A hidden
 * page follows nobody: a browser keeps six connections to a server, and a seventh page would wait for ever.
 */
export function connect(): void {
  follow();
  document.addEventListener('visibilitychange', follow);
  setInterval(() => {
    if (link.value === 'live') nowMs.value = Date.now() + skewMs;
  }, TICK_MS);
}

let source: EventSource | undefined;

function follow(): void {
  if (document.hidden) {
    source?.close();
    source = undefined;
  } else {
    source ??= open();
  }
}

function open(): EventSource {
  const opened = new EventSource('/api/feed');
  let isFirst = true;
  opened.addEventListener('open', () => {
    isFirst = true;
  });
  opened.addEventListener('error', () => {
    link.value = 'lost';
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    source = undefined;
    setTimeout(follow, RETRY_MS); // by itself it repeats what broke, not what was refused
  });
  opened.addEventListener('message', ({ data }: MessageEvent<string>) => {
    adopt(JSON.parse(data) as Partial<ConsoleState>, isFirst); // our own server's
    isFirst = false;
    link.value = 'live';
  });
  return opened;
}

function adopt(update: Partial<ConsoleState>, isWhole: boolean): void {
  if (update.clock !== undefined) {
    skewMs = update.clock.sentAtMs - Date.now();
    clock.value = update.clock;
    nowMs.value = update.clock.sentAtMs;
  }
  if (update.tasks !== undefined) tasks.value = update.tasks;
  if (update.faults !== undefined) faults.value = update.faults;
  if (update.services !== undefined) services.value = update.services;
  if (update.documents !== undefined) documents.value = update.documents;
  if (update.backfills !== undefined) backfills.value = update.backfills;
  if (update.build !== undefined) build.value = update.build;
  if (update.environment !== undefined) environment.value = update.environment;
  if (update.runs === undefined) return;
  const all = new Map(isWhole ? [] : runsById.value);
  for (const run of update.runs) all.set(run.id, run);
  runsById.value = new Map([...all].slice(-KEPT));
}
