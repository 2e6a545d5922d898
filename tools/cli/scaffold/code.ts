import { formatDuration } from '../../../functions/runtime/duration.ts';
import type { TaskNames } from './names.ts';
import { testText } from './code-test-text.ts';
import type { Span } from './schedule.ts';

/** Every file of a task but its manifests: path below the repository's folder -> text. */
export function writeCode(
  names: TaskNames,
  choices: { safeToRepeat: boolean; span: Span },
): ReadonlyMap<string, string> {
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

function taskText(
  { task, backend, proto, protoPackage, method }: TaskNames,
  { safeToRepeat, span }: { safeToRepeat: boolean; span: Span },
): string {
  const types = `../../protos/gen/${protoPackage.replaceAll('.', '/')}`;
  const why = safeToRepeat ? 'the same rows are stored again' : 'a run whose end is unknown is not started again';
  return `import type { ${method}Reply__Output as Reply } from '${types}/${method}Reply.ts';
import type { ${method}Request as Request } from '${types}/${method}Request.ts';
import { checkPageSize } from '../runtime/checks.ts';
import { durationOr, pageSize } from '../runtime/options.ts';
import { unary } from '../runtime/grpc/rpc.ts';
import { defineTask } from '../runtime/task.ts';

const MAX_PAGE_SIZE = 100; // what the upstream API allows

/** Rows modified lately. The window reaches back over two ticks of the schedule, so that the next run heals a missed one. */
export const task = defineTask({
  name: '${task}',
  backend: '${backend}',
  rpc: unary<Request, Reply>('${proto}', '${protoPackage}.${method}Service/${method}'),
  safeToRepeat: ${safeToRepeat}, // ${why}
  window: { max: '${span.maxDays}d', required: true }, // what the upstream API allows in one query
  options: {
    lookback: durationOr('${formatDuration(span.lookbackMs)}'),
    overlap: durationOr('10m'),
    pageSize: pageSize(40, MAX_PAGE_SIZE),
  },
  request: (_info, { pageSize }) => ({ pageSize }),
  check: ({ pageSize }) => checkPageSize(pageSize, MAX_PAGE_SIZE),
  summarise: ({ rowsRead, repeatedRun }) => ({ rows: Number(rowsRead), repeated: repeatedRun }),
});
`;
}
