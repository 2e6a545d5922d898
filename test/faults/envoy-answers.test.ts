import { describe, expect, it } from 'vitest';
import { serveHttp2, trailersOnly, type Handle } from '../support/http2-server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { freshSlot, launch, linesOf, openPlatform, sendTick, type OnTestFinished } from './platform.ts';

// What Envoy itself answers to a gRPC request (its source: common/http/utility.cc, router.cc, local_ratelimit).
const RESET = 'upstream connect error or disconnect/reset before headers. reset reason: ';
const ENVOY = { server: 'envoy', date: 'Wed, 25 Nov 2026 08:00:00 GMT' };
const LIMITED = { ...ENVOY, 'x-envoy-ratelimited': 'true' };

/** The ending of one tick of a task that a repeat would harm, whose backend stands behind this proxy. */
async function runBehind(handle: Handle, onTestFinished: OnTestFinished): Promise<unknown> {
  const platform = await openPlatform(onTestFinished);
  const { port, streams } = await serveHttp2(handle);
  platform.register({ port });
  const fn = await launch(platform, {}, 'full-order');
  onTestFinished(async () => void (await fn.stop()));
  const slot = freshSlot();
  const { status } = await sendTick(fn, slot, 'full-order');
  await waitUntil(() => expect(linesOf(fn, slot, 'full-order')).toHaveLength(1));
  const [line] = linesOf(fn, slot, 'full-order');
  return { status, outcome: line?.['outcome'], reason: line?.['reason'], calls: streams() };
}

describe("Envoy's own answer to a task that a repeat would harm", () => {
  it.for([
    ['a connection that ended in mid-call', trailersOnly('14', `${RESET}connection termination`, ENVOY)],
    ['a connection that was reset', trailersOnly('14', `${RESET}remote connection failure`, ENVOY)],
    ['a connection that failed', trailersOnly('14', `${RESET}connection failure`, ENVOY)],
    ['too many requests waiting', trailersOnly('14', `${RESET}overflow`, ENVOY)],
    ['no healthy upstream', trailersOnly('14', 'no healthy upstream', ENVOY)],
    ['a local rate limit', trailersOnly('14', 'local_rate_limited', LIMITED)],
  ] as const)('%s is unknown: 500, no repeat', async ([, handle], { onTestFinished }) => {
    const observed = await runBehind(handle, onTestFinished);
    expect(observed).toEqual({ status: 500, outcome: 'unknown', reason: 'backend', calls: 1 });
  });

  it.for([429, 502, 503, 504])('a page of status %i called gRPC is unknown: 500', async (status, context) => {
    const page = { ':status': status, 'content-type': 'application/grpc', ...ENVOY };
    const handle: Handle = (stream) => stream.respond(page, { endStream: true });
    const observed = await runBehind(handle, context.onTestFinished);
    expect(observed).toEqual({ status: 500, outcome: 'unknown', reason: 'backend', calls: 1 });
  });

  it('a rate limit told as RESOURCE_EXHAUSTED is 503: no work was done', async ({ onTestFinished }) => {
    const observed = await runBehind(trailersOnly('8', 'local_rate_limited', LIMITED), onTestFinished);
    expect(observed).toEqual({ status: 503, outcome: 'unavailable', reason: 'backend', calls: 1 });
  });

  it.for([
    ['grpc-retry-pushback-ms', { 'grpc-retry-pushback-ms': '1000' }],
    // google.rpc.Status { code: 14, details: [RetryInfo { retry_delay: 1 s }] }
    [
      'RetryInfo',
      { 'grpc-status-details-bin': 'CA4aMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAQ' },
    ],
  ] as const)(
    'an UNAVAILABLE with %s is 503: the backend said that a repeat is welcome',
    async ([, headers], context) => {
      const observed = await runBehind(trailersOnly('14', 'draining', headers), context.onTestFinished);
      expect(observed).toEqual({ status: 503, outcome: 'unavailable', reason: 'backend', calls: 1 });
    },
  );
});
