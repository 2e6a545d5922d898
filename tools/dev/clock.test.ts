import { describe, expect, it } from 'vitest';
import { SimulatedClock } from './clock.ts';

function clockAt(startMs: number, options: ConstructorParameters<typeof SimulatedClock>[0]) {
  let real = startMs;
  const clock = new SimulatedClock(options, () => real);
  return { clock, pass: (ms: number) => void (real += ms) };
}

describe('SimulatedClock', () => {
  const at = new Date('2026-11-22T05:40:00Z');

  it('shows real time when nothing was asked of it', () => {
    const { clock, pass } = clockAt(1000, {});
    pass(500);
    expect(clock.now().getTime()).toBe(1500);
    expect(clock.isReal).toBe(true);
    expect(clock.offsetMs()).toBe(0);
  });

  it('starts at the given instant and runs at its speed', () => {
    const { clock, pass } = clockAt(0, { speed: 60, at });
    pass(1000);
    expect(clock.now().toISOString()).toBe('2026-11-22T05:41:00.000Z');
    expect(clock.realMsUntil(new Date('2026-11-22T05:43:00Z'))).toBe(2000);
    expect(clock.isReal).toBe(false);
  });

  it('does not jump when only its speed changes', () => {
    const { clock, pass } = clockAt(0, { speed: 60, at });
    pass(1000);
    clock.set({ speed: 1 });
    pass(1000);
    expect(clock.now().toISOString()).toBe('2026-11-22T05:41:01.000Z');
  });

  it('tells those who listen of each setting, until they stop', () => {
    const { clock } = clockAt(0, {});
    let told = 0;
    const stop = clock.onSet(() => void (told += 1));
    clock.set({ at });
    stop();
    clock.set({ speed: 2 });
    expect(told).toBe(1);
  });

  it.each([0, 0.5, 3601, Number.NaN, Infinity])('refuses speed %s', (speed) => {
    expect(() => new SimulatedClock({ speed })).toThrow('expected 1 to 3600');
    expect(() => clockAt(0, {}).clock.set({ speed })).toThrow('expected 1 to 3600');
  });
});
