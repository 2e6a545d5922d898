import { constants } from 'node:http2';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { failureOf, makeCall, openClient } from '../../../test/support/grpc-call.ts';
import { serveFrames, type FramePeer } from '../../../test/support/http2-frames.ts';
import type { RunEnd } from '../outcome.ts';

const UNAVAILABLE: RunEnd = { outcome: 'unavailable', reason: 'backend' };
const REJECTED: RunEnd = { outcome: 'rejected', reason: 'backend' };
const UNKNOWN: RunEnd = { outcome: 'unknown', reason: 'backend' };

type Frames = (peer: FramePeer) => void;
type Fields = Record<string, string>;

const RESPONSE = { ':status': '200', 'content-type': 'application/grpc' };
const page = (status: number): Fields => ({ ':status': String(status), 'content-type': 'application/grpc' });

/** Headers and status in one. */
const trailersOnly =
  (status: number, message = '', more: Fields = {}): Frames =>
  (peer) =>
    peer.headers({ ...RESPONSE, 'grpc-status': String(status), 'grpc-message': message, ...more }, true);

/** Headers, perhaps messages, and then the status. */
const afterHeaders =
  (status: number, message = '', more: Fields = {}, replies = 0): Frames =>
  (peer) => {
    peer.headers(RESPONSE);
    for (let count = 0; count < replies; count += 1) peer.message();
    peer.headers({ 'grpc-status': String(status), 'grpc-message': message, ...more }, true);
  };

/** How one call ends in a task that may be done twice, and in one that may not; each on a connection of its own. */
async function endingsOf(frames: Frames): Promise<{ safe: RunEnd; unsafe: RunEnd; requests: number }> {
  const peer = await serveFrames(frames);
  const [safe, unsafe] = [await openClient(peer.address), await openClient(peer.address)];
  return {
    safe: (await failureOf(safe, makeCall({ safeToRepeat: true }))).ending,
    unsafe: (await failureOf(unsafe, makeCall({ safeToRepeat: false }))).ending,
    requests: peer.requests(),
  };
}

describe('UNAVAILABLE is no proof that nothing was done', () => {
  test.each<[string, Frames, RunEnd]>([
    ['of the backend, with headers and status in one', trailersOnly(14, 'not now'), UNAVAILABLE],
    ['of the backend, after headers', afterHeaders(14, 'shutting down'), UNAVAILABLE],
    ['after a message', afterHeaders(14, '', {}, 1), UNAVAILABLE],
    [
      "of Envoy, for a connection that was lost upstream ('reset reason: connection termination')",
      trailersOnly(
        14,
        'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      ),
      UNAVAILABLE,
    ],
    ['in the words of grpc-js for a refused stream', trailersOnly(14, 'Stream refused by server'), UNAVAILABLE],
    ['in the words of grpc-js for no connection', trailersOnly(14, 'No connection established'), UNAVAILABLE],
    ["a gateway's page 429 in the content type of gRPC", (peer) => peer.headers(page(429), true), UNKNOWN],
    ["a gateway's page 502 in the content type of gRPC", (peer) => peer.headers(page(502), true), UNKNOWN],
    ["a gateway's page 503 in the content type of gRPC", (peer) => peer.headers(page(503), true), UNKNOWN],
    ["a gateway's page 504 in the content type of gRPC", (peer) => peer.headers(page(504), true), UNKNOWN],
    [
      "a gateway's page with a body in the content type of gRPC",
      (peer) => {
        peer.headers(page(503));
        peer.message(Buffer.from('no healthy upstream'));
        peer.headers({ 'x-request-id': 'a' }, true);
      },
      UNKNOWN,
    ],
    [
      'a stream refused after the headers of its response',
      (peer) => {
        peer.headers(RESPONSE);
        peer.reset(constants.NGHTTP2_REFUSED_STREAM);
      },
      UNKNOWN,
    ],
    [
      'GOAWAY below the stream, after the headers of its response',
      (peer) => {
        peer.headers(RESPONSE);
        peer.goaway(0);
      },
      UNKNOWN,
    ],
    [
      'GOAWAY that includes the stream, and then the end of the connection (a maximum connection age)',
      (peer) => {
        peer.goaway(peer.streamId);
        peer.end();
      },
      UNKNOWN,
    ],
    [
      'GOAWAY that includes the stream, and then a reset',
      (peer) => {
        peer.goaway(peer.streamId);
        peer.destroy();
      },
      UNKNOWN,
    ],
    ['the end of the connection', (peer) => peer.end(), UNKNOWN],
  ])('%s', async (_title, frames, safe) => {
    expect(await endingsOf(frames)).toEqual({ safe, unsafe: UNKNOWN, requests: 2 });
  });
});

describe('HTTP/2 proves that nothing was done', () => {
  test.each<[string, Frames]>([
    ['RST_STREAM REFUSED_STREAM', (peer) => peer.reset(constants.NGHTTP2_REFUSED_STREAM)],
    ['GOAWAY below the stream', (peer) => peer.goaway(0)],
  ])('by %s, before any response', async (_title, frames) => {
    expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNAVAILABLE, requests: 2 });
  });
});

