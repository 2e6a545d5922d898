import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ce, EVENT, JSON_TYPE, structured } from './event-requests.ts';
import { freshSlot, sendTick } from './platform.ts';
import { exchangeRaw, request } from './raw-http.ts';
import { useWarmFunction } from './warm-function.ts';

const warm = useWarmFunction();
const AT_ONCE = 8;

describe('thousands of generated requests: 400 or 405, never a 5xx, a call, a question to Nacos or a crash', () => {
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
        .record({
          pageSize: fc.oneof(
            fc.integer({ max: 0 }),
            fc.integer({ min: 101 }),
            fc.string(),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          ),
        })
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
    ['noise', noise, 1200],
    ['an attribute that is wrong', almost, 800],
    ['data that is wrong', badData, 800],
  ] as const)('%s', async (_title, arbitrary, numRuns) => {
    const { backend, nacos, questions } = warm.platform;
    const property = fc.asyncProperty(
      fc.array(arbitrary, { minLength: AT_ONCE, maxLength: AT_ONCE }),
      async (batch) => {
        backend.calls.clear();
        nacos.requests.clear();
        const answers = await Promise.all(batch.map((bytes) => exchangeRaw(warm.fn.url, [bytes])));
        expect(answers.filter(({ status }) => status !== 400 && status !== 405)).toEqual([]);
        expect([backend.calls.count(), questions()]).toEqual([0, []]);
      },
    );
    await fc.assert(property, { numRuns: numRuns / AT_ONCE, seed: 20_261_122 });
    expect((await sendTick(warm.fn, freshSlot())).status).toBe(200);
  });
});
