import { constants, type Settings } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { GRPC_HEADERS, serveHttp2, trailersOnly, type Handle } from '../support/http2-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, linesOf, sendTick } from './platform.ts';
import { useWarmFunction } from './warm-function.ts';

const warm = useWarmFunction();

const UNKNOWN = 'unknown: backend';

/** Headers, bytes of messages, trailers. */
const answers =
  (bytes: Uint8Array, trailers: Record<string, string> = { 'grpc-status': '0' }, headers = {}): Handle =>
  (stream) => {
    stream.respond({ ...GRPC_HEADERS, ...headers }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(bytes);
  };

const page =
  (status: number): Handle =>
  (stream) => {
    stream.respond({ ':status': status, 'content-type': 'text/html' });
    stream.end('<html></html>');
  };

const resets =
  (code: number): Handle =>
  (stream) =>
    stream.close(code);

/** A message as gRPC frames it. */
function message(body: Uint8Array, isCompressed = false): Buffer {
  const frame = Buffer.alloc(5);
  frame.writeUInt8(isCompressed ? 1 : 0, 0);
  frame.writeUInt32BE(body.length, 1);
  return Buffer.concat([frame, body]);
}

const EMPTY = message(new Uint8Array());
const GZIP = { 'grpc-encoding': 'gzip' };

it.each<[string, Handle, number, string, Settings?]>([
  ['says UNAVAILABLE in its headers', trailersOnly('14', 'busy'), 503, 'unavailable: backend'],
  ['says UNAVAILABLE behind a message', answers(EMPTY, { 'grpc-status': '14' }), 503, 'unavailable: backend'],
  ['says OK without a message', trailersOnly('0'), 503, UNKNOWN],
  ['says OK behind a message that is cut', answers(Buffer.from([0, 0, 0, 0, 9, 1])), 503, UNKNOWN],
  ['says OK behind bytes that are no message', answers(message(Buffer.alloc(4, 0xff))), 503, UNKNOWN],
  ['announces a message of 1 GiB', answers(Buffer.from([0, 0x40, 0, 0, 0, 1])), 503, UNKNOWN],
  ['says OK behind a compressed message', answers(message(gzipSync(''), true), undefined, GZIP), 200, 'done: done'],
  ['says OK behind what gzip cannot read', answers(message(Buffer.alloc(3), true), undefined, GZIP), 503, UNKNOWN],
  [
    'compresses in an unknown way',
    answers(message(Buffer.alloc(3), true), undefined, { 'grpc-encoding': 'snappy' }),
    503,
    UNKNOWN,
  ],
  ['compresses without saying how', answers(message(Buffer.alloc(3), true)), 503, UNKNOWN],
  ['ends with status 17', trailersOnly('17'), 503, UNKNOWN],
  ['ends with a grpc-status that is not a number', trailersOnly('fine'), 503, UNKNOWN],
  ['ends without a status', answers(EMPTY, {}), 503, UNKNOWN],
  ['refuses with 9 KB of text', trailersOnly('3', 'x'.repeat(9000)), 422, 'rejected: backend'],
  ["is a proxy's page, 200", page(200), 503, UNKNOWN],
  ["is a proxy's page, 502", page(502), 503, UNKNOWN],
  ["is a proxy's page, 404", page(404), 422, 'rejected: backend'],
  ['resets: refused', resets(constants.NGHTTP2_REFUSED_STREAM), 503, 'unavailable: backend'],
  ['resets: too much', resets(constants.NGHTTP2_ENHANCE_YOUR_CALM), 503, UNKNOWN],
  ['resets: no error', resets(constants.NGHTTP2_NO_ERROR), 503, UNKNOWN],
  ['goes away with an error', (stream) => stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR), 503, UNKNOWN],
  ['takes no stream', () => {}, 503, 'unknown: deadline', { maxConcurrentStreams: 0 }],
  ['takes no headers', () => {}, 503, UNKNOWN, { maxHeaderListSize: 1 }],
])('a backend that %s, once: answered, and the next tick is done', async (_title, handle, status, ending, settings) => {
  const { platform, fn } = warm;
  await platform.reset();
  platform.configure('env: dev\ntasks: { increment-order: { timeout: 2s } }\n');
  const { port, streams } = await serveHttp2(handle, settings);
  platform.register({ port });
  const slot = freshSlot();
  const answer = await sendTick(fn, slot);
  expect([answer.status, streams()]).toEqual([status, settings === undefined ? 1 : 0]);
  expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(status === 200 ? 4096 : 512);
  const endings = () => linesOf(fn, slot).map(({ outcome, reason }) => `${String(outcome)}: ${String(reason)}`);
  await waitUntil(() => expect(endings()).toEqual([ending]));
  await platform.reset();
  expect((await sendTick(fn, freshSlot())).status).toBe(200);
  expect(platform.backend.calls.count()).toBe(1);
});
