import { formatDuration } from '../../../functions/runtime/duration.ts';
import type { TaskNames } from './names.ts';
import type { Span } from './schedule.ts';

/** The slot of `requestOf`, see test/support/task.ts. */
const SLOT_MS = Date.parse('2026-11-22T05:40:00Z');
const OVERLAP_MS = 600_000;
const DAY_MS = 86_400_000;

/** The test of a task that `writeCode` makes. */
export function testText(
  { task }: TaskNames,
  { safeToRepeat, span: { lookbackMs, maxDays } }: { safeToRepeat: boolean; span: Span },
): string {
  const before = (ms: number): string => new Date(SLOT_MS - ms).toISOString();
  const day = (days: number): string => `${before(days * DAY_MS).slice(0, 10)}T00:00:00Z`;
  return `import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../../test/support/task.ts';
import { task } from './task.ts';

describe('by default', () => {
  it('asks for the ${formatDuration(lookbackMs)} before the slot, ten minutes of overlap, and 40 rows a page', async () => {
    expect(await requestOf(task)).toEqual({
      window: ['${before(lookbackMs + OVERLAP_MS)}', '${before(0)}'],
      pageSize: 40,
    });
  });

  it('${safeToRepeat ? 'may' : 'may not'} be repeated', () => {
    expect(task.safeToRepeat).toBe(${safeToRepeat});
  });
});

describe('the configuration', () => {
  it('never makes it ask for more than the upstream API allows (${maxDays}d)', async () => {
    expect(await requestOf(task, { options: { lookback: '${maxDays * 7}d', pageSize: 100 } })).toEqual({
      window: ['${before(maxDays * DAY_MS)}', '${before(0)}'],
      pageSize: 100,
    });
  });

  it.each([{ pageSize: 101 }, { lookback: 3600 }, { pagesize: 40 }])('%j is refused', async (options) => {
    const { ending, problems } = await problemsOf(task, { options });
    expect(ending).toBe('rejected: config');
    expect(problems[0]).toContain(\`tasks.${task}.\${Object.keys(options)[0]}: expected \`);
  });
});

describe('the data of an event', () => {
  it.each([
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [
      { window: { start: '${day(maxDays + 1)}', end: '${day(0)}' } },
      'data.window.end: expected at most ${maxDays}d after window.start, got ${maxDays + 1}d after it',
    ],
    [{ pageSize: 101 }, 'data.pageSize: expected 1 to 100, got 101'],
    [{ pagesize: 40 }, 'data.pagesize: expected one of window, pageSize, got an unknown field'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised in numbers', async () => {
  expect(await summaryOf(task, { rowsRead: 50, repeatedRun: true })).toEqual({ rows: 50, repeated: true });
});
`;
}
