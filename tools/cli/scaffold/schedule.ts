import { textAt, type Manifest } from '../../manifests/manifest.ts';
import { BACKEND_LABEL, toManifestSet } from '../../manifests/manifest-set.ts';
import { nextRuns, parseSchedule, type Schedule } from '../../manifests/schedule.ts';

const FIRST_MINUTE = 17; // past the full hour, when everything else in the world starts

/** The zone in which the other tasks tick. */
export function commonZone(manifests: readonly Manifest[]): string {
  const [first] = toManifestSet(manifests).pingSources;
  return (first && textAt(first.body, ['spec', 'timezone'])) ?? 'UTC';
}

/** An hourly schedule in a minute in which no other task of the backend ever starts; undefined when all are taken. */
export function findFreeSchedule(manifests: readonly Manifest[], backend: string): Schedule | undefined {
  const { functions, pingSources } = toManifestSet(manifests);
  const timezone = commonZone(manifests);
  const rivals = functions.filter(({ body }) => textAt(body, ['metadata', 'labels', BACKEND_LABEL]) === backend);
  const taken = new Set(
    pingSources
      .filter(({ name }) => rivals.some((rival) => rival.name === name))
      .flatMap(({ body }) => parseSchedule(textAt(body, ['spec', 'schedule']) ?? '', timezone).fields.minute.values),
  );
  const minutes = Array.from({ length: 60 }, (_, index) => (FIRST_MINUTE + index) % 60);
  const free = minutes.find((minute) => !taken.has(minute));
  return free === undefined ? undefined : parseSchedule(`${free} * * * *`, timezone);
}

/** How far the windows of a task reach. */
export interface Span {
  /** From a tick back over the two before it, in whole hours, so that a window covers a missed tick too. */
  readonly lookbackMs: number;
  /** What has to be allowed for that. */
  readonly maxDays: number;
}

const HOUR_MS = 3_600_000;
const SHORTEST_HOURS = 2;
const TICKS = 100; // weekends and months have their share in them

/** The span that fits a schedule: the longest that two ticks in a row take, and at least two hours. */
export function spanOf(schedule: Schedule, now: Date): Span {
  const ticks = nextRuns(schedule, now, TICKS).map((tick) => tick.getTime());
  const spans = ticks.slice(2).map((tick, index) => tick - (ticks[index] ?? tick));
  const lookbackHours = Math.max(SHORTEST_HOURS, Math.ceil(Math.max(0, ...spans) / HOUR_MS));
  return { lookbackMs: lookbackHours * HOUR_MS, maxDays: Math.ceil((lookbackHours + 1) / 24) }; // with the overlap
}
