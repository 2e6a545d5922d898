import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunDetail } from './state.ts';
import { answerOf, TestConsole } from '../../test/support/console.ts';

describe('console server, attacked', { timeout: 60_000 }, () => {
  const page = new TestConsole();
  const { cluster } = page;

  beforeAll(() => page.start());
  afterAll(() => page.close());

  it.each(['/', '/app.js', '/style.css', '/theme.js', '/favicon.svg'])(
    'serves %s under a policy without inline script, eval or other hosts',
    async (path) => {
      const response = await page.get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  it('answers neither a rebound name nor a forged change', async () => {
    const status = await new Promise((resolve) => {
      request(page.url, { headers: { host: 'evil.example' } }, (response) => {
        resolve(response.resume().statusCode);
      }).end();
    });
    expect(status).toBe(421);
    const forged = await fetch(new URL('/api/faults/nacos-down', page.url), { method: 'POST', body: '{"isOn":true}' });
    expect(forged.status).toBe(403);
    expect(cluster.faults.list().some(({ isOn }) => isOn)).toBe(false);
  });

  it.each(['//', '//[', '/%', '/api/runs/%E0%A4%A', '/../server.ts', '*', 'http://evil.example/'])(
    'answers the target %s like any other that is not there, and lives on',
    async (target) => {
      const status = await new Promise((resolve, reject) => {
        const options = { port: new URL(page.url).port, host: '127.0.0.1', path: target, agent: false };
        request(options, (response) => resolve(response.resume().statusCode))
          .once('error', reject)
          .end();
      });
      expect(status).toBeOneOf([400, 404]);
      expect((await page.get('/')).status).toBe(200);
    },
  );

  it('shows no secret: neither a token that came with an event nor one in a document', async () => {
    const [url, id] = [cluster.tasks.get('goods-onsale')?.url ?? '', 'with-a-token'];
    await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': id,
        'ce-source': '/people/lin',
        'ce-type': 'bi.cron.run.requested',
        authorization: 'Bearer c2VjcmV0',
        cookie: 'session=c2VjcmV0',
      },
      body: '{}',
    });
    await vi.waitFor(async () => {
      const found = await answerOf<RunDetail>(page.get(`/api/runs/${id}`));
      expect(found.answers[0]?.line).toBeDefined();
    }, 20_000);
    expect(await (await page.get(`/api/runs/${id}`)).text()).not.toContain('c2VjcmV0');
    expect(JSON.stringify(await page.state())).not.toContain('c2VjcmV0');
    const { environment } = await page.state();
    expect(
      Object.keys(environment).filter((name) => !/^(DEPLOY_ENV|NACOS_(SERVER_ADDR|DATA_IDS))$/.test(name)),
    ).toEqual([]);
    expect(environment['NACOS_SERVER_ADDR']).toBe(cluster.platform.nacos.url);
  });
});
