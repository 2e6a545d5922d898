import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../part.ts';
import { PROGRAMS, startClient, within, type ClientProcess } from './client-process.ts';
import { part } from './part.ts';

const GROUP = 'DEFAULT_GROUP';
const HERE = { ip: '127.0.0.1', port: 1, weight: 2.5 };

/** The journeys of clients.test.ts once more: a difference between the two servers is written down here. */
describe.each(Object.entries(PROGRAMS))('r-nacos, %s', (name, { isHttp = false }) => {
  const goneMs = isHttp ? 60_000 : 10_000; // 31 s after the last heartbeat
  const { built, rnacosPort } = valuesOf(part);
  const id = name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  const place = { dataId: `${id}.yaml`, group: GROUP };
  const service = { service: id, group: GROUP };
  let client: ClientProcess;
  beforeAll(async () => {
    client = await startClient(name, built, rnacosPort);
  }, 120_000);
  afterAll(() => client.kill());

  it('publishes a document, reads it, and is told of a change', async () => {
    expect(await client.ask('publish', { ...place, content: 'a: 1' })).toBe(true);
    await within(5000, async () => expect(await client.ask('get', place)).toBe('a: 1'));
    await client.ask('listen', place);
    await client.ask('publish', { ...place, content: 'a: 2' });
    await within(20_000, () => expect(client.told('config').at(-1)).toBe('a: 2'));
  });

  it('registers, is listed and told, deregisters, and is gone when it is killed', async () => {
    const listed = { ip: '127.0.0.1', port: 1, weight: 2.5, healthy: true };
    await client.ask('subscribe', service);
    await client.ask('register', { ...service, ...HERE });
    await within(5000, async () => expect(await client.ask('list', service)).toEqual([listed]));
    await within(15_000, () => expect(client.told('instances').at(-1)).toEqual([listed]));
    await client.ask('deregister', { ...service, ...HERE });
    await within(5000, async () => expect(await list()).toEqual([]));
    await client.ask('register', { ...service, ...HERE, port: 2 });
    await within(5000, async () => expect(await list()).toMatchObject([{ port: 2 }]));
    await client.kill();
    const seen: unknown[] = [];
    await within(goneMs, async () => {
      const listed = await list();
      seen.push(...listed.map(({ healthy }) => healthy));
      expect(listed).toEqual([]);
    });
    expect(seen).not.toContain(false); // a difference: Nacos says unhealthy 15 s after the last heartbeat, and forgets after 30 s
  });

  async function list(): Promise<{ port: number; healthy: boolean }[]> {
    const query = new URLSearchParams({ serviceName: id, groupName: GROUP }).toString();
    const answer = await fetch(`http://127.0.0.1:${rnacosPort}/nacos/v1/ns/instance/list?${query}`);
    return ((await answer.json()) as { hosts: { port: number; healthy: boolean }[] }).hosts; // Nacos' format
  }
});
