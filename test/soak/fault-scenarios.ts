import type { StatusName } from '../../tools/stack/backends/call-log.ts';
import type { PlainFault } from '../../tools/stack/nacos/faults.ts';
import { TASK, type SoakPlatform } from './soak-platform.ts';

/** What a trouble may touch: the platform, and the process by its life. */
export interface TestEnv {
  readonly platform: SoakPlatform;
  /** Ends the process as soon as the backend has the next call. */
  endInCall(signal: NodeJS.Signals): void;
  /** Ends it now. */
  end(signal: NodeJS.Signals): Promise<unknown>;
}

/** Something that befalls one tick (or several), drawn as often as its weight says. */
export interface FaultScenario {
  readonly name: string;
  readonly weight: number;
  readonly begin?: (testEnv: TestEnv, random: () => number) => unknown;
  /** How the tick is sent; once when missing. */
  readonly firing?: 'twice at once' | 'twice' | 'with a manual event' | 'never' | 'by an impatient sender';
  /** How many further ticks it lasts. */
  readonly lasts?: (random: () => number) => number;
}

const several = (random: () => number, most: number): number => 1 + Math.floor(random() * most);

const nacos = (fault: PlainFault): FaultScenario => ({
  name: `Nacos: ${fault}`,
  weight: 1,
  begin: ({ platform }) => platform.nacos.faults.set(fault),
});
const nacosBriefly = (fault: PlainFault): FaultScenario => ({
  name: `Nacos: ${fault}, a few times`,
  weight: 1,
  begin: ({ platform }, random) => platform.nacos.faults.set(fault, { times: several(random, 4) }),
});
const backend = (code: StatusName, weight = 1): FaultScenario => ({
  name: `backend: ${code}, a few times`,
  weight,
  begin: ({ platform }, random) => platform.backend.faults.set({ kind: 'status', code, times: several(random, 8) }),
});
const slowly =
  (ms: number) =>
  ({ platform }: TestEnv) =>
    platform.backend.faults.set({ kind: 'slow', ms, times: 1 });
const withDocument =
  (more: string) =>
  ({ platform }: TestEnv) =>
    platform.configure(`env: dev
grpc: { bi-api-leke: { service: bi-api-leke } }
tasks: { ${TASK}: { shopIds: ["100001"], lookback: 3h, ${more} } }
`);

/** Everything that a day may bring. */
export const SCENARIOS: readonly FaultScenario[] = [
  { name: 'none', weight: 50 },
  ...(
    ['down', 'reset', '500', '502', 'half-body', 'garbage', '401', '403', 'empty-list', 'all-unhealthy'] as const
  ).map(nacos),
  ...(['reset', '500', 'half-body'] as const).map(nacosBriefly),
  { ...nacos('down'), name: 'Nacos: an outage over several ticks', lasts: (random) => several(random, 5) },
  backend('UNAVAILABLE', 4),
  ...(
    [
      'RESOURCE_EXHAUSTED',
      'ABORTED',
      'INTERNAL',
      'UNKNOWN',
      'DATA_LOSS',
      'INVALID_ARGUMENT',
      'PERMISSION_DENIED',
    ] as const
  ).map((code) => backend(code)),
  ...(['on-receive', 'before-reply'] as const).map((when): FaultScenario => ({
    name: `backend: connection reset ${when}`,
    weight: 2,
    begin: ({ platform }, random) =>
      platform.backend.faults.set({ kind: 'close-connection', when, times: several(random, 3) }),
  })),
  {
    name: 'backend: hangs past the deadline',
    weight: 1,
    begin: (testEnv) => {
      withDocument('timeout: 120ms')(testEnv);
      testEnv.platform.backend.faults.set({ kind: 'hang', times: 1 });
    },
  },
  {
    name: 'backend: works past the deadline',
    weight: 1,
    begin: (testEnv) => {
      withDocument('timeout: 60ms')(testEnv);
      slowly(120)(testEnv);
    },
  },
  {
    name: 'configuration: of another environment',
    weight: 1,
    begin: ({ platform }) => platform.configure('env: prod\n'),
  },
  { name: 'configuration: paused', weight: 1, begin: withDocument('paused: "by hand"') },
  { name: 'tick: fired twice at once', weight: 2, begin: slowly(40), firing: 'twice at once' },
  { name: 'tick: fired twice', weight: 2, firing: 'twice' },
  { name: 'tick: a manual event meanwhile', weight: 2, begin: slowly(40), firing: 'with a manual event' },
  { name: 'tick: never fired', weight: 2, firing: 'never' },
  { name: 'tick: the sender hangs up', weight: 2, begin: slowly(150), firing: 'by an impatient sender' },
  {
    name: 'process: crashes in mid-call',
    weight: 1,
    begin: (testEnv) => {
      slowly(60)(testEnv);
      testEnv.endInCall('SIGKILL');
    },
  },
  {
    name: 'process: SIGTERM in mid-call',
    weight: 1,
    begin: (testEnv) => {
      slowly(60)(testEnv);
      testEnv.endInCall('SIGTERM');
    },
  },
  { name: 'process: gone when the tick comes', weight: 1, begin: (testEnv) => testEnv.end('SIGKILL') },
];
