import type { TaskNames } from './names.ts';

/** What a task's own files say beyond its names. */
export interface CodeChoices {
  readonly safeToRepeat: boolean;
}

/** Every file of a task but its manifests: path below the repository's folder -> text. */
export function writeCode(names: TaskNames, choices: CodeChoices): ReadonlyMap<string, string> {
  const folder = `functions/${names.task}`;
  return new Map([
    [`protos/${names.proto}`, protoText(names)],
    [`${folder}/index.ts`, INDEX],
    [`${folder}/task.ts`, taskText(names, choices)],
    [`${folder}/task.test.ts`, testText(names, choices)],
  ]);
}

const INDEX = `import { register } from '../runtime/register.ts';
import { task } from './task.ts';

export default register(task);
`;

function protoText({ task, backend, protoPackage, method }: TaskNames): string {
  return `// What the task ${task} asks of the backend ${backend}.
syntax = "proto3";

package ${protoPackage};

import "bi/cron/v1/run.proto";

service ${method}Service {
  // Reads the rows that were modified in a window, and stores them.
  rpc ${method}(${method}Request) returns (${method}Reply);
}

message ${method}Request {
  bi.cron.v1.RunContext run = 1;
  // Rows modified in this window.
  bi.cron.v1.Window window = 2;
  // Rows per upstream page, 1 to 100.
  int32 page_size = 3;
}

message ${method}Reply {
  // Rows that the upstream API returned.
  int64 rows_read = 1;
  // True when this run key was already done: the figures are those of the first time.
  bool repeated_run = 2;
}
`;
}

function taskText({ task, backend, proto, protoPackage, method }: TaskNames, { safeToRepeat }: CodeChoices): string {
  const types = `../../protos/gen/${protoPackage.replaceAll('.', '/')}`;
  const why = safeToRepeat ? 'the same rows are stored again' : 'a second run is work that somebody pays for';
  return `import type { ${method}Reply__Output as Reply } from '${types}/${method}Reply.ts';
import type { ${method}Request as Request } from '${types}/${method}Request.ts';
import { checkPageSize } from '../runtime/checks.ts';
import { durationOr, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';
import { checkWindow, windowBefore } from '../runtime/window.ts';

// what the upstream API allows in one query
const WINDOW = { maxMs: 24 * 3_600_000 };
const MAX_PAGE_SIZE = 100;

/** Rows modified lately. The window reaches back further than the schedule's period, so that the next run heals a missed tick. */
export const task = defineTask({
  name: '${task}',
  backend: '${backend}',
  rpc: unary<Request, Reply>('${proto}', '${protoPackage}.${method}Service/${method}'),
  safeToRepeat: ${safeToRepeat}, // ${why}
  options: {
    lookback: durationOr('2h'),
    overlap: durationOr('10m'),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: ({ slot }, { lookback, overlap, pageSize }) => ({
    window: windowBefore(slot, { lookback, overlap }, WINDOW),
    pageSize,
  }),
  check: ({ window, pageSize }, now) => [
    ...checkWindow(window ?? {}, WINDOW, now),
    ...checkPageSize(pageSize, MAX_PAGE_SIZE),
  ],
  summarise: ({ rowsRead, repeatedRun }) => ({ rows: Number(rowsRead), repeated: repeatedRun }),
});
`;
}

function testText({ task }: TaskNames, { safeToRepeat }: CodeChoices): string {
  return `import { describe, expect, it } from 'vitest';
import { problemsOf, requestOf, summaryOf } from '../runtime/testing-task.ts';
import { task } from './task.ts';

describe('by default', () => {
  it('asks for the two hours before the slot, ten minutes of overlap, and 40 rows a page', async () => {
    expect(await requestOf(task)).toEqual({
      window: ['2026-11-22T03:30:00.000Z', '2026-11-22T05:40:00.000Z'],
      pageSize: 40,
    });
  });

  it('${safeToRepeat ? 'may' : 'may not'} be repeated', () => {
    expect(task.safeToRepeat).toBe(${safeToRepeat});
  });
});

describe('the configuration', () => {
  it('never makes it ask for more than the day that the upstream API allows', async () => {
    expect(await requestOf(task, { options: { lookback: '7d', pageSize: 100 } })).toEqual({
      window: ['2026-11-21T05:40:00.000Z', '2026-11-22T05:40:00.000Z'],
      pageSize: 100,
    });
  });

  it.each([{ pageSize: 101 }, { lookback: 3600 }, { shopIds: ['1'] }])('%j is refused', async (options) => {
    const { ending, problems } = await problemsOf(task, { options });
    expect(ending).toBe('rejected: config');
    expect(problems[0]).toContain(\`tasks.${task}.\${Object.keys(options)[0]}: expected \`);
  });
});

describe('the data of an event', () => {
  it.each([
    [{ window: {} }, 'data.window.start: expected a time (both ends are required), got nothing'],
    [
      { window: { start: '2026-11-01T00:00:00Z', end: '2026-11-03T00:00:00Z' } },
      'data.window.end: expected at most 1d after window.start, got 2d after it',
    ],
    [{ pageSize: 101 }, 'data.pageSize: expected 1 to 100, got 101'],
    [{ shopIds: ['1'] }, 'data.shopIds: expected one of run, window, pageSize, got an unknown field'],
  ])('%j is refused', async (data, problem) => {
    expect(await problemsOf(task, { data })).toEqual({ ending: 'rejected: event', problems: [problem] });
  });
});

it('a reply is summarised in numbers', async () => {
  expect(await summaryOf(task, { rowsRead: 50, repeatedRun: true })).toEqual({ rows: 50, repeated: true });
});
`;
}
