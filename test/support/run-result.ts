import type { Trigger } from '../../functions/runtime/event/read.ts';
import type { RunEnd } from '../../functions/runtime/outcome.ts';
import { createResult, type RunResult } from '../../functions/runtime/run-record.ts';
import type { Task } from '../../functions/runtime/task.ts';

/** For tests: what a PingSource's tick is read to. */
export const TRIGGER: Trigger = {
  kind: 'scheduled',
  eventId: 'b80769bc-aaa4-474a-bdbc-86c0cd08f745',
  eventSource: '/apis/v1/namespaces/default/pingsources/goods-onsale',
  eventType: 'dev.knative.sources.ping',
  slot: new Date('2026-11-22T05:40:00Z'),
  runKey: 'goods-onsale@2026-11-22T05:40:00Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  viaBroker: false,
  data: undefined,
};

/** As much of a task as answers and log lines know. */
export const TASK = { name: 'goods-onsale', safeToRepeat: true } as Task;

/** The result of a run of the trigger. */
export function resultOf(ending: RunEnd, more: Partial<RunResult> = {}): RunResult {
  return createResult(ending, { trigger: TRIGGER, ...more });
}

/** A run that ended well, with all that is known of it. */
export const DONE: RunResult = resultOf(
  { outcome: 'done', reason: 'done' },
  {
    grpcCode: 'OK',
    target: '10.0.0.7:9000',
    source: 'nacos',
    documents: new Map([['bi-cron.yaml', 'env: dev']]),
    window: { start: '2026-11-22T03:30:00Z', end: '2026-11-22T05:40:00Z' },
    summary: { rows: 7, stored: 3 },
    cold: true,
    ms: { boot: 81.26, config: 10, resolve: 1.04, call: 30, total: 122.349 },
  },
);
