import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeNacosSuite } from '../support/nacos-suite.ts';
import { HOSTS, markOf } from './functions.ts';
import { cli, furnishNacos, json, startReader, TASKS, tickOf, type Credentials, type NacosEnv } from './nacos-env.ts';
import { USER, type Nacoses } from './rnacos/part.ts';

const CREDENTIALS = { NACOS_USERNAME: USER.username, NACOS_PASSWORD: USER.password };
const DONE = { statuses: [200], outcome: 'done' };

interface Access {
  readonly name: string;
  readonly address: (parts: Nacoses) => string;
  readonly user: Credentials | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly fault: string | undefined;
}

/** What functions and tools make of a Nacos of another hand. `authFault`: what keeps us from logging in today. */
export function describeNacos(parts: () => Nacoses, authFault?: string): void {
  const ways: readonly Access[] = [
    { name: 'auth off', address: ({ open }) => open, user: undefined, env: {}, fault: undefined },
    { name: 'auth on', address: ({ secured }) => secured, user: USER, env: CREDENTIALS, fault: authFault },
  ];

  describe.each(ways)('$name', ({ address, user, env, fault }) => {
    const mark = markOf(fault);
    const fails = fault !== undefined;
    let testEnv: NacosEnv;
    let serverAddr: string;
    beforeAll(async () => {
      serverAddr = address(parts());
      testEnv = await furnishNacos(serverAddr, user);
    });
    afterAll(() => testEnv.close());
    const settings = () => ({ DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: serverAddr, ...env });

    for (const host of HOSTS) {
      it.each(TASKS)(`%s is done on the ${host} host${mark}`, { fails }, async (task) => {
        expect(await tickOf(task, await startReader(task, serverAddr, env, host))).toMatchObject(DONE);
      });
    }

    it(`full-order is done by API v1, the only one that r-nacos has for clients${mark}`, { fails }, async () => {
      const fn = await startReader('full-order', serverAddr, { ...env, NACOS_API: 'v1' });
      expect(await tickOf('full-order', fn)).toMatchObject(DONE);
    });

    it.each(TASKS)(`doctor finds nothing wrong for %s${mark}`, { fails }, async (task) => {
      const ended = await cli(['doctor', task, '--json'], { env: settings() });
      const failed = (json(ended) as { state: string }[]).filter(({ state }) => state === 'fail');
      expect([ended.status, failed]).toEqual([0, []]);
    });

    it(`bi-cron run is done${mark}`, { fails }, async () => {
      const { status, stdout } = await cli(['run', 'increment-order', '--json'], { env: settings() });
      expect([status, stdout]).toEqual([0, expect.stringContaining('"done"')]);
    });

    it(`a change is seen by the next run of a warm process${mark}`, { fails }, async () => {
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
    Promise.resolve({ access: { serverAddr: parts().open }, stop: () => Promise.resolve() }),
  );

  it('auth off, credentials set all the same: done', async () => {
    const { open: serverAddr } = parts();
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
  ])('auth on, %s: 422 once, and no password is told', async (_what, env) => {
    const fn = await startReader('full-order', parts().secured, env);
    const result = await tickOf('full-order', fn);
    expect(result).toMatchObject({ statuses: [422], outcome: 'rejected', reason: 'config' });
    expect(result.message).not.toContain(USER.password);
    expect(fn.output()).not.toContain(USER.password);
  });
}
