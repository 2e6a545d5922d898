import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { RunError } from '../../functions/runtime/run-error.ts';
import { callUnary, type Call } from '../../functions/runtime/grpc/call.ts';

/** For tests: a call of `TaobaoSyncFullOrder` with an empty request, changed where told. */
export function makeCall(changes: Partial<Call> = {}): Call {
  return {
    path: '/bi.leke.v1.OrderService/TaobaoSyncFullOrder',
    request: Buffer.alloc(0),
    headers: {},
    timeoutMs: 10_000,
    safeToRepeat: true,
    signal: new AbortController().signal,
    who: 'bi-api-leke at 10.0.0.7:50051',
    ...changes,
  };
}

/** A connected client with the channel options that matter for a call's ending; closes with the test. */
export async function openClient(address: string): Promise<Client> {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  onTestFinished(() => client.close());
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + 5000, (error) => (error === undefined ? resolve() : reject(error)));
  });
  return client;
}

/** The RunError that a call ends with; fails the test when it ends well, or with anything else. */
export async function failureOf(client: Client, call: Call): Promise<RunError> {
  const error: unknown = await callUnary(client, call).then(
    (reply) => new Error(`expected a failure, got a reply of ${reply?.length} bytes`),
    (caught: unknown) => caught,
  );
  if (error instanceof RunError) return error;
  throw error;
}

/** A bare HTTP/2 server whose streams are handled by the test; its address. Closes with the test. */
export async function serveStreams(onStream: (stream: ServerHttp2Stream) => void): Promise<string> {
  const server = createServer();
  const streams = new Set<ServerHttp2Stream>();
  server.on('stream', (stream) => {
    streams.add(stream);
    stream.on('error', () => {}); // a stream that a test resets
    onStream(stream);
  });
  server.on('sessionError', () => {}); // a session that a test destroys
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const { session } of streams) session?.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
