import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionProcess } from '../../tools/stack/function-process.ts';
import { assertFault, type Fault } from './assert-fault.ts';
import { openFront, type NacosFront } from './nacos-front.ts';
import { startPlatform, type Platform } from './platform.ts';
import { launchWarm } from './warm-function.ts';

const DOWN = { ending: 'unavailable: nacos', status: 503, rpcs: 0, nacos: 4 };
const DONE = { ending: 'done: done', status: 200, rpcs: 1, nacos: 4 };
const DOCUMENT = 'env: dev\n';
const MD5 = createHash('md5').update(DOCUMENT).digest('hex');
const HTML = '<!DOCTYPE html><html><body>Please log in: <form></form></body></html>';

/** Bytes of an answer; its length is declared unless the headers are about that. */
function reply(status: string, headers: readonly string[], body: string | Uint8Array = ''): Buffer {
  const isFramed = headers.some((header) => /^(content-length|transfer-encoding):/i.test(header));
  const length = isFramed ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status}`, ...headers, ...length, '', ''].join('\r\n'), 'latin1'),
    Buffer.from(body),
  ]);
}

describe.each([
  {
    api: 'v1',
    document: /cs\/configs\?dataId=bi-cron-dev/,
    text: DOCUMENT,
    page: 'a body without content-md5',
  },
  {
    api: 'v3',
    document: /cs\/config\?dataId=bi-cron-dev/,
    text: JSON.stringify({ code: 0, data: { content: DOCUMENT } }),
    page: 'a body of another form',
  },
])('a Nacos $api whose answer', ({ api, document, text, page }) => {
  let platform: Platform;
  let front: NacosFront;
  let fn: FunctionProcess;
  beforeAll(async () => {
    platform = await startPlatform();
    front = await openFront(platform.nacos.port);
    fn = await launchWarm(platform, { NACOS_API: api, NACOS_SERVER_ADDR: front.address });
  });
  afterAll(async () => {
    await fn.stop();
    front.close();
    await platform.close();
  });

  it.each<[string, Buffer, Omit<Fault, 'title' | 'arrange'>]>([
    ['leads elsewhere', reply('301 Moved', ['Location: http://127.0.0.1:1/']), { ...DOWN, says: 'status 301' }],
    ['has no content', reply('204 No Content', ['Content-Length: 0']), DOWN],
    ['is a part', reply('206 Partial Content', [], text), DOWN],
    ['is a login page', reply('200 OK', ['Content-Type: text/html'], HTML), { ...DOWN, says: page }],
    ['is compressed unasked', reply('200 OK', ['Content-Encoding: gzip'], gzipSync(text)), { ...DOWN, says: 'gzip' }],
    ['ends within a chunk', reply('200 OK', ['Transfer-Encoding: chunked'], '9\r\nenv'), DOWN],
    ['has two lengths', reply('200 OK', ['Content-Length: 9', 'Content-Length: 12'], text), DOWN],
    ['has headers of 40 KiB', reply('200 OK', [`X: ${'x'.repeat(40_000)}`], text), DOWN],
    ['switches protocols', reply('101 Switching Protocols', ['Upgrade: h2c', 'Connection: Upgrade']), DOWN],
    ['is no HTTP', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), DOWN],
    [
      'comes after early hints',
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'), reply('200 OK', [`Content-MD5: ${MD5}`], text)]),
      DONE,
    ],
    [
      'has no length and ends with its connection',
      Buffer.from(`HTTP/1.0 200 OK\r\nContent-MD5: ${MD5}\r\n\r\n${text}`),
      DONE,
    ],
  ])('%s', async (title, bytes, expected) => {
    const arrange = () => front.answer(document, bytes);
    expect(await assertFault({ title, arrange, repair: front.heal, ...expected }, { platform, fn })).toBe(200);
  });

  it('lists the instances of another service: nobody is called', async () => {
    const name = 'DEFAULT_GROUP@@bi-api-other';
    const host = { ip: '127.0.0.1', port: platform.backend.port, weight: 1, healthy: true, enabled: true };
    const hosts = [{ ...host, serviceName: name }];
    const body = JSON.stringify(api === 'v1' ? { name, hosts } : { code: 0, data: hosts });
    const arrange = () => front.answer(/instance\/list/, reply('200 OK', [], body));
    const fault = { title: 'another service', arrange, repair: front.heal, ...DOWN };
    expect(await assertFault(fault, { platform, fn })).toBe(200);
  });

  it('is larger than a document may be: refused by its size, before it is read', async () => {
    const endless = reply('200 OK', ['Content-Length: 999999999'], Buffer.alloc(34 * 1024 * 1024, ' '));
    const arrange = () => front.answer(document, endless);
    const refused = { ending: 'rejected: config', status: 422, rpcs: 0, nacos: 4 };
    const fault = {
      title: 'endless',
      arrange,
      repair: front.heal,
      ...refused,
      says: 'at most 1 MiB, got 999999999 bytes',
    };
    expect(await assertFault(fault, { platform, fn })).toBe(200);
  });
});
