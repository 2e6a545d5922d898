import type { Backend } from '../stack/backends/backend.ts';
import type { NacosServer } from '../stack/nacos/server.ts';
import type { Scheduler } from './scheduler.ts';

/** What can be broken on purpose while the cluster runs. One fault per part is in force at a time. */
export interface FaultSwitch {
  readonly name: string;
  /** The part that it breaks: switching it on replaces that part's other fault. */
  readonly part: 'Nacos' | 'Backends' | 'PingSource';
  readonly title: string;
  /** What to watch while it is on. */
  readonly hint: string;
  readonly isOn: boolean;
}

interface Target {
  readonly nacos: NacosServer;
  readonly backends: readonly Backend[];
  readonly scheduler: Scheduler;
}

interface Definition extends Omit<FaultSwitch, 'isOn'> {
  readonly switchOn: (target: Target) => void | Promise<void>;
}

const SLOW_MS = 12_000;

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'nacos-down',
    part: 'Nacos',
    title: 'Nacos down',
    hint: 'unavailable: 503, PingSource tries six times, then the tick is lost; afterwards instances are unhealthy until their next beat',
    switchOn: ({ nacos }) => nacos.faults.set('down'),
  },
  {
    name: 'nacos-slow',
    part: 'Nacos',
    title: 'Nacos slow (1.5 s)',
    hint: 'the config and resolve phases grow; the run still ends',
    switchOn: ({ nacos }) => nacos.faults.set({ slow: 1500 }),
  },
  {
    name: 'instances-dead',
    part: 'Nacos',
    title: 'All instances dead',
    hint: 'unavailable: no healthy instance, nothing is called',
    switchOn: ({ nacos }) => nacos.faults.set('all-unhealthy'),
  },
  {
    name: 'backend-slow',
    part: 'Backends',
    title: `Backends slow (${SLOW_MS / 1000} s)`,
    hint: 'the next tick meets a running one: skipped, overlap',
    switchOn: ({ backends }) => setAll(backends, { kind: 'slow', ms: SLOW_MS }),
  },
  {
    name: 'backend-refuses',
    part: 'Backends',
    title: 'Backends refuse (UNAVAILABLE)',
    hint: 'nothing was done: 503, tried again',
    switchOn: ({ backends }) => setAll(backends, { kind: 'status', code: 'UNAVAILABLE', retryPushbackMs: 0 }),
  },
  {
    name: 'backend-fails',
    part: 'Backends',
    title: 'Backends fail (INTERNAL)',
    hint: 'outcome unknown: 503 where a repeat is harmless, 500 where it is not',
    switchOn: ({ backends }) => setAll(backends, { kind: 'status', code: 'INTERNAL' }),
  },
  {
    name: 'pingsource-down',
    part: 'PingSource',
    title: 'PingSource adapter down',
    hint: 'ticks pass unsent: missed, and nobody catches up',
    switchOn: ({ scheduler }) => void Object.assign(scheduler, { isUp: false }),
  },
];

function setAll(backends: readonly Backend[], fault: Parameters<Backend['faults']['set']>[0]): void {
  for (const { faults } of backends) faults.set(fault);
}

const HEAL: Readonly<Record<FaultSwitch['part'], (target: Target) => void | Promise<void>>> = {
  Nacos: ({ nacos }) => nacos.faults.clear(),
  Backends: ({ backends }) => {
    for (const { faults } of backends) faults.clear();
  },
  PingSource: ({ scheduler }) => void Object.assign(scheduler, { isUp: true }),
};

/** The switches of one cluster. */
export class FaultSwitches {
  readonly #target: Target;
  readonly #onChange: () => void;
  readonly #on = new Map<FaultSwitch['part'], string>();

  constructor(target: Target, onChange: () => void) {
    this.#target = target;
    this.#onChange = onChange;
  }

  list(): FaultSwitch[] {
    return DEFINITIONS.map(({ name, part, title, hint }) => ({
      name,
      part,
      title,
      hint,
      isOn: this.#on.get(part) === name,
    }));
  }

  /** Throws RangeError for an unknown name. */
  async set(name: string, isOn: boolean): Promise<void> {
    const found = DEFINITIONS.find((definition) => definition.name === name);
    if (found === undefined)
      throw new RangeError(`fault: expected one of ${DEFINITIONS.map(({ name }) => name).join(', ')}`);
    const { part, switchOn } = found;
    if (!isOn && this.#on.get(part) !== name) return;
    await HEAL[part](this.#target);
    if (isOn) await switchOn(this.#target);
    if (isOn) this.#on.set(part, name);
    else this.#on.delete(part);
    this.#onChange();
  }
}
