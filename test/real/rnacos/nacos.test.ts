import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeNacosSuite } from '../../support/nacos-suite.ts';
import { HOSTS } from '../functions.ts';
import { cli, furnishNacos, json, startReader, TASKS, tickOf, type NacosEnv } from '../nacos-env.ts';
import { valuesOf } from '../part.ts';
import { CREDENTIALS, part, USER } from './part.ts';

const DONE = { statuses: [200], outcome: 'done' };

const WAYS = [
  { name: 'auth off', server: 'open', user: undefined, env: {} },
  { name: 'auth on', server: 'secured', user: USER, env: CREDENTIALS },
] as const;

describe.each(WAYS)('$name', ({ server, user, env }) => {
  let testEnv: NacosEnv;
  let serverAddr: string;
  beforeAll(async () => {
    serverAddr = valuesOf(part)[server];
    testEnv = await furnishNacos(serverAddr, user);
  });
  afterAll(() => testEnv.close());
  const settings = () => ({ DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: serverAddr, ...env });

  for (const host of HOSTS) {
    it.each(TASKS)(`%s is done on the ${host} host`, async (task) => {
      expect(await tickOf(task, await startReader(task, serverAddr, env, host))).toMatchObject(DONE);
    });
  }

  it('full-order is done by API v1, the only one that r-nacos has for clients', async () => {
    const fn = await startReader('full-order', serverAddr, { ...env, NACOS_API: 'v1' });
    expect(await tickOf('full-order', fn)).toMatchObject(DONE);
  });

  it.each(TASKS)('doctor finds nothing wrong for %s', async (task) => {
    const ended = await cli(['doctor', task, '--json'], { env: settings() });
    const failed = (json(ended) as { state: string }[]).filter(({ state }) => state === 'fail');
    expect([ended.status, failed]).toEqual([0, []]);
  });

  it('bi-cron run is done', async () => {
    const { status, stdout } = await cli(['run', 'increment-order', '--json'], { env: settings() });
    expect([status, stdout]).toEqual([0, expect.stringContaining('"done"')]);
  });

  it('a change is seen by the next run of a warm process', async () => {
    const fn = await startReader('goods-onsale', serverAddr, env);
    expect(await tickOf('goods-onsale', fn)).toMatchObject(DONE);
    await testEnv.publish('bi-cron-dev.yaml', 'env: dev\ntasks: { goods-onsale: { paused: "moving" } }\n');
    expect(await tickOf('goods-onsale', fn)).toMatchObject({ statuses: [200], outcome: 'skipped', reason: 'paused' });
    await testEnv.publish('bi-cron-dev.yaml', 'env: dev\n');
    expect(await tickOf('goods-onsale', fn)).toMatchObject(DONE);
  });
});

// without auth, since the npm SDK cannot log in at r-nacos
describeNacosSuite('it', () =>
  Promise.resolve({ access: { serverAddr: valuesOf(part).open }, stop: () => Promise.resolve() }),
);

it('auth off, credentials set all the same: done', async () => {
  const { open: serverAddr } = valuesOf(part);
  const testEnv = await furnishNacos(serverAddr);
  const fn = await startReader('full-order', serverAddr, CREDENTIALS);
  const result = await tickOf('full-order', fn);
  await testEnv.close();
  expect(result).toMatchObject(DONE);
});

it.each([
  ['a wrong password', { ...CREDENTIALS, NACOS_PASSWORD: 'wr0ng' }],
  ['an unknown user', { ...CREDENTIALS, NACOS_USERNAME: 'nobody' }],
  ['no credentials', {}],
])('auth on, %s: 422 once, and no password is shown', async (_what, env) => {
  const fn = await startReader('full-order', valuesOf(part).secured, env);
  const result = await tickOf('full-order', fn);
  expect(result).toMatchObject({ statuses: [422], outcome: 'rejected', reason: 'config' });
  expect(result.message).not.toContain(USER.password);
  expect(fn.output()).not.toContain(USER.password);
});
