import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/platform/function-process.ts';
import type { Fault as NacosFault, FaultOptions } from '../../tools/platform/nacos/faults.ts';
import { meetFault, type Fault } from './meet-fault.ts';
import { freshSlot, launch, sendTick, startPlatform, type Platform } from './platform.ts';

const answers = (fault: NacosFault, options?: FaultOptions) => (platform: Platform) =>
  platform.nacos.faults.set(fault, options);

const DONE = { ending: 'done: done', status: 200, rpcs: 1 };
const DOWN = { ending: 'unavailable: nacos', status: 503, rpcs: 0 };
const CONFIG = { ending: 'rejected: config', status: 422, rpcs: 0 };
const BUDGET = { ending: 'unavailable: budget', status: 503, rpcs: 0 };

/** Two documents, one list of instances, one login; each question twice at most. */
const ONE_VERSION = 8;

const ROWS: readonly Fault[] = [
  { title: 'refused', arrange: answers('down'), ...DOWN, nacos: 0, says: 'ECONNREFUSED' },
  { title: 'hangs: the budget ends the run', arrange: answers('hang'), ...BUDGET, nacos: 2 },
  { title: 'slow', arrange: answers({ slow: 200 }), ...DONE, nacos: 4 },
  { title: 'resets', arrange: answers('reset'), ...DOWN, nacos: 4, says: 'ECONNRESET' },
  { title: 'resets once', arrange: answers('reset', { times: 1 }), ...DONE, nacos: 5 },
  { title: 'half a body', arrange: answers('half-body'), ...DOWN, nacos: 4 },
  { title: 'half a body once', arrange: answers('half-body', { times: 1 }), ...DONE, nacos: 5 },
  { title: '401', arrange: answers('401'), ...CONFIG, nacos: ONE_VERSION },
  { title: '403', arrange: answers('403'), ...CONFIG, nacos: ONE_VERSION },
  { title: '404 of the API', arrange: answers('api-absent'), ...CONFIG, nacos: ONE_VERSION, says: '8848' },
  { title: '410', arrange: answers('410'), ...CONFIG, nacos: ONE_VERSION, says: 'NACOS_API' },
  { title: '500', arrange: answers('500'), ...DOWN, nacos: 4, says: 'status 500' },
  { title: '500 once', arrange: answers('500', { times: 1 }), ...DONE, nacos: 5 },
  { title: "502, a proxy's page", arrange: answers('502'), ...DOWN, nacos: 4, says: 'status 502' },
  { title: 'garbage', arrange: answers('garbage'), ...DOWN, nacos: 4, says: 'a body of another form' },
];

describe('Nacos', () => {
  let platform: Platform;
  let warm: FunctionProcess;
  beforeAll(async () => {
    platform = await startPlatform();
    warm = await launch(platform, { NACOS_API: 'v3' });
    await sendTick(warm, freshSlot());
  });
  afterAll(async () => {
    await warm.stop();
    await platform.close();
  });

  describe('that fails under a living process', () => {
    it.each(ROWS)('$title -> $status $ending', (row) => expect(meetFault(row, platform, warm)).resolves.toBe(200));
  });
  describe('that fails from the start of a process on', () => {
    it.each(ROWS)('$title -> $status $ending', (row) =>
      expect(meetFault(row, platform, { NACOS_API: 'v3' })).resolves.toBe(200),
    );
  });
});
