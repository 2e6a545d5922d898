import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askAgain,
  normalise,
  readExchanges,
  recordedUsers,
  type Exchange,
  type Outcome,
} from '../../../test/support/nacos-exchanges.ts';
import { startNacosServer, type NacosServer, type NacosServerOptions } from './server.ts';
import type { NacosVersion } from './versions.ts';

const PARTS = ['status', 'contentType', 'headers', 'body'] as const satisfies (keyof Outcome)[];

type Part = (typeof PARTS)[number];

interface Deviation {
  readonly version: NacosVersion | 'both';
  /** Names of exchanges, each once a version. */
  readonly names: readonly string[];
  /** The only parts in which the answers may, and do, differ. */
  readonly parts: readonly Part[];
  readonly reason: string;
}

/** Where the embedded server does not answer as the real one did. */
const deviations: readonly Deviation[] = [
  {
    version: 'both',
    names: ['v1 publish 11 MiB query'],
    parts: ['status', 'contentType', 'body'],
    reason: 'no answer was recorded: the recorder could not send the whole body',
  },
  { version: 'both', names: ['health /'], parts: ['body'], reason: "the looks of the servlet container's own page" },
  {
    version: 'both',
    names: ['health /nacos/'],
    parts: ['status', 'contentType', 'body'],
    reason: 'the page of a console, which the embedded server does not have',
  },
  {
    version: '2.5.1',
    names: ['health /nacos/v1/console/server/state'],
    parts: ['body'],
    reason: 'settings of parts that the embedded server does not have; version, mode and auth are there',
  },
  {
    version: '3.0.3',
    names: ['health /nacos/v3/admin/core/state'],
    parts: ['body'],
    reason: 'settings of parts that the embedded server does not have; version, mode and auth are there',
  },
  {
    version: 'both',
    names: ['v1 beat garbage'],
    parts: ['body'],
    reason: "the words of Java's JSON parser about a body that is cut short",
  },
  {
    version: '3.0.3',
    names: ['auth nacos: v3 config', 'auth reader: v3 config'],
    parts: ['body'],
    reason: 'encryptedDataKey is null for a document that was there at the start, and empty for one published since',
  },
];

const permissions = {
  '2.5.1': { reader: { ':*:*': 'r' }, nobody: {}, minimal: { 'other:DEFAULT_GROUP:config/bi-cron.yaml': 'r' } },
  '3.0.3': { reader: { 'public:*:*': 'r' }, nobody: {}, minimal: { 'other:DEFAULT_GROUP:config/bi-cron.yaml': 'r' } },
} as const;

/** The servers of the recording, by auth and switch. */
function optionsOf({ server, request }: Exchange, version: NacosVersion): NacosServerOptions {
  const isGuarded = request.auth !== undefined;
  const auth = { users: recordedUsers, permissions: permissions[version], client: isGuarded };
  return { version, auth, v1Gone: server === 'nacos.core.api.compatibility.client.enabled=false' };
}

function keyOf({ server = 'as installed', request }: Exchange): string {
  return `${request.auth === undefined ? 'without auth for clients' : 'with auth'}, ${server}`;
}

describe.each(['2.5.1', '3.0.3'] as const)('the embedded server as %s', (version) => {
  const exchanges = readExchanges(version);
  const rows = deviations.filter((row) => row.version === version || row.version === 'both');

  it('deviates only where the list says so, by names that exist', () => {
    const names = new Set(exchanges.map(({ name }) => name));
    const listed = rows.flatMap((row) => row.names);
    expect(listed.filter((name) => !names.has(name))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });

  describe.each([...Map.groupBy(exchanges, keyOf)])('%s', (_, asked) => {
    let server: NacosServer;
    const tokens = new Map<string, string>([['garbage', 'garbage']]);

    beforeAll(async () => {
      const [first] = asked;
      if (first === undefined) throw new Error('no exchange in this group');
      server = await startNacosServer(optionsOf(first, version));
      const document = exchanges.find(({ name }) => name === 'auth nacos: v1 config');
      server.configs.publish('bi-cron.yaml', document?.body ?? '', { type: 'yaml' });
      for (const [username, password] of Object.entries(recordedUsers)) {
        const body = new URLSearchParams({ username, password });
        const reply = await fetch(`${server.url}/nacos/v1/auth/login`, { method: 'POST', body });
        if (reply.status === 200) tokens.set(username, ((await reply.json()) as { accessToken: string }).accessToken); // oxlint-disable-line typescript/no-unsafe-type-assertion -- the shape of a login's answer
      }
      if (first.server?.endsWith('DOWN') === true) await server.faults.set('naming-down');
    });

    afterAll(() => server.close());

    it.each(asked.map((exchange) => [exchange.name, exchange] as const))('%s', async (name, exchange) => {
      const recorded = normalise(exchange);
      const token = tokens.get(exchange.request.auth?.split(':').at(-1) ?? '');
      const answer = await askAgain(server.url, exchange, token);
      const headers = Object.fromEntries(
        Object.keys(recorded.headers ?? {}).map((key) => [key, answer.headers?.[key]]),
      );
      const given = { ...answer, headers };
      const allowed = rows.find((row) => row.names.includes(name))?.parts ?? [];
      const excused = Object.fromEntries(allowed.map((part) => [part, recorded[part]]));
      expect({ ...given, ...excused }).toEqual(recorded);
      expect(PARTS.filter((part) => !isDeepStrictEqual(given[part], recorded[part]))).toEqual(allowed);
    });
  });
});
