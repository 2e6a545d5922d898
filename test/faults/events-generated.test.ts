import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/platform/function-process.ts';
import { ce, EVENT, JSON_TYPE, structured } from './event-requests.ts';
import { freshSlot, launch, sendTick, startPlatform, type Platform } from './platform.ts';
import { exchangeRaw, request } from './raw-http.ts';

let platform: Platform;
let fn: FunctionProcess;
beforeAll(async () => {
  platform = await startPlatform();
  fn = await launch(platform);
});
afterAll(async () => {
  await fn.stop();
  await platform.close();
});

describe('thousands of generated requests: 400 or 405, never a 5xx, never a call, never a crash', () => {
  const latin1 = fc.stringMatching(/^[\t -~\u0080-\u00FF]{0,40}$/);
  const headerName = fc
    .stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}$/)
    .filter(
      (name) =>
        !/^(content-length|transfer-encoding|connection|host|expect|upgrade|trailer|te|ce-specversion|content-type)$/i.test(
          name,
        ),
    );
  const contentType = fc.constantFrom(
    'application/json',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'text/plain',
    'application/json; charset=utf-16',
    ';;;',
    '',
  );
  const method = fc.constantFrom('POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
  const target = fc.constantFrom('/', '/?a=1', '/../', '//', '/%00', '*', 'http://other/');
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.object().map((value) => Buffer.from(JSON.stringify({ ...value, specversion: 'x' }))),
  );

  /** No specversion 1.0 anywhere: whatever else it is, it is no event. */
  const noise = fc
    .record({ method, target, headers: fc.array(fc.tuple(headerName, latin1), { maxLength: 8 }), contentType, body })
    .map((r) => request([...r.headers, ['Content-Type', r.contentType]], r.body, `${r.method} ${r.target} HTTP/1.1`));

  const required = fc.constantFrom('specversion', 'id', 'source', 'type');
  const wrong = fc.oneof(
    fc.constant(undefined),
    fc.constant(''),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.string()),
    fc.string({ minLength: 1025, maxLength: 1100 }),
    fc.constant('a\u0000b'),
  );
  /** One required attribute of a structured event is missing or wrong; beside it anything may stand. */
  const almost = fc
    .record({ name: required, value: wrong, more: fc.dictionary(fc.string(), fc.jsonValue()) })
    .map(({ name, value, more }) => structured({ ...more, ...EVENT, [name]: value }));

  /** A right event whose data is anything but a request of the task. */
  const badData = fc
    .oneof(
      fc.dictionary(
        fc.string().filter((key) => !/^(run|window|shop_?ids|page_?size)$/i.test(key)),
        fc.jsonValue(),
        { minKeys: 1 },
      ),
      fc
        .record({ pageSize: fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 101 }), fc.string(), fc.double()) })
        .filter(({ pageSize }) => !(Number(pageSize) >= 1 && Number(pageSize) <= 100)),
      fc.record({ window: fc.oneof(fc.string(), fc.integer(), fc.record({ start: fc.string(), end: fc.string() })) }),
      fc.record({
        shopIds: fc.oneof(
          fc.string(),
          fc.constant([]),
          fc.array(fc.oneof(fc.integer(), fc.constant('')), { minLength: 1 }),
        ),
      }),
    )
    .map((data) => request([...ce({ ...EVENT, id: randomUUID() }), JSON_TYPE], JSON.stringify(data)));

  it.each([
    ['noise', noise, 1200, 8],
    ['an attribute that is wrong', almost, 800, 8],
    ['data that is wrong', badData, 800, 1], // one at a time: a second event during a run is busy, whatever is wrong with it
  ] as const)('%s', async (_title, arbitrary, numRuns, atOnce) => {
    platform.backend.calls.clear();
    const property = fc.asyncProperty(fc.array(arbitrary, { minLength: atOnce, maxLength: atOnce }), async (batch) => {
      const answers = await Promise.all(batch.map((bytes) => exchangeRaw(fn.url, [bytes])));
      expect(answers.filter(({ status }) => status !== 400 && status !== 405)).toEqual([]);
      expect(platform.backend.calls.count()).toBe(0);
    });
    await fc.assert(property, { numRuns: numRuns / atOnce, seed: 20_261_122 });
    expect((await sendTick(fn, freshSlot())).status).toBe(200);
  });
});
