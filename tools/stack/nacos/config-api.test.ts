import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { call, serveNacos } from '../../../test/support/nacos-server.ts';

const place = { dataId: 'bi-cron.yaml', group: 'DEFAULT_GROUP' };
const v3Place = { dataId: 'bi-cron.yaml', groupName: 'DEFAULT_GROUP' };
const md5 = (content: string): string => createHash('md5').update(content).digest('hex');

describe('v1 configuration', () => {
  it('gives the raw text with its md5 and type', async () => {
    const server = await serveNacos();
    server.configs.publish('bi-cron.yaml', 'env: 开发\n', { type: 'yaml' });
    const { status, text, headers } = await call(server, 'GET /v1/cs/configs', { query: place });
    expect({ status, text }).toEqual({ status: 200, text: 'env: 开发\n' });
    expect(headers.get('content-md5')).toBe(md5('env: 开发\n'));
    expect(headers.get('config-type')).toBe('yaml');
    expect(headers.get('content-type')).toBe('text/plain;charset=UTF-8');
  });

  it('answers 404 with its own text to a missing document', async () => {
    const { status, text } = await call(await serveNacos(), 'GET /v1/cs/configs', { query: place });
    expect({ status, text }).toEqual({ status: 404, text: 'config data not exist\n' });
  });

  it.each(['dataId', 'group'])('answers 400 to a blank %s', async (name) => {
    const { status, text } = await call(await serveNacos(), 'GET /v1/cs/configs', { query: { ...place, [name]: '' } });
    expect({ status, text }).toEqual({ status: 400, text: `caused: invalid ${name} : ;` });
  });

  it('publishes with casMd5 only over the document that was read', async () => {
    const server = await serveNacos();
    const cas = (content: string, casMd5: string) =>
      call(server, 'POST /v1/cs/configs', { form: { ...place, content }, headers: { casMd5 } });
    server.configs.publish('bi-cron.yaml', 'a: 1');
    expect((await cas('a: 2', md5('a: 0'))).status).toBe(500);
    expect((await cas('a: 3', md5('a: 1'))).text).toBe('true');
    expect(server.configs.get('bi-cron.yaml')?.content).toBe('a: 3');
  });

  it.each(['query', 'form'])('publishes and removes by parameters in the %s', async (where) => {
    const server = await serveNacos();
    const published = await call(server, 'POST /v1/cs/configs', {
      [where]: { ...place, content: 'a: 1', type: 'yaml' },
    });
    expect(published.text).toBe('true');
    expect(server.configs.get('bi-cron.yaml')).toMatchObject({ content: 'a: 1', type: 'yaml', md5: md5('a: 1') });
    const removed = await call(server, 'DELETE /v1/cs/configs', { [where]: place });
    expect(removed.text).toBe('true');
    expect(server.configs.list()).toEqual([]);
  });

  it('calls an unknown type text', async () => {
    const server = await serveNacos();
    await call(server, 'POST /v1/cs/configs', { form: { ...place, content: 'a', type: 'word' } });
    expect(server.configs.get('bi-cron.yaml')?.type).toBe('text');
  });

  it.each(['', 'public', 'null', 'PUBLIC'])('reads tenant %j as the public namespace', async (tenant) => {
    const server = await serveNacos();
    server.configs.publish('bi-cron.yaml', 'public: true');
    server.configs.publish('bi-cron.yaml', 'dev: true', { namespace: 'dev' });
    expect((await call(server, 'GET /v1/cs/configs', { query: { ...place, tenant } })).text).toBe('public: true');
    expect((await call(server, 'GET /v1/cs/configs', { query: { ...place, tenant: 'dev' } })).text).toBe('dev: true');
  });
});

