import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli, furnishNacos, json, startReader, tickOf, type NacosEnv } from '../nacos-env.ts';
import { valuesOf } from '../part.ts';
import { CREDENTIALS, USER } from '../rnacos/part.ts';
import { part } from './part.ts';

const DONE = { statuses: [200], outcome: 'done' };

let environments: NacosEnv[];
beforeAll(async () => {
  const { open, secured } = valuesOf(part);
  environments = [await furnishNacos(open), await furnishNacos(secured, USER)];
});
afterAll(() => Promise.all(environments.map((testEnv) => testEnv.close())));

it('auth off: done', async () => {
  expect(await tickOf('full-order', await startReader('full-order', valuesOf(part).open))).toMatchObject(DONE);
});

it('auth on: done, cold and warm', async () => {
  const fn = await startReader('full-order', valuesOf(part).secured, CREDENTIALS);
  expect([await tickOf('full-order', fn), await tickOf('full-order', fn)]).toMatchObject([DONE, DONE]);
});

it('auth on: doctor finds nothing wrong', async () => {
  const env = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: valuesOf(part).secured, ...CREDENTIALS };
  const ended = await cli(['doctor', 'full-order', '--json'], { env });
  const failed = (json(ended) as { state: string }[]).filter(({ state }) => state === 'fail');
  expect([ended.status, failed]).toEqual([0, []]);
});

it('auth on, a wrong password: 422 once', async () => {
  const env = { ...CREDENTIALS, NACOS_PASSWORD: 'wr0ng' };
  const result = await tickOf('full-order', await startReader('full-order', valuesOf(part).secured, env));
  expect(result).toMatchObject({ statuses: [422], outcome: 'rejected', reason: 'config' });
});
