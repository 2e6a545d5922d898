/** What the local cluster calls now: real time, shifted and sped up. */
export interface ClockSetting {
  /** Simulated seconds per real second, from 1 to 3600. */
  readonly speed: number;
  /** The simulated instant that belongs to `setAt`. */
  readonly at: Date;
  /** The real instant of the last setting, in ms since the epoch. */
  readonly setAt: number;
}

export const MAX_SPEED = 3600;

/** A clock that runs at its own speed. Settings may change while it runs; waiters are notified. */
export class SimulatedClock {
  readonly #realNow: () => number;
  readonly #listeners = new Set<() => void>();
  #setting: ClockSetting;
  /** Whether it shows real time: never shifted, never sped up. */
  isReal: boolean;

  constructor({ speed = 1, at }: { speed?: number; at?: Date | undefined } = {}, realNow: () => number = Date.now) {
    this.#realNow = realNow;
    this.#setting = { speed: checkSpeed(speed), at: at ?? new Date(realNow()), setAt: realNow() };
    this.isReal = speed === 1 && at === undefined;
  }

  get setting(): ClockSetting {
    return this.#setting;
  }

  now(): Date {
    const { at, setAt, speed } = this.#setting;
    return new Date(at.getTime() + (this.#realNow() - setAt) * speed);
  }

  /** How far the simulated instant is ahead of real time, in ms. */
  offsetMs(): number {
    return Math.round(this.now().getTime() - this.#realNow());
  }

  /** Real milliseconds until the simulated instant; negative when it has passed. */
  realMsUntil(instant: Date): number {
    return (instant.getTime() - this.now().getTime()) / this.#setting.speed;
  }

  /** Changes speed or instant from now on. */
  set({ speed = this.#setting.speed, at = this.now() }: { speed?: number; at?: Date }): void {
    this.#setting = { speed: checkSpeed(speed), at, setAt: this.#realNow() };
    this.isReal = false;
    for (const listener of this.#listeners) listener();
  }

  /** Calls after each setting. Returns the function that ends it. */
  onSet(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

function checkSpeed(speed: number): number {
  if (Number.isFinite(speed) && speed >= 1 && speed <= MAX_SPEED) return speed;
  throw new RangeError(`speed: expected 1 to ${MAX_SPEED}, got ${speed}`);
}

/**
 * NODE_OPTIONS that make a process's `Date` read so many ms ahead of real time; empty for none. Timers and
 * `performance.now()` are not touched, and the shifted clock runs at real speed, so deadlines stay what they are. The
 * cluster's clock may be faster: an event from the future puts this one forward, or the function would refuse it.
 */
export function simulatedDateOption(offsetMs: number): string {
  if (offsetMs === 0) return '';
  const source = `
    import { Server } from 'node:http';
    const realNow = Date.now;
    let offsetMs = ${offsetMs};
    Date.now = () => realNow() + offsetMs;
    const { emit } = Server.prototype;
    Server.prototype.emit = function (name, ...values) {
      if (name === 'request') offsetMs += Math.max(0, Date.parse(values[0].headers['ce-time']) - Date.now()) || 0;
      return emit.call(this, name, ...values);
    };
    globalThis.Date = new Proxy(Date, {
      construct: (target, values, self) => Reflect.construct(target, values.length === 0 ? [target.now()] : values, self),
    });`;
  return `--import=data:text/javascript,${encodeURIComponent(source).replaceAll("'", '%27')}`;
}
