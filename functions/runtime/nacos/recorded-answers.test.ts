import { describe, expect, it } from 'vitest';
import { listAll, openNacos, readText } from '../../../test/support/nacos-client.ts';
import { readExchanges, recordedUsers, type Exchange } from '../../../test/support/nacos-exchanges.ts';
import { serveExchanges } from '../../../test/support/recorded-nacos.ts';
import type { NacosVersion } from '../../../tools/stack/nacos/versions.ts';

const REC = { dataId: 'rec.yaml', group: 'DEFAULT_GROUP' };
const OURS = { dataId: 'bi-cron.yaml', group: 'DEFAULT_GROUP' };
const SERVICE = { service: 'rec-svc', group: 'DEFAULT_GROUP', cluster: undefined };
/** A server that refused is asked again at once. */
const SOON = { againMs: 10 };
const CONFIG = { ending: { outcome: 'rejected', reason: 'config' } };
const NACOS = { username: 'nacos', password: recordedUsers.nacos };

/** The exchanges of these names, each of which must exist. */
function exchangesOf(version: NacosVersion, ...names: readonly string[]): readonly Exchange[] {
  return names.map((name) => exchangeOf(version, name));
}

function exchangeOf(version: NacosVersion, name: string): Exchange {
  const found = readExchanges(version).find((exchange) => exchange.name === name);
  if (found === undefined) throw new Error(`expected an exchange ${JSON.stringify(name)} of ${version}`);
  return found;
}

const STATES = {
  '2.5.1': 'health /nacos/v1/console/server/state',
  '3.0.3': 'health /nacos/v3/admin/core/state',
} as const;

/** The state was recorded of servers without auth for clients; with it 2.5.1 says so. */
function stateWithAuthOn(version: NacosVersion): Exchange {
  const state = exchangeOf(version, STATES[version]);
  return { ...state, body: state.body.replace('"auth_enabled":"false"', '"auth_enabled":"true"') };
}

const LOGINS = { v1: '/nacos/v1/auth/login', v3: '/nacos/v3/auth/user/login' } as const;
const BOTH_APIS = [
  ['2.5.1', 'v1'],
  ['3.0.3', 'v1'],
  ['3.0.3', 'v3'],
] as const;

describe.each(BOTH_APIS)('Nacos %s over %s', (version, api) => {
  it('gives a document and the instances of a service', async () => {
    const { address } = await serveExchanges(exchangesOf(version, `${api} config get`, `${api} list`));
    const nacos = openNacos([address], { api, namespace: 'rec' });
    expect(await readText(nacos, REC)).toMatch(/^a: [13]\n$/);
    expect(await listAll(nacos, SERVICE)).toContainEqual(
      expect.objectContaining({ ip: '127.0.0.1', healthy: true, enabled: true }),
    );
  });

  it('gives a document to a user', async () => {
    const exchanges = exchangesOf(version, `login ${LOGINS[api]} good`, `auth nacos: ${api} config`);
    const { address, asked } = await serveExchanges(exchanges);
    const nacos = openNacos([address], { api, credentials: NACOS });
    expect(await readText(nacos, OURS)).toContain('full-order');
    expect(asked).toHaveLength(2);
  });

  it('refuses a document to who does not log in: rejected: config', async () => {
    const { address } = await serveExchanges(exchangesOf(version, `auth none: ${api} config`));
    await expect(readText(openNacos([address], { api }), OURS)).rejects.toMatchObject(CONFIG);
  });
});

it('2.5.1 is found to speak v1', async () => {
  const names = Object.values(LOGINS).map((path) => `login ${path} good`);
  const exchanges = exchangesOf('2.5.1', ...names, 'auth nacos: v1 config', 'auth nacos: v3 config');
  const { address } = await serveExchanges(exchanges);
  expect(await readText(openNacos([address], { credentials: NACOS }), OURS)).toContain('full-order');
});

