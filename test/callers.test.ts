import { describe, expect, it, onTestFinished } from 'vitest';
import { AUDIENCE, openIssuer, SUBJECT } from './support/issuer.ts';
import { startFunction, type HostKind } from '../tools/stack/function-process.ts';
import { startStack } from '../tools/stack/stack.ts';
import { APP_DIR } from './support/app-dir.ts';

const EVENT = {
  'ce-specversion': '1.0',
  'ce-id': 'm1',
  'ce-source': '/people/lin',
  'ce-type': 'bi.cron.run.requested',
};

/** A function process on an embedded stack, with these variables beside the stack's own. */
async function open(host: HostKind, env: Record<string, string>) {
  const stack = await startStack();
  onTestFinished(() => stack.close());
  const fn = await startFunction({ task: 'goods-onsale', host, appDir: APP_DIR, env: { ...stack.env, ...env } });
  onTestFinished(async () => void (await fn.stop()));
  return fn;
}

const statusOf = async (url: string, headers: Record<string, string>): Promise<number> =>
  (await fetch(url, { method: 'POST', headers: { ...EVENT, ...headers } })).status;

describe.each<HostKind>(['image', 'framework'])('on the %s host', (host) => {
  it('CALLER_AUTH token lets the bearer of a token in, and the log line says who it was', async () => {
    const issuer = await openIssuer();
    const fn = await open(host, {
      K_SERVICE: 'goods-onsale',
      CALLER_AUTH: 'token',
      CALLER_ISSUER: issuer.url,
      CALLER_AUDIENCE: AUDIENCE,
      CALLER_SUBJECTS: 'system:serviceaccount:bi-cron:*',
    });
    const token = await issuer.token();
    expect(await statusOf(fn.url, {})).toBe(401);
    expect(await statusOf(fn.url, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await fn.stop()).toBe(0);
    expect(fn.runs()).toMatchObject([
      { outcome: 'rejected', reason: 'unauthenticated', status: 401, field: 'authorization' },
      { outcome: 'done', status: 200, subject: SUBJECT },
    ]);
    expect(fn.runs()[0]).not.toHaveProperty('subject');
    expect(fn.output()).not.toContain(token.split('.')[2]);
  });

  it('CALLER_AUTH off is warned of once, beside the run lines', async () => {
    const fn = await open(host, { K_SERVICE: 'goods-onsale', CALLER_AUTH: 'off' });
    expect(await statusOf(fn.url, {})).toBe(200);
    expect(await statusOf(fn.url, { 'ce-id': 'm2' })).toBe(200);
    await fn.stop();
    const told = fn.runs().filter(({ level }) => level === 'warn');
    expect(told).toMatchObject([{ msg: 'CALLER_AUTH is off: every caller that reaches this port may start runs' }]);
    expect(fn.runs()).toHaveLength(3);
  });
});

it.each(['K_SERVICE', 'KUBERNETES_SERVICE_HOST'])(
  'a process with %s and without CALLER_AUTH ends before it listens',
  async (name) => {
    await expect(open('image', { [name]: 'x' })).rejects.toThrow(
      `CALLER_AUTH: expected "token" or "off", because ${name} is set, got nothing`,
    );
  },
);
