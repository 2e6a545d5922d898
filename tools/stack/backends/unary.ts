import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata, status } from '@grpc/grpc-js';
import type { MethodDefinition, ServerUnaryCall, handleUnaryCall } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import { readCallMetadata, type CallLog } from './call-log.ts';
import { statusName, toStatus } from './faults.ts';
import type { BackendFaults } from './faults.ts';
import type { Message } from './proto.ts';

/** What a method does, once per run key: message in, reply out, a Rejection thrown for what it refuses. */
export type Work<Request = never> = (request: Request) => object | Promise<object>;

/** What the methods of one backend share. */
export interface UnaryHost {
  readonly calls: CallLog;
  readonly faults: BackendFaults;
  readonly memory: RunMemory<object>;
  readonly latencyMs: number;
  /** Aborts when the backend stops: what would never end has to go. */
  readonly stopping: AbortSignal;
  /** Aborts when the backend has died or stopped: work that has not been done yet is not done. */
  readonly killed: AbortSignal;
  workDone(): void;
  /** Resets the connection of a peer. */
  reset(peer: string): void;
}

/** The handler of one method: logs the RPC, meets the scripted fault, works once per run key, answers. */
export function handleUnary(host: UnaryHost, method: string, work: Work): handleUnaryCall<Message, PaddedReply> {
  return async (call, callback) => {
    const arrival = readCallMetadata(method, call);
    const end = host.calls.receive(arrival);
    // grpc-js emits this after every reply too; the log keeps the first end
    call.once('cancelled', () => end('cancelled'));
    try {
      const outcome = await answer(host, call, work, arrival.runKey);
      if (outcome === 'silence') return;
      if (outcome === 'reset') {
        end('closed');
        host.reset(call.getPeer());
        return;
      }
      end('ok');
      callback(null, outcome);
    } catch (error) {
      if (host.killed.aborted) {
        end('closed');
        return;
      }
      const code = error instanceof Rejection ? error.code : status.INTERNAL;
      const metadata = error instanceof Rejection ? error.trailers : new Metadata();
      end(statusName(code));
      callback({ code, details: error instanceof Error ? error.message : String(error), metadata });
    }
  };
}

async function answer(
  host: UnaryHost,
  call: ServerUnaryCall<Message, PaddedReply>,
  work: Work,
  runKey: string,
): Promise<PaddedReply | 'reset' | 'silence'> {
  const fault = host.faults.take();
  if (fault?.kind === 'status') {
    const rejection = new Rejection(toStatus(fault.code), fault.message ?? 'scripted fault');
    if (fault.retryPushbackMs !== undefined)
      rejection.trailers.set('grpc-retry-pushback-ms', String(fault.retryPushbackMs));
    throw rejection;
  }
  if (fault?.kind === 'hang') return hang(call, host.stopping);
  if (fault?.kind === 'close-connection' && fault.when === 'on-receive') return 'reset';
  if (fault?.kind === 'slow') await sleep(fault.ms, undefined, { signal: host.killed });

  const doWork = async (): Promise<object> => {
    if (host.latencyMs > 0) await sleep(host.latencyMs, undefined, { signal: host.killed });
    const reply = await work(call.request as never); // oxlint-disable-line typescript/no-unsafe-type-assertion -- typeless edge: the spec pairs each method with its own work
    host.workDone();
    return reply;
  };
  const { result, repeated } =
    runKey === ''
      ? { result: await doWork(), repeated: false }
      : await host.memory.once(`${call.getPath()} ${runKey}`, doWork);

  if (fault?.kind === 'close-connection') return 'reset';
  const reply = repeated ? { ...result, repeatedRun: true } : result;
  return { reply, paddingBytes: fault?.kind === 'huge-reply' ? fault.bytes : 0 };
}

/** Waits until the caller gives up, or the backend stops and the connection has to go. */
async function hang(call: ServerUnaryCall<Message, PaddedReply>, stopping: AbortSignal): Promise<'reset' | 'silence'> {
  if (!call.cancelled && !stopping.aborted) {
    await new Promise<void>((resolve) => {
      call.once('cancelled', () => resolve());
      stopping.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  return call.cancelled ? 'silence' : 'reset';
}

/** Work that is refused: the caller gets this gRPC code and this message, and the run key stays free. */
export class Rejection extends Error {
  readonly code: status;
  readonly trailers = new Metadata();

  constructor(code: status, message: string) {
    super(message);
    this.name = 'Rejection';
    this.code = code;
  }
}

/**
 * Does each piece of work once: the dedupe by run key of a backend.
 * A key that is being worked on is waited for; a key that failed is free again.
 */
export class RunMemory<T> {
  readonly #runs = new Map<string, Promise<T>>();

  /** The result of `work` under this key; `repeated` when the work had begun, or was done, before this call. */
  async once(key: string, work: () => Promise<T>): Promise<{ result: T; repeated: boolean }> {
    const known = this.#runs.get(key);
    if (known !== undefined) return { result: await known, repeated: true };
    const run = work();
    this.#runs.set(key, run);
    try {
      return { result: await run, repeated: false };
    } catch (error) {
      this.#runs.delete(key);
      throw error;
    }
  }
}

/** A reply with so many bytes of an unknown field after it. */
export interface PaddedReply {
  reply: object;
  paddingBytes: number;
}

/** The method with a serializer that can pad a reply; a client skips the padding as it skips any unknown field. */
export function withPadding(method: MethodDefinition<object, object>): MethodDefinition<object, PaddedReply> {
  return {
    ...method,
    responseSerialize({ reply, paddingBytes }) {
      const message = method.responseSerialize(reply);
      if (paddingBytes === 0) return message;
      const lastFieldNumber = 2 ** 29 - 1;
      const lengthDelimited = 2;
      const writer = protobuf.Writer.create().uint32(lastFieldNumber * 8 + lengthDelimited);
      return Buffer.concat([message, writer.bytes(Buffer.alloc(paddingBytes)).finish()]);
    },
    responseDeserialize: (bytes) => ({ reply: method.responseDeserialize(bytes), paddingBytes: 0 }),
  };
}
