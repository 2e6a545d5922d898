import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSchedule } from '../manifests/schedule.ts';
import { SimulatedClock } from './clock.ts';
import { Scheduler } from './scheduler.ts';

const START = new Date('2026-11-22T05:40:30Z');

describe('Scheduler', () => {
  let clock: SimulatedClock;
  let scheduler: Scheduler;
  let ticks: string[];
  let missed: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    ticks = [];
    missed = [];
    clock = new SimulatedClock({ speed: 60, at: START });
    scheduler = new Scheduler(clock, {
      onTick: (task, slot) => void ticks.push(`${task} ${slot.toISOString().slice(11, 19)}`),
      onMissed: (task, slot) => void missed.push(`${task} ${slot.toISOString().slice(11, 19)}`),
    });
  });

  afterEach(() => {
    scheduler.close();
    vi.useRealTimers();
  });

  const schedule = (entries: Record<string, string>): void =>
    scheduler.setSchedules(
      new Map(Object.entries(entries).map(([task, text]) => [task, parseSchedule(text, 'Asia/Shanghai')])),
    );

  it('fires each schedule at its simulated times', () => {
    schedule({ often: '*/2 * * * *', seldom: '45 * * * *' });
    vi.advanceTimersByTime(5000); // five simulated minutes
    expect(ticks).toEqual(['often 05:42:00', 'often 05:44:00', 'seldom 05:45:00']);
    expect(missed).toEqual([]);
  });

  it('fires six-field schedules by the second', () => {
    schedule({ seconds: '*/20 * * * * *' });
    vi.advanceTimersByTime(1000);
    expect(ticks).toEqual(['seconds 05:40:40', 'seconds 05:41:00', 'seconds 05:41:20']);
  });

  it('counts a new speed from the moment it is set', () => {
    schedule({ often: '*/2 * * * *' });
    clock.set({ speed: 1 });
    vi.advanceTimersByTime(89_000);
    expect(ticks).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(ticks).toEqual(['often 05:42:00']);
  });

  it('neither sends nor misses the ticks that a jump of the clock leaves out', () => {
    schedule({ often: '*/2 * * * *' });
    clock.set({ at: new Date('2026-11-22T08:00:01Z') });
    vi.advanceTimersByTime(2000);
    expect(ticks).toEqual(['often 08:02:00']);
    expect(missed).toEqual([]);
  });

  it('reports the ticks that pass while it is down as missed, and does not catch up', () => {
    schedule({ often: '*/2 * * * *' });
    scheduler.isUp = false;
    vi.advanceTimersByTime(4000);
    scheduler.isUp = true;
    vi.advanceTimersByTime(2000);
    expect(missed).toEqual(['often 05:42:00', 'often 05:44:00']);
    expect(ticks).toEqual(['often 05:46:00']);
  });

  it('fires once after a sleep of the machine, and reports the other ticks as missed', () => {
    schedule({ often: '*/2 * * * *' });
    vi.setSystemTime(Date.now() + 4500); // the clock went on, timers did not
    vi.runOnlyPendingTimers();
    expect(missed).toEqual(['often 05:42:00', 'often 05:44:00']);
    expect(ticks).toEqual(['often 05:46:00']);
  });

  it('names the next ticks of a task, none of an unknown one', () => {
    schedule({ nightly: '45 2 * * *' });
    expect(scheduler.nextOf('nightly', 2).map((slot) => slot.toISOString())).toEqual([
      '2026-11-22T18:45:00.000Z',
      '2026-11-23T18:45:00.000Z',
    ]);
    expect(scheduler.nextOf('other', 2)).toEqual([]);
  });

  it('fires nothing after it was closed', () => {
    schedule({ often: '*/2 * * * *' });
    scheduler.close();
    vi.advanceTimersByTime(10_000);
    expect(ticks).toEqual([]);
  });
});
