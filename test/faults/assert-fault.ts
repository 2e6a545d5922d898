import { expect } from 'vitest';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';
import { waitUntil } from '../support/wait-until.ts';
import { BUDGET_MS, freshSlot, launch, linesOf, sendTick, type Platform } from './platform.ts';
import type { WarmFunction } from './warm-function.ts';

/** One row of the matrix: what goes wrong, and all that may be seen of it. */
export interface Fault {
  readonly title: string;
  /** Breaks something; what must be healthy again for the next event is `reset` by the platform, the rest by `repair`. */
  readonly arrange: (platform: Platform) => unknown;
  readonly repair?: () => unknown;
  /** `outcome: reason` as the log line has it; the status is checked against the answer. */
  readonly ending: string;
  readonly status: number;
  /** RPCs that reach the backend. */
  readonly rpcs: number;
  /** Pieces of work done there; as many as RPCs unless told. */
  readonly work?: number;
  /** Requests to Nacos at most. */
  readonly nacos: number;
  /** Part of the error's message. */
  readonly says?: string;
  /** The process's RUN_BUDGET; the platform's when missing. */
  readonly budgetMs?: number;
}

/** What the outside saw of one event: from its sender, the backend, Nacos and the log. */
interface Seen {
  readonly status: number | undefined;
  readonly ending: string;
  readonly rpcs: number;
  readonly work: number;
  readonly body: string;
  readonly totalMs: number;
}

const SLACK_MS = 1500; // a busy machine's timers; the contract is the budget

/** Breaks what the row says, sends one tick, checks all that is seen of it, repairs, and gives the status of the next tick. */
export async function assertFault(fault: Fault, { platform, fn }: WarmFunction): Promise<number | undefined> {
  await platform.reset();
  await fault.arrange(platform);
  return meetArranged(fault, platform, fn);
}

/** The same with a process that starts when everything is broken already, and ends with status 0. */
export async function assertFaultAtStart(
  fault: Fault,
  platform: Platform,
  env: Record<string, string> = {},
): Promise<number | undefined> {
  await fault.arrange(platform);
  const budget = fault.budgetMs === undefined ? {} : { RUN_BUDGET: `${fault.budgetMs}ms` };
  const fn = await launch(platform, { ...env, ...budget });
  const status = await meetArranged(fault, platform, fn);
  expect(await fn.stop()).toBe(0);
  return status;
}

async function meetArranged(fault: Fault, platform: Platform, fn: FunctionProcess): Promise<number | undefined> {
  const observed = await observe(fn, platform);
  const { status, ending, rpcs, work } = observed;
  expect({ status, ending, rpcs, work }).toEqual({
    status: fault.status,
    ending: fault.ending,
    rpcs: fault.rpcs,
    work: fault.work ?? fault.rpcs,
  });
  const questions = platform.questions();
  expect(Math.max(0, ...questions), 'times that Nacos was asked one question').toBeLessThanOrEqual(2);
  expect(
    questions.reduce((sum, times) => sum + times, 0),
    'requests to Nacos',
  ).toBeLessThanOrEqual(fault.nacos);
  expect(observed.totalMs, 'ms.total').toBeLessThan((fault.budgetMs ?? BUDGET_MS) + SLACK_MS);
  expect(observed.body).toContain(fault.says ?? '');
  expect(Buffer.byteLength(observed.body)).toBeLessThanOrEqual(status === 200 ? 4096 : 512);
  for (const secret of platform.secrets()) expect(fn.output() + observed.body).not.toContain(secret);

  await fault.repair?.();
  await platform.reset();
  const next = await observe(fn, platform);
  expect([next.ending, next.rpcs]).toEqual(['done: done', 1]);
  return next.status;
}

async function observe(fn: FunctionProcess, platform: Platform): Promise<Seen> {
  const slot = freshSlot();
  const workBefore = platform.backend.workDone;
  const { status, body } = await sendTick(fn, slot);
  const [line = {}] = await waitUntil(() => {
    const lines = linesOf(fn, slot);
    expect(lines).toHaveLength(1);
    return lines;
  });
  const { total } = line['ms'] as { total: number }; // every line of a run has it
  expect(line['status']).toBe(status);
  return {
    status,
    ending: `${String(line['outcome'])}: ${String(line['reason'])}`,
    rpcs: platform.backend.calls.count(),
    work: platform.backend.workDone - workBefore,
    body,
    totalMs: total,
  };
}
