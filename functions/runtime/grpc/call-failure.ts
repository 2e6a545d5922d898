import { status } from '@grpc/grpc-js';
import type { RunEnd } from '../outcome.ts';

type CodeName = keyof typeof status;

const DONE: RunEnd = { outcome: 'done', reason: 'done' };
const REJECTED: RunEnd = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE: RunEnd = { outcome: 'unavailable', reason: 'backend' };
const UNKNOWN: RunEnd = { outcome: 'unknown', reason: 'backend' };

/** What each gRPC status says about the run. `unknown`: the work may have happened. */
export const ENDING_OF_STATUS = {
  OK: DONE,
  ALREADY_EXISTS: DONE,
  INVALID_ARGUMENT: REJECTED,
  FAILED_PRECONDITION: REJECTED,
  OUT_OF_RANGE: REJECTED,
  NOT_FOUND: REJECTED,
  UNIMPLEMENTED: REJECTED,
  UNAUTHENTICATED: REJECTED,
  PERMISSION_DENIED: REJECTED,
  UNAVAILABLE,
  ABORTED: UNAVAILABLE,
  RESOURCE_EXHAUSTED: UNAVAILABLE,
  DEADLINE_EXCEEDED: { outcome: 'unknown', reason: 'deadline' },
  CANCELLED: { outcome: 'unknown', reason: 'cancelled' },
  INTERNAL: UNKNOWN,
  UNKNOWN,
  DATA_LOSS: UNKNOWN,
} as const satisfies Record<CodeName, RunEnd>;

/** The name of a numeric gRPC status; `UNKNOWN` for a number outside the standard. */
export function statusName(code: number): CodeName {
  const name: string | undefined = status[code];
  return name !== undefined && name in ENDING_OF_STATUS ? (name as CodeName) : 'UNKNOWN'; // a key of the table, as just checked
}
