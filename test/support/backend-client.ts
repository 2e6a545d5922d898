import { Metadata, credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { CallOptions, ChannelCredentials, Client, ServiceError } from '@grpc/grpc-js';
import { loadService } from '../../tools/stack/backends/proto.ts';

/** The figures of a reply, or the error that the caller saw. */
export type CallResult =
  | { reply: Record<string, unknown> }
  | { code: number; details: string; retryPushbackMs?: string };

/** A plain grpc-js client of one service for this folder's tests. */
export class TestClient {
  readonly #client: Client;
  readonly #service;

  constructor(
    address: string,
    protoFile: string,
    service: string,
    security: ChannelCredentials = credentials.createInsecure(),
  ) {
    this.#service = loadService(protoFile, service);
    this.#client = new (makeGenericClientConstructor(this.#service, service))(address, security);
  }

  /** Makes one unary call; never rejects. `cancel` aborts it. */
  call(
    method: string,
    request: object,
    options: CallOptions & { metadata?: Record<string, string>; cancel?: AbortSignal } = {},
  ): Promise<CallResult> {
    const definition = this.#service[method];
    if (definition === undefined) throw new Error(`no method ${method}`);
    const { metadata = {}, cancel, ...callOptions } = options;
    const sent = new Metadata();
    for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize as (bytes: Buffer) => Record<string, unknown>,
        request,
        sent,
        callOptions,
        (error: ServiceError | null, reply) => resolve(error === null ? { reply: reply ?? {} } : describeError(error)),
      );
      cancel?.addEventListener('abort', () => call.cancel(), { once: true });
    });
  }

  close(): void {
    this.#client.close();
  }
}

function describeError({ code, details, metadata }: ServiceError): CallResult {
  const [pushback] = metadata.get('grpc-retry-pushback-ms');
  return pushback === undefined ? { code, details } : { code, details, retryPushbackMs: String(pushback) };
}