describe('the v1 listener', () => {
  const long = { 'Long-Pulling-Timeout': '30000' };
  const plain = (md5: string, tenant = ''): string =>
    `bi-cron.yaml\u0002DEFAULT_GROUP\u0002${md5}${tenant && `\u0002${tenant}`}\u0001`;

  it.each([
    ['raw separators', (value: string) => value],
    ['encoded separators', encodeURIComponent],
  ])('names at once what differs, with %s', async (_, encode) => {
    const server = await serveNacos();
    server.configs.publish('bi-cron.yaml', 'a: 2');
    const form = { 'Listening-Configs': encode(plain(md5('a: 1'))) };
    const { text } = await call(server, 'POST /v1/cs/configs/listener', { form, headers: long });
    expect(text).toBe('bi-cron.yaml%02DEFAULT_GROUP%01\n');
  });

  it('names the tenant where there is one', async () => {
    const server = await serveNacos();
    server.configs.publish('bi-cron.yaml', 'a: 2', { namespace: 'dev' });
    const form = { 'Listening-Configs': plain('', 'dev') };
    const { text } = await call(server, 'POST /v1/cs/configs/listener', { form, headers: long });
    expect(text).toBe('bi-cron.yaml%02DEFAULT_GROUP%02dev%01\n');
  });

  it('holds while nothing differs, and answers when something does', async () => {
    const server = await serveNacos();
    server.configs.publish('bi-cron.yaml', 'a: 1');
    const form = { 'Listening-Configs': plain(md5('a: 1')) };
    const answer = call(server, 'POST /v1/cs/configs/listener', { form, headers: long });
    await vi.waitFor(() => expect(server.requests.count({ path: '/listener' })).toBe(1));
    server.configs.publish('other.yaml', 'b: 1');
    await call(server, 'GET /v1/ns/operator/metrics');
    expect(server.requests.list({ path: '/listener' })[0]?.status).toBeUndefined();
    server.configs.remove('bi-cron.yaml');
    expect((await answer).text).toBe('bi-cron.yaml%02DEFAULT_GROUP%01\n');
  });

  it.each([
    ['after the hold time', { 'Long-Pulling-Timeout': '600' }],
    ['at once to a client that does not hang up', { ...long, 'Long-Pulling-Timeout-No-Hangup': 'true' }],
    ['at once to a short poll', {}],
  ])('answers nothing %s when nothing differs', async (_, headers) => {
    const form = { 'Listening-Configs': plain('') };
    const { status, text } = await call(await serveNacos(), 'POST /v1/cs/configs/listener', { form, headers });
    expect({ status, text }).toEqual({ status: 200, text: '' });
  });

  it.each(['bi-cron.yaml', 'a\u0002b\u0001', 'a\u0002b\u0002c\u0002d\u0002e\u0001', '%zz'])(
    'answers 400 to %j',
    async (value) => {
      const { status, json } = await call(await serveNacos(), 'POST /v1/cs/configs/listener', {
        form: { 'Listening-Configs': value },
      });
      expect({ status, json }).toMatchObject({ status: 400, json: { message: 'caused: invalid probeModify;' } });
    },
  );
});

describe('v3 configuration', () => {
  it('gives the document in the envelope', async () => {
    const server = await serveNacos();
    const { lastModified } = server.configs.publish('bi-cron.yaml', 'env: dev', { type: 'yaml', namespace: 'dev' });
    const { status, json } = await call(server, 'GET /v3/client/cs/config', {
      query: { ...v3Place, namespaceId: 'dev' },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      code: 0,
      message: 'success',
      data: { content: 'env: dev', md5: md5('env: dev'), contentType: 'yaml', encryptedDataKey: '', lastModified },
    });
  });

  it('answers 200 with code 20004 to a missing document', async () => {
    const { status, json } = await call(await serveNacos(), 'GET /v3/client/cs/config', { query: v3Place });
    expect({ status, json }).toEqual({ status: 200, json: { code: 20004, message: 'resource not found', data: null } });
  });

  it('answers 400 to a missing parameter', async () => {
    const { status, text } = await call(await serveNacos(), 'GET /v3/client/cs/config', { query: { dataId: 'a' } });
    expect({ status, text }).toEqual({
      status: 400,
      text: "caused: Required parameter 'groupName' type String is not present;",
    });
  });

  it('publishes and removes by the admin API', async () => {
    const server = await serveNacos();
    const published = await call(server, 'POST /v3/admin/cs/config', { form: { ...v3Place, content: 'a: 1' } });
    expect(published.json).toEqual({ code: 0, message: 'success', data: true });
    expect(server.configs.get('bi-cron.yaml')?.content).toBe('a: 1');
    await call(server, 'DELETE /v3/admin/cs/config', { query: v3Place });
    expect(server.configs.list()).toEqual([]);
  });
});
