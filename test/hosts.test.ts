import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFunction, type FunctionProcess } from '../tools/stack/function-process.ts';
import { startStack, type Stack } from '../tools/stack/stack.ts';
import { ROOT } from '../tools/project.ts';
import { binary, ce, EVENT, JSON_TYPE, structured } from './faults/event-requests.ts';
import { exchangeRaw, request, type HeaderLine } from './faults/raw-http.ts';
import { APP_DIR } from './support/app-dir.ts';

const MIB = 1024 * 1024;

let stack: Stack;
let image: FunctionProcess;
let framework: FunctionProcess;
beforeAll(async () => {
  stack = await startStack();
  const options = { task: 'increment-order', appDir: APP_DIR, env: { ...stack.env } };
  [image, framework] = await Promise.all([
    startFunction({ ...options, host: 'image' }),
    startFunction({ ...options, host: 'framework' }),
  ]);
});
afterAll(async () => {
  await Promise.all([image.stop(), framework.stop()]);
  await stack.close();
});

/** Status and body, without what differs from run to run. */
async function answerOf(
  { url }: FunctionProcess,
  bytes: Buffer,
): Promise<{ status: number | undefined; body: unknown }> {
  const { status, body } = await exchangeRaw(url, [bytes]);
  if (!body.startsWith('{')) return { status, body };
  const { id: _id, time: _time, data, ...rest } = JSON.parse(body) as Record<string, unknown>; // our bodies are JSON objects
  const { ms: _ms, summary, ...known } = (data ?? {}) as Record<string, object>;
  const { repeated: _repeated, ...counted } = (summary ?? {}) as Record<string, unknown>; // the second host's run repeats the first's
  return { status, body: { ...rest, data: known, counted } };
}

const sized = (bytes: number): string => `{}${' '.repeat(bytes - 2)}`;
const withBody = (body: string | Uint8Array, ...headers: HeaderLine[]) =>
  request([...ce({ ...EVENT, id: randomUUID() }), ...headers], body);
const start = (line: string) => request(ce(EVENT), '', line);

