import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BATCH,
  binary,
  binaryWith,
  ce,
  EVENT,
  JSON_TYPE,
  STRUCTURED,
  structured,
  type Attributes,
} from './event-requests.ts';
import { freshSlot, sendTick } from './platform.ts';
import { exchangeRaw, request, type HeaderLine } from './raw-http.ts';
import { useWarmFunction } from './warm-function.ts';

const warm = useWarmFunction();
beforeEach(() => warm.platform.reset());

const without = (name: string): Attributes => Object.fromEntries(Object.entries(EVENT).filter(([key]) => key !== name));
const MIB = 1024 * 1024;

const chunked = (body: string): Buffer => request([...ce(EVENT), JSON_TYPE, ['Transfer-Encoding', 'chunked']], body);

async function expectRefusal(bytes: Buffer, status = 400): Promise<string> {
  const answer = await exchangeRaw(warm.fn.url, [bytes]);
  expect([answer.status, answer.count]).toEqual([status, 1]);
  expect(Buffer.byteLength(answer.body)).toBeLessThanOrEqual(512);
  return answer.body;
}

/** Nothing was asked of anybody, and the process goes on. */
async function expectUntouched(): Promise<void> {
  expect([warm.platform.backend.calls.count(), warm.platform.questions()]).toEqual([0, []]);
  expect((await sendTick(warm.fn, freshSlot())).status).toBe(200);
}