/** `grpc-status-details-bin` with these details, as google/rpc/status.proto and error_details.proto have it. */
function statusDetails(...typeUrls: string[]): Fields {
  const any = new protobuf.Type('Any')
    .add(new protobuf.Field('typeUrl', 1, 'string'))
    .add(new protobuf.Field('value', 2, 'bytes'));
  const status = new protobuf.Type('Status')
    .add(new protobuf.Field('code', 1, 'int32'))
    .add(new protobuf.Field('message', 2, 'string'))
    .add(new protobuf.Field('details', 3, 'Any', 'repeated'));
  new protobuf.Root().add(any).add(status);
  const details = typeUrls.map((typeUrl) => ({ typeUrl, value: Buffer.from([0x0a, 0x02, 0x08, 0x01]) }));
  const bytes = status.encode({ code: 14, message: 'draining', details }).finish();
  return { 'grpc-status-details-bin': Buffer.from(bytes).toString('base64').replaceAll('=', '') };
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const pushback = (value: string): Fields => ({ 'grpc-retry-pushback-ms': value });

describe('the backend asks for a repetition', () => {
  test.each<[string, Fields]>([
    ['grpc-retry-pushback-ms 0', pushback('0')],
    ['grpc-retry-pushback-ms 1500', pushback('1500')],
    ['RetryInfo', statusDetails(RETRY_INFO)],
    ['RetryInfo among others', statusDetails(ERROR_INFO, RETRY_INFO)],
  ])('by %s, with and after the headers', async (_title, trailers) => {
    for (const frames of [trailersOnly(14, 'draining', trailers), afterHeaders(14, 'draining', trailers)])
      expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNAVAILABLE, requests: 2 });
  });

  test.each<[string, Fields]>([
    ['grpc-retry-pushback-ms -1', pushback('-1')],
    ['grpc-retry-pushback-ms without a number', pushback('soon')],
    ['grpc-retry-pushback-ms -1 beside RetryInfo', { ...pushback('-1'), ...statusDetails(RETRY_INFO) }],
    ['details of another kind', statusDetails(ERROR_INFO)],
    ['a type whose name only ends so', statusDetails('type.googleapis.com/example.MyRetryInfo')],
    ['details that are no Status', { 'grpc-status-details-bin': Buffer.from('RetryInfo').toString('base64') }],
  ])('but not by %s', async (_title, trailers) => {
    const frames = trailersOnly(14, 'draining', trailers);
    expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNKNOWN, requests: 2 });
  });

  test('but not after a reply', async () => {
    const frames = afterHeaders(14, 'draining', pushback('0'), 1);
    expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNKNOWN, requests: 2 });
  });

  test('but not on a gateway’s page', async () => {
    const frames: Frames = (peer) => peer.headers({ ...page(503), ...pushback('0') }, true);
    expect(await endingsOf(frames)).toEqual({ safe: UNKNOWN, unsafe: UNKNOWN, requests: 2 });
  });
});

describe('ABORTED and RESOURCE_EXHAUSTED', () => {
  test.each([
    [10, 'lock taken'],
    [8, 'quota: 100 pages a minute'],
    [8, 'the quota of this message type is exhausted'],
  ])('%i (%s) of a server mean that no work was done', async (status, message) => {
    for (const frames of [trailersOnly(status, message), afterHeaders(status, message)])
      expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNAVAILABLE, requests: 2 });
  });

  test.each([10, 8])('%i after a reply is unknown where work must not be done twice', async (status) => {
    const frames = afterHeaders(status, '', {}, 1);
    expect(await endingsOf(frames)).toEqual({ safe: UNAVAILABLE, unsafe: UNKNOWN, requests: 2 });
  });

  test.each([
    ['grpc-go', 'grpc: received message larger than max (5242891 vs. 4194304)'],
    ['grpc-go', 'grpc: received message after decompression larger than max 4194304'],
    ['grpcio', 'SERVER: Received message larger than max (5242891 vs. 4194304)'],
    ['grpc-java', 'gRPC message exceeds maximum size 4194304: 5242891'],
    ['an older grpc-java, and Armeria', 'Frame size 5242891 exceeds maximum: 4194304'],
    ['grpc-dotnet', 'Received message exceeds the maximum configured message size.'],
    ['grpc-js', 'Received message larger than max (5242891 vs 4194304)'],
    ['grpc-js', 'Received message that decompresses to a size larger than 4194304'],
  ])('a request that is too large for %s (%s) is rejected: no repetition mends it', async (_server, message) => {
    const frames = trailersOnly(8, message);
    expect(await endingsOf(frames)).toEqual({ safe: REJECTED, unsafe: REJECTED, requests: 2 });
  });

  test.each([
    ['grpc-go', 'grpc: trying to send message larger than max (5242891 vs. 4194304)'],
    ['grpcio', 'Sent message larger than max (5242891 vs. 4194304)'],
    ['grpc-java', 'message too large 5242891 , max 4194304'],
    ['grpc-dotnet', 'Sending message exceeds the maximum configured message size.'],
    ['grpc-js', 'Attempted to send message with a size larger than 4194304'],
  ])('a reply that is too large for %s (%s) is unknown: the work was done', async (_server, message) => {
    const frames = trailersOnly(8, message);
    expect(await endingsOf(frames)).toEqual({ safe: UNKNOWN, unsafe: UNKNOWN, requests: 2 });
  });
});

describe('what is not one reply and OK is unknown at once', () => {
  test.each<[string, Frames, string, string | undefined]>([
    ['OK without a message', trailersOnly(0), 'none', 'OK'],
    ['OK after headers without a message', afterHeaders(0), 'none', 'OK'],
    ['two messages and OK', afterHeaders(0, '', {}, 2), 'several', undefined],
    [
      'two messages and no end',
      (peer) => {
        peer.headers(RESPONSE);
        peer.message();
        peer.message();
      },
      'several',
      undefined,
    ],
  ])('%s', async (_title, frames, got, grpcCode) => {
    const { address } = await serveFrames(frames);
    const call = makeCall({ timeoutMs: 60_000, who: 'b' }); // longer than a test may take
    const error = await failureOf(await openClient(address), call);
    expect(error).toMatchObject({ message: `b: expected one reply, got ${got}`, ending: UNKNOWN, grpcCode });
  });
});
