import { status } from '@grpc/grpc-js';
import type { Ending } from '../outcome.ts';

type CodeName = keyof typeof status;

const DONE: Ending = { outcome: 'done', reason: 'done' };
const REFUSED: Ending = { outcome: 'rejected', reason: 'backend' };
const UNAVAILABLE: Ending = { outcome: 'unavailable', reason: 'backend' };
const UNKNOWN: Ending = { outcome: 'unknown', reason: 'backend' };

/** What each gRPC status says about the run. `unknown`: the work may have happened. */
export const ENDING_OF_STATUS = {
  OK: DONE,
  ALREADY_EXISTS: DONE,
  INVALID_ARGUMENT: REFUSED,
  FAILED_PRECONDITION: REFUSED,
  OUT_OF_RANGE: REFUSED,
  NOT_FOUND: REFUSED,
  UNIMPLEMENTED: REFUSED,
  UNAUTHENTICATED: REFUSED,
  PERMISSION_DENIED: REFUSED,
  UNAVAILABLE,
  ABORTED: UNAVAILABLE,
  RESOURCE_EXHAUSTED: UNAVAILABLE,
  DEADLINE_EXCEEDED: { outcome: 'unknown', reason: 'deadline' },
  CANCELLED: { outcome: 'unknown', reason: 'cancelled' },
  INTERNAL: UNKNOWN,
  UNKNOWN,
  DATA_LOSS: UNKNOWN,
} as const satisfies Record<CodeName, Ending>;

/** The name of a numeric gRPC status; `UNKNOWN` for a number outside the standard. */
export function statusName(code: number): CodeName {
  const name: string | undefined = status[code];
  return name !== undefined && name in ENDING_OF_STATUS ? (name as CodeName) : 'UNKNOWN'; // a key of the table, as just checked
}
