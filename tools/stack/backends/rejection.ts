import { status } from '@grpc/grpc-js';

/** Work that is refused: the caller gets this gRPC code and this message, and the run key stays free. */
export class Rejection extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'Rejection';
    this.code = code;
  }
}

/** The caller's request breaks a limit of the upstream API; the message is `field: what was expected, what came`. */
export function invalid(field: string, expected: string, came?: unknown): Rejection {
  const tail = came === undefined ? '' : `, got ${JSON.stringify(came)}`;
  return new Rejection(status.INVALID_ARGUMENT, `${field}: expected ${expected}${tail}`);
}
