import { nextRuns, type Schedule } from '../manifests/schedule.ts';
import type { SimulatedClock } from './clock.ts';

/** What the scheduler reports. */
export interface SchedulerEvents {
  /** A tick is due: `slot` is its nominal, simulated time. */
  readonly onTick: (task: string, slot: Date) => void;
  /** A tick that was not sent and will not be. */
  readonly onMissed: (task: string, slot: Date) => void;
}

const LATE_MS = 1000; // real; robfig/cron fires an entry once when it wakes up, however many of its ticks have passed
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Fires schedules as knative eventing's `mtping` does (robfig/cron): every entry on its own, no overlap control, no
 * catch-up. Ticks that pass while it is stopped (`isUp`), or while the machine sleeps, are reported as missed.
 */
export class Scheduler {
  readonly #clock: SimulatedClock;
  readonly #events: SchedulerEvents;
  readonly #entries = new Map<string, { readonly schedule: Schedule; next: Date | undefined }>();
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isUp = true;

  constructor(clock: SimulatedClock, events: SchedulerEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#unsubscribe = clock.onSet(() => this.#reset());
  }

  /** Replaces all entries; they count from now. */
  setSchedules(schedules: ReadonlyMap<string, Schedule>): void {
    this.#entries.clear();
    for (const [task, schedule] of schedules) this.#entries.set(task, { schedule, next: undefined });
    this.#reset();
  }

  /** `false`: ticks pass unsent until it is set again, as when the adapter's pod is gone. */
  set isUp(isUp: boolean) {
    this.#isUp = isUp;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The next simulated instants at which a task is due; the first is the one that the timer waits for. */
  nextOf(task: string, count: number): Date[] {
    const entry = this.#entries.get(task);
    return entry === undefined ? [] : nextRuns(entry.schedule, this.#clock.now(), count);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#entries.clear();
  }

  /** After a jump of the clock nothing is missed: those ticks never were. */
  #reset(): void {
    const now = this.#clock.now();
    for (const entry of this.#entries.values()) [entry.next] = nextRuns(entry.schedule, now, 1);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const due = [...this.#entries.values()].flatMap(({ next }) => next ?? []);
    if (due.length === 0) return;
    const realMs = this.#clock.realMsUntil(new Date(Math.min(...due.map((next) => next.getTime()))));
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(realMs, 0), MAX_TIMER_MS));
  }

  #fire(): void {
    const now = this.#clock.now();
    for (const [task, entry] of this.#entries) {
      if (entry.next === undefined || entry.next > now) continue;
      const passed = [entry.next, ...ticksBetween(entry.schedule, entry.next, now)];
      const isLate = -this.#clock.realMsUntil(entry.next) > LATE_MS;
      const unsent = this.#isUp ? (isLate ? passed.slice(0, -1) : []) : passed;
      for (const slot of unsent) this.#events.onMissed(task, slot);
      for (const slot of passed.filter((slot) => !unsent.includes(slot))) this.#events.onTick(task, slot);
      [entry.next] = nextRuns(entry.schedule, passed.at(-1) ?? now, 1);
    }
    this.#wait();
  }
}

/** The ticks after `from` up to and including `to`. */
function ticksBetween(schedule: Schedule, from: Date, to: Date): Date[] {
  const ticks: Date[] = [];
  let [tick] = nextRuns(schedule, from, 1);
  while (tick !== undefined && tick <= to) {
    ticks.push(tick);
    [tick] = nextRuns(schedule, tick, 1);
  }
  return ticks;
}