it.each<[string, () => Buffer]>([
  ['a manual event without data', () => binary({ ...EVENT, id: 'same-1' })],
  ['with data', () => request([...ce({ ...EVENT, id: 'same-2' }), JSON_TYPE], '{"shopIds":["100002"]}')],
  ['with data and no content type', () => request(ce({ ...EVENT, id: 'same-3' }), '{"shopIds":["100002"]}')],
  ['in structured mode', () => structured({ ...EVENT, id: 'same-4', data: { pageSize: 10 } })],
  ['in bare UTF-8', () => binary({ ...EVENT, id: Buffer.from('é-5').toString('latin1') })],
  ['a tick', () => binary({ ...EVENT, id: 'same-6', type: 'dev.knative.sources.ping' })],
  ['of exactly 1 MiB', () => request([...ce({ ...EVENT, id: 'same-7' }), JSON_TYPE], sized(MIB))],
  ['one byte more', () => withBody(sized(MIB + 1), JSON_TYPE)],
  ['7 MiB', () => withBody(sized(7 * MIB), JSON_TYPE)],
  ['broken JSON', () => withBody('{', JSON_TYPE)],
  ['JSON that is a text', () => withBody('"a"', JSON_TYPE)],
  ['JSON that is an array', () => withBody('[]', JSON_TYPE)],
  ['a structured event that is no JSON', () => request([['Content-Type', 'application/cloudevents+json']], '{')],
  ['a structured event that is a text', () => structured('text')],
  ['a batch', () => request([['Content-Type', 'application/cloudevents-batch+json']], '[]')],
  ['another charset', () => withBody('{}', ['Content-Type', 'application/json; charset=latin1'])],
  ['a charset that nobody knows', () => withBody('{}', ['Content-Type', 'application/json; charset=x-none'])],
  ['bytes that are no UTF-8', () => withBody(Buffer.from([0x7b, 0xff, 0x7d]), JSON_TYPE)],
  ['a form', () => withBody('a=1', ['Content-Type', 'application/x-www-form-urlencoded'])],
  ['text', () => withBody('text', ['Content-Type', 'text/plain'])],
  ['an invalid content type', () => withBody('{}', ['Content-Type', ';;;'])],
  ['a compressed body', () => withBody('{}', JSON_TYPE, ['Content-Encoding', 'gzip'])],
  ['an encoding that nobody knows', () => withBody('{}', JSON_TYPE, ['Content-Encoding', 'none'])],
  ['arrays 100,000 deep', () => withBody(`{"shopIds":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, JSON_TYPE)],
  ['a field named __proto__', () => withBody('{"__proto__":{"pageSize":1}}', JSON_TYPE)],
  ['an unknown field', () => withBody('{"shops":["1"]}', JSON_TYPE)],
  ['an attribute twice', () => binary(EVENT, ['ce-id', 'e-2'])],
  ['a content type twice', () => withBody('{}', JSON_TYPE, JSON_TYPE)],
  ['no event at all', () => request([JSON_TYPE], '{"foo":1}')],
  ['nothing', () => request([])],
  ['a result of ours', () => binary({ ...EVENT, type: 'bi.cron.run.done' })],
  ['a time in the future', () => binary({ ...EVENT, time: '9999-01-01T00:00:00Z' })],
  ['a path', () => start('POST /admin HTTP/1.1')],
  ...['/favicon.ico', '/robots.txt?a', '/%zz', '/%00', '*', 'http://h', 'https://h?a', '/a/../'].map(
    (target): [string, () => Buffer] => [
      `the target ${target}`,
      () => request(ce({ ...EVENT, id: `target ${target}` }), '', `POST ${target} HTTP/1.1`),
    ],
  ),
  ['OPTIONS *', () => start('OPTIONS * HTTP/1.1')],
  ['two slashes', () => start('POST // HTTP/1.1')],
  ['a query', () => request(ce({ ...EVENT, id: 'same-8' }), '', 'POST /?a[b]=1 HTTP/1.1')],
  ...['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'].map((method): [string, () => Buffer] => [
    `the method ${method}`,
    () => start(`${method} / HTTP/1.1`),
  ]),
  ['HTTP/1.0', () => request(ce({ ...EVENT, id: 'same-9' }), '', 'POST / HTTP/1.0')],
])('both hosts answer the same to %s', async (_title, build) => {
  const bytes = build();
  const expected = await answerOf(image, bytes);
  expect(expected.status).toBeTypeOf('number');
  expect(withoutVolatile(await answerOf(framework, bytes))).toEqual(withoutVolatile(expected));
});

/** A message may name the clock of the process. */
function withoutVolatile({ status, body }: { status: number | undefined; body: unknown }): object {
  return { status, body: JSON.parse(JSON.stringify(body).replaceAll(/this clock's \S+Z/g, 'this clock')) as unknown };
}

const DOCUMENT = readFileSync(path.join(ROOT, 'docs/events.md'), 'utf8');

it.each<[row: string, bytes: () => Buffer, image: number, framework: number | 'the connection is closed']>([
  ['headers of 16 to 80 KiB', () => binary({ ...EVENT, id: 'row-1' }, ['ce-baggage', 'x'.repeat(40_000)]), 200, 431],
  ['headers over 80 KiB', () => binary(EVENT, ['x-large', 'x'.repeat(100_000)]), 400, 431],
  ['what is not HTTP', () => Buffer.from('hello\r\n\r\n'), 400, 400],
  ['CONNECT', () => start('CONNECT a:80 HTTP/1.1'), 400, 'the connection is closed'],
  [
    'HTTP/1.1 without Host',
    () => Buffer.from('POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
    400,
    400,
  ],
  [
    'an unknown expectation (`Expect`)',
    () => binary({ ...EVENT, id: 'row-2' }, ['Expect', 'the-unexpected']),
    200,
    417,
  ],
])('where the framework leaves no choice, %s, the document says so', async (row, build, onImage, onFramework) => {
  const bytes = build();
  const answers = [await answerOf(image, bytes), await answerOf(framework, bytes)];
  expect(answers.map(({ status = 'the connection is closed' }) => status)).toEqual([onImage, onFramework]);
  expect(answers[0]?.body).not.toEqual(answers[1]?.body);
  expect(DOCUMENT).toContain(`| ${row} | ${onImage} | ${onFramework}`);
});
