import { status } from '@grpc/grpc-js';
import type { StatusName } from './call-log.ts';

/** What a backend does to the RPCs that it receives instead of, or around, its work. `times` limits it to so many RPCs. */
export type Fault = { times?: number } & (
  | /** Answers this status; no work is done. `retryPushbackMs` is the trailer that asks for a repetition, or by -1 for none. */ {
      kind: 'status';
      code: status | StatusName;
      message?: string;
      retryPushbackMs?: number;
    }
  | /** Waits before the work; the work is done even when the caller has gone by then. */ { kind: 'slow'; ms: number }
  | /** Never answers; no work is done. */ { kind: 'hang' }
  | /** Resets the TCP connection, and so every RPC on it: without or after having done the work. */ {
      kind: 'close-connection';
      when: 'on-receive' | 'before-reply';
    }
  | /** Does the work and answers with so many bytes of an unknown field after the reply. */ {
      kind: 'huge-reply';
      bytes: number;
    }
);

/** The script of a backend's failures; at most one fault is set. Health checks are not touched by it. */
export class BackendFaults {
  #fault: Fault | undefined;
  #left = 0;

  set(fault: Fault): void {
    if (fault.kind === 'status' && toStatus(fault.code) === status.OK) throw new RangeError('a fault cannot answer OK');
    this.#fault = fault;
    this.#left = fault.times ?? Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#fault = undefined;
  }

  /** The fault for the current RPC, counted down. */
  take(): Fault | undefined {
    if (this.#left <= 0) return undefined;
    this.#left -= 1;
    return this.#fault;
  }
}

/** A status code from its number or name. */
export function toStatus(code: status | StatusName): status {
  return typeof code === 'string' ? status[code] : code;
}

/** The name of a status code; UNKNOWN for a number that gRPC does not define. */
export function statusName(code: status): StatusName {
  const name = status[code];
  return isStatusName(name) ? name : 'UNKNOWN';
}

function isStatusName(name: string): name is StatusName {
  return name in status;
}