describe('a login that is refused', () => {
  const read = async (version: NacosVersion, api: 'v1' | 'v3', what: string): Promise<unknown> => {
    const refused = exchangeOf(version, `login ${LOGINS[api]} ${what}`);
    const { username = '', password = '' } = refused.request.form ?? {};
    const gone = version === '3.0.3' ? exchangesOf(version, STATES['2.5.1'], `auth none: ${api} config`) : []; // the state of v1 is 410 there
    const { address } = await serveExchanges([refused, stateWithAuthOn(version), ...gone]);
    return readText(openNacos([address], { api, credentials: { username, password } }, SOON), OURS);
  };

  it.each([
    ['2.5.1', 'v1', 'wrong password'],
    ['3.0.3', 'v3', 'unknown user'],
  ] as const)('by 403 is rejected: config (%s, %s, %s)', async (version, api, what) => {
    await expect(read(version, api, what)).rejects.toMatchObject(CONFIG);
  });

  it.each([
    ['2.5.1', 'v1', 'unknown user'],
    ['3.0.3', 'v3', 'wrong password'],
  ] as const)('by 500 is rejected: config (%s, %s, %s)', async (version, api, what) => {
    await expect(read(version, api, what)).rejects.toMatchObject(CONFIG);
  });

  it.each(['wrong password', 'unknown user'])('by 500 of 3.0.3 over v1 is rejected: config (%s)', async (what) => {
    await expect(read('3.0.3', 'v1', what)).rejects.toMatchObject(CONFIG);
  });
});

it('2.5.1 with auth off gives a document to a user that it does not know', async () => {
  const exchanges = exchangesOf('2.5.1', `login ${LOGINS.v1} unknown user`, STATES['2.5.1'], 'v1 config get');
  const { address } = await serveExchanges(exchanges);
  const credentials = { username: 'nosuch', password: 'x' };
  const nacos = openNacos([address], { api: 'v1', namespace: 'rec', credentials });
  expect(await readText(nacos, REC)).toBe('a: 1\n');
});

describe.each(['v1', 'v3'] as const)('3.0.3 with auth off, whose state says "on" of its admin API, over %s', (api) => {
  it.each(['wrong password', 'unknown user'])('gives a document and instances without a token: %s', async (what) => {
    const refused = exchangeOf('3.0.3', `login ${LOGINS[api]} ${what}`);
    const answers = exchangesOf('3.0.3', STATES['3.0.3'], STATES['2.5.1'], `${api} config get`, `${api} list`);
    const { address, asked } = await serveExchanges([refused, ...answers]);
    const { username = '', password = '' } = refused.request.form ?? {};
    const warnings: string[] = [];
    const options = { ...SOON, warn: (message: string) => warnings.push(message) };
    const nacos = openNacos([address], { api, namespace: 'rec', credentials: { username, password } }, options);
    expect(await readText(nacos, REC)).toMatch(/^a: [13]\n$/);
    expect(await listAll(nacos, SERVICE)).not.toEqual([]);
    expect(warnings).toEqual([`Nacos at ${address}: its authentication is off: going on without NACOS_USERNAME`]);
    expect(asked.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });
});

it('3.0.3 is logged in to once, over v3', async () => {
  const exchanges = exchangesOf('3.0.3', `login ${LOGINS.v3} good`, 'auth nacos: v3 config');
  const { address, asked } = await serveExchanges(exchanges);
  expect(await readText(openNacos([address], { credentials: NACOS }), OURS)).toContain('full-order');
  expect(asked).toEqual([`POST ${LOGINS.v3}`, 'GET /nacos/v3/client/cs/config']);
});

it('2.5.1 gives a document of the public namespace by its name', async () => {
  const exchanges = exchangesOf('2.5.1', 'v1 get tenant=public', 'v1 get tenant= of one published to public');
  const { address } = await serveExchanges(exchanges);
  const nacos = openNacos([address], { api: 'v1', namespace: 'public' });
  expect(await readText(nacos, { ...REC, dataId: 'recpub.yaml' })).toBe('p: 1');
});

it('3.0.3 over v3 lists a service that is named with its group', async () => {
  const { address } = await serveExchanges(exchangesOf('3.0.3', 'v3 list'));
  const nacos = openNacos([address], { api: 'v3', namespace: 'rec' });
  const named = { ...SERVICE, service: 'DEFAULT_GROUP@@rec-svc' };
  expect(await listAll(nacos, named)).toHaveLength(2);
});

it.each(BOTH_APIS)('%s over %s: an illegal data ID is rejected: config', async (version, api) => {
  const { address } = await serveExchanges(exchangesOf(version, `${api} get illegal dataId`));
  const nacos = openNacos([address], { api, namespace: 'rec' });
  await expect(readText(nacos, { ...REC, dataId: 'a b/c?*' })).rejects.toMatchObject(CONFIG);
});

it.fails('a request that was not recorded fails its test', async () => {
  const { address } = await serveExchanges(exchangesOf('3.0.3', 'v3 config get'));
  expect((await fetch(`http://${address}/nacos/v3/client/cs/config?dataId=other.yaml`)).status).toBe(599);
});
