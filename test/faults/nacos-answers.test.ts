import { describe, expect, it } from 'vitest';
import type { Fault as NacosFault, FaultOptions } from '../../tools/stack/nacos/faults.ts';
import { assertFault, assertFaultAtStart, type Fault } from './assert-fault.ts';
import { openPlatform, SHORT_BUDGET_MS, type Platform } from './platform.ts';
import { launchWarm, useWarmFunction } from './warm-function.ts';

const answers = (fault: NacosFault, options?: FaultOptions) => (platform: Platform) =>
  platform.nacos.faults.set(fault, options);

const DONE = { ending: 'done: done', status: 200, rpcs: 1 };
const DOWN = { ending: 'unavailable: nacos', status: 503, rpcs: 0 };
const CONFIG = { ending: 'rejected: config', status: 422, rpcs: 0 };

/** Two documents, one list of instances, one login, each twice at most: early and by the run, or by the run alone. */
const ONE_VERSION = 8;
/** The state of authentication is asked with each login that is refused. */
const WITH_STATE = 10;

const ROWS: readonly Fault[] = [
  { title: 'refused', arrange: answers('down'), ...DOWN, nacos: 0, says: 'ECONNREFUSED' },
  { title: 'slow', arrange: answers({ slow: 200 }), ...DONE, nacos: ONE_VERSION },
  { title: 'resets', arrange: answers('reset'), ...DOWN, nacos: 4, says: 'ECONNRESET' },
  { title: 'resets once', arrange: answers('reset', { times: 1 }), ...DONE, nacos: ONE_VERSION },
  { title: 'half a body', arrange: answers('half-body'), ...DOWN, nacos: 4 },
  { title: 'half a body once', arrange: answers('half-body', { times: 1 }), ...DONE, nacos: ONE_VERSION },
  { title: '401', arrange: answers('401'), ...CONFIG, nacos: WITH_STATE },
  { title: '403', arrange: answers('403'), ...CONFIG, nacos: WITH_STATE },
  { title: '404 of the API', arrange: answers('api-absent'), ...CONFIG, nacos: ONE_VERSION, says: '8848' },
  { title: '410', arrange: answers('410'), ...CONFIG, nacos: ONE_VERSION, says: 'NACOS_API' },
  { title: '500', arrange: answers('500'), ...DOWN, nacos: WITH_STATE, says: 'status 500' },
  { title: '500 once', arrange: answers('500', { times: 1 }), ...DONE, nacos: WITH_STATE },
  { title: "502, a proxy's page", arrange: answers('502'), ...DOWN, nacos: 4, says: 'status 502' },
  { title: 'garbage', arrange: answers('garbage'), ...DOWN, nacos: 4, says: 'a body of another form' },
];

/** Only the budget ends this run. */
const HANGS: Fault = {
  title: 'hangs',
  arrange: answers('hang'),
  ending: 'unavailable: budget',
  status: 503,
  rpcs: 0,
  nacos: 4,
  budgetMs: SHORT_BUDGET_MS,
};

describe('Nacos that fails under a living process', () => {
  const warm = useWarmFunction({ NACOS_API: 'v3' });
  it.each(ROWS)('$title -> $status $ending', (row) => expect(assertFault(row, warm)).resolves.toBe(200));
});

describe('Nacos that fails from the start of a process on', { concurrent: true }, () => {
  it.for([...ROWS, HANGS])('$title -> $status $ending', async (row, { onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    expect(await assertFaultAtStart(row, platform, { NACOS_API: 'v3' })).toBe(200);
  });
});

describe('Nacos that hangs', { concurrent: true }, () => {
  it('under a living process: the budget ends the run', async ({ onTestFinished }) => {
    const platform = await openPlatform(onTestFinished);
    const fn = await launchWarm(platform, { NACOS_API: 'v3', RUN_BUDGET: `${SHORT_BUDGET_MS}ms` });
    onTestFinished(async () => void (await fn.stop()));
    expect(await assertFault(HANGS, { platform, fn })).toBe(200);
  });
});