describe('a request that is no event of ours is refused: no call, no question to Nacos', () => {
  it.each<[string, Buffer, number?]>([
    ['without headers and body', request([])],
    ['in structured mode without a body', request([STRUCTURED])],
    ['JSON that is no event', request([JSON_TYPE], '{"foo":1}')],
    ['a batch', structured([EVENT], BATCH)],
    ['a batch that says it is one event', structured([EVENT])],
    ['an event in XML', request([['Content-Type', 'application/cloudevents+xml']], '<event/>')],
    ['a structured event that is no JSON', request([STRUCTURED], '{')],
    ['a structured event that is null', structured(null)],
    [
      'a structured event in UTF-16',
      request(
        [['Content-Type', 'application/cloudevents+json; charset=utf-16']],
        Buffer.from(JSON.stringify(EVENT), 'utf16le'),
      ),
    ],
    ['a structured event with bytes that are no UTF-8', request([STRUCTURED], Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    ['data and data_base64', structured({ ...EVENT, data: {}, data_base64: 'e30=' })],
    ['data_base64 that is not base64', structured({ ...EVENT, data_base64: '!' })],
    ['data that is no object', structured({ ...EVENT, data: 'text' })],
    ['an attribute that is an object', structured({ ...EVENT, shop: {} })],
    ['an attribute named in capitals', structured({ ...EVENT, Shop: 'x' })],
    [
      'an attribute named __proto__',
      request([STRUCTURED], JSON.stringify(EVENT).replace('{', '{"__proto__":{"id":"x"},')),
    ],
    ['a body of another type', binaryWith('a=1', ['Content-Type', 'text/plain'])],
    ['a body in another charset', binaryWith('{}', ['Content-Type', 'application/json; charset=latin1'])],
    ['a compressed body', binaryWith('{}', JSON_TYPE, ['Content-Encoding', 'gzip'])],
    ['an attribute twice', binary(EVENT, ['ce-id', 'e-2'])],
    ['a content type twice', binaryWith('{}', JSON_TYPE, JSON_TYPE)],
    ['percent-encoding that is no UTF-8', binary({ ...EVENT, id: '%ff%fe' })],
    ['a control character in percent-encoding', binary({ ...EVENT, id: 'a%0Ab' })],
    ['a result of ours', binary({ ...EVENT, type: 'bi.cron.run.done' })],
    ['a tick without a time', binary({ ...without('time'), type: 'dev.knative.sources.ping' })],
    ['an invalid time', binary({ ...EVENT, time: '2026-02-30T00:00:00Z' })],
    ['a time before all windows', binary({ ...EVENT, time: '0001-01-01T00:00:00Z' })],
    ['a body in UTF-16', binaryWith(Buffer.from('\uFEFF{}', 'utf16le'), JSON_TYPE)],
    ['another path', request(ce(EVENT), '', 'POST /admin HTTP/1.1')],
    ['another method', request(ce(EVENT), '', 'DELETE / HTTP/1.1'), 405],
    ['an invalid method', request(ce(EVENT), '', 'FLY / HTTP/1.1')],
    ['an invalid version', request(ce(EVENT), '', 'POST / HTTP/9.9')],
    ['a method for proxies', request([], '', 'CONNECT goods:80 HTTP/1.1')],
    ['an absolute target with a path', request(ce(EVENT), '', 'POST http://goods/admin HTTP/1.1')],
    ['the methods of the whole server', request([], '', 'OPTIONS * HTTP/1.1'), 405],
    ['HTTP/2 from the start', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['no HTTP at all', Buffer.from('\u0016\u0003\u0001hello\r\n\r\n')],
    ['headers of 100 KiB', binary(EVENT, ['X-Large', 'x'.repeat(100 * 1024)])],
    ['20,000 headers', binary(EVENT, ...Array.from({ length: 20_000 }, (_, index): HeaderLine => [`x${index}`, '']))],
    ['an invalid content length', request([...ce(EVENT), ['Content-Length', 'ten']], '{}')],
    ['two content lengths', request([...ce(EVENT), ['Content-Length', '2'], ['Content-Length', '3']], '{}')],
    [
      'a content length and chunks',
      request([...ce(EVENT), ['Content-Length', '2'], ['Transfer-Encoding', 'chunked']], '0\r\n\r\n'),
    ],
    ['a chunk with an extension of 20 KB', chunked(`2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)],
    ['a folded header', Buffer.from(binary(EVENT).toString('latin1').replace('/test', '/te\r\n st'), 'latin1')],
    [
      'line ends without a carriage return',
      Buffer.from(binary(EVENT).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
    ],
    ['an invalid chunk', request([...ce(EVENT), ['Transfer-Encoding', 'chunked']], 'zz\r\n')],
    ['a line break within a header', binary({ ...EVENT, id: 'a\nce-id: b' })],
    ['1 MiB and one byte', binaryWith(' '.repeat(MIB + 1), JSON_TYPE)],
  ])('%s', async (_title, bytes, status) => {
    expect(JSON.parse(await expectRefusal(bytes, status))).toMatchObject({ outcome: 'rejected' });
    await expectUntouched();
  });

  it.each<[string, string]>([
    ['an unknown field', '{"shops":["1"]}'],
    ['a field of another type', '{"pageSize":"many"}'],
    ['arrays 100,000 deep', `{"shopIds":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a field named __proto__', '{"__proto__":{"pageSize":1}}'],
    ['a window that is inverted', '{"window":{"start":"2026-11-02T00:00:00Z","end":"2026-11-01T00:00:00Z"}}'],
    [
      'a window longer than upstream allows',
      '{"window":{"start":"2026-10-01T00:00:00Z","end":"2026-11-01T00:00:00Z"}}',
    ],
    ['a page size beyond any integer', '{"pageSize":1e308}'],
    ['a page size beyond what a double tells apart', '{"pageSize":9007199254740993}'],
    ['half of a surrogate pair', String.raw`{"shopIds":["\ud800"]}`],
    ['objects 50,000 deep', `${'{"window":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ])('data with %s', async (_title, data) => {
    const body = await expectRefusal(request([...ce({ ...EVENT, id: randomUUID() }), JSON_TYPE], data));
    expect(JSON.parse(body)).toMatchObject({ outcome: 'rejected', reason: 'event' });
    await expectUntouched();
  });

  it.each(
    Object.keys(without('time')).flatMap((name) =>
      (
        [
          ['missing', without(name)],
          ['empty', { ...EVENT, [name]: '' }],
          ['too long', { ...EVENT, [name]: 'x'.repeat(1025) }],
          ['of control characters', { ...EVENT, [name]: 'a\u0085b' }],
        ] as const
      ).map(([how, attributes]) => [name, how, attributes] as const),
    ),
  )('%s that is %s, in both modes', async (name, _how, attributes) => {
    expect(JSON.parse(await expectRefusal(binary(attributes)))).toMatchObject({ reason: 'event', field: `ce-${name}` });
    expect(JSON.parse(await expectRefusal(structured(attributes)))).toMatchObject({
      reason: 'event',
      field: `ce-${name}`,
    });
    await expectUntouched();
  });
});

describe('an odd request that is right is one call', () => {
  it.each<[string, (id: string) => Buffer]>([
    ['without a body', (id) => binary({ ...EVENT, id })],
    ['with a body without a type', (id) => request(ce({ ...EVENT, id }), '{}')],
    ['with white space before the JSON', (id) => request([...ce({ ...EVENT, id }), JSON_TYPE], ' \r\n\t{}')],
    [
      'with a charset in capitals',
      (id) => request([...ce({ ...EVENT, id }), ['Content-Type', 'Application/JSON;Charset="UTF-8"']], '{}'),
    ],
    [
      'structured, with white space before the JSON',
      (id) => request([STRUCTURED], `\n ${JSON.stringify({ ...EVENT, id })}`),
    ],
    ['structured, with null attributes', (id) => structured({ ...EVENT, id, subject: null, data: null })],
    [
      'with attributes in any case',
      (id) => request(ce({ ...EVENT, id }).map(([name, value]) => [name.toUpperCase(), value])),
    ],
    [
      'with chunks',
      (id) =>
        request(
          [...ce({ ...EVENT, id }), JSON_TYPE, ['Transfer-Encoding', 'chunked']],
          '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
        ),
    ],
    ['in HTTP/1.0', (id) => request(ce({ ...EVENT, id }), '', 'POST / HTTP/1.0')],
    ['with an absolute target', (id) => request(ce({ ...EVENT, id }), '', 'POST http://goods/?a=1 HTTP/1.1')],
    ['with an expectation that nobody knows', (id) => binary({ ...EVENT, id }, ['Expect', 'the-unexpected'])],
    ['with an offer to upgrade', (id) => binary({ ...EVENT, id }, ['Upgrade', 'h2c'])],
    [
      'with trailers',
      (id) =>
        request(
          [...ce({ ...EVENT, id }), JSON_TYPE, ['Transfer-Encoding', 'chunked']],
          '2\r\n{}\r\n0\r\nce-id: x\r\n\r\n',
        ),
    ],
    ['of exactly 1 MiB', (id) => request([...ce({ ...EVENT, id }), JSON_TYPE], `{}${' '.repeat(MIB - 2)}`)],
  ])('%s', async (_title, build) => {
    const answer = await exchangeRaw(warm.fn.url, [build(randomUUID())]);
    expect([answer.status, warm.platform.backend.calls.count()]).toEqual([200, 1]);
  });

  it('whose sender waits to be told to continue', async () => {
    const bytes = request([...ce({ ...EVENT, id: randomUUID() }), JSON_TYPE, ['Expect', '100-continue']], '{}');
    const { status, count, body } = await exchangeRaw(warm.fn.url, [bytes]);
    expect([status, count, warm.platform.backend.calls.count()]).toEqual([100, 2, 1]);
    expect(body).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});
