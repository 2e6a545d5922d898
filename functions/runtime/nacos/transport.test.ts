import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../../../test/support/wait-until.ts';
import type { Fault } from '../../../tools/stack/nacos/faults.ts';
import { serveNacos } from '../../../test/support/nacos-server.ts';
import { Inquiry } from './inquiry.ts';
import { listAll, openNacos, timeoutSignal, readText, serveRaw } from '../../../test/support/nacos-client.ts';

const REF = { dataId: 'a.yaml', group: 'DEFAULT_GROUP' };
const api = 'v1'; // one question is one request

/** So many servers, each with a document that names its number. */
const serveSeveral = (count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const server = await serveNacos();
      server.configs.publish('a.yaml', `n: ${number}`);
      return server;
    }),
  );

const addressesOf = (servers: readonly { address: string }[]): string[] => servers.map(({ address }) => address);
const countsOf = (servers: Awaited<ReturnType<typeof serveSeveral>>): number[] =>
  servers.map(({ requests }) => requests.count());

describe('a single server', () => {
  it.each<[Fault, string]>([
    ['500', 'status 500'],
    ['502', 'status 502'],
    ['reset', 'ECONNRESET'],
    ['half-body', 'ECONNRESET'],
  ])('that fails by %s is asked twice and no more', async (fault, got) => {
    const [server] = await serveSeveral(1);
    await server?.faults.set(fault);
    await expect(readText(openNacos([server?.address ?? ''], { api }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${server?.address}: expected an answer, got ${got}`,
      ending: { outcome: 'unavailable', reason: 'nacos' },
    });
    expect(server?.requests.count()).toBe(2);
  });

  it.each<Fault>(['500', '502', 'reset', 'half-body'])(
    'that fails once by %s answers the second time',
    async (fault) => {
      const [server] = await serveSeveral(1);
      await server?.faults.set(fault, { times: 1 });
      expect(await readText(openNacos([server?.address ?? ''], { api }), REF, timeoutSignal())).toBe('n: 0');
      expect(server?.requests.count()).toBe(2);
    },
  );

  it.each([429, 500, 503, 504])('that answers %d is asked twice', async (status) => {
    let count = 0;
    const address = await serveRaw((_, response) => {
      count += 1;
      response.writeHead(status).end();
    });
    await expect(readText(openNacos([address], { api }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected an answer, got status ${status}`,
    });
    expect(count).toBe(2);
  });

  it.each<Fault>(['401', '403', 'api-absent', '410'])('that answers %s is asked once', async (fault) => {
    const [server] = await serveSeveral(1);
    await server?.faults.set(fault);
    await expect(readText(openNacos([server?.address ?? ''], { api }), REF, timeoutSignal())).rejects.toMatchObject({
      ending: { outcome: 'rejected', reason: 'config' },
    });
    expect(server?.requests.count()).toBe(1);
  });

  it('that is slow is asked once and waited for', async () => {
    const [server] = await serveSeveral(1);
    await server?.faults.set({ slow: 350 });
    expect(await readText(openNacos([server?.address ?? ''], { api }), REF, timeoutSignal())).toBe('n: 0');
    expect(server?.requests.count()).toBe(1);
  });

  it('that closed its idle connection is asked on a new one', async () => {
    const [server] = await serveSeveral(1);
    const nacos = openNacos([server?.address ?? ''], { api });
    await readText(nacos, REF, timeoutSignal());
    await server?.faults.set('down');
    await server?.faults.clear();
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 0');
  });

  it('that sends without end is cut off', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    const address = await serveRaw((_, response) => {
      const send = (): void => void (response.writable && response.write(chunk, send));
      send();
    });
    await expect(readText(openNacos([address], { api }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected document a.yaml of group DEFAULT_GROUP of at most 1 MiB, got more than 1048576 bytes`,
      ending: { outcome: 'rejected', reason: 'config' },
    });
  });

  it('that speaks no HTTP is unavailable', async () => {
    const address = await serveRaw((request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await expect(readText(openNacos([address], { api }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${address}: expected an answer, got HPE_INVALID_CONSTANT`,
      ending: { outcome: 'unavailable', reason: 'nacos' },
    });
  });
});

describe('of several servers', () => {
  it.each<Fault>(['hang', '500', 'reset', 'half-body', { slow: 5000 }])(
    'the second is asked when the first has the fault %j, and stays the first to be asked',
    async (fault) => {
      const servers = await serveSeveral(2);
      await servers[0]?.faults.set(fault);
      const nacos = openNacos(addressesOf(servers), { api });
      expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
      expect(countsOf(servers)).toEqual([1, 1]);
      expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 1');
      expect(countsOf(servers)).toEqual([1, 2]);
    },
  );

  it('the second is asked when the first refuses connections', async () => {
    const servers = await serveSeveral(2);
    await servers[0]?.faults.set('down');
    expect(await readText(openNacos(addressesOf(servers), { api }), REF, timeoutSignal())).toBe('n: 1');
    expect(countsOf(servers)).toEqual([0, 1]);
  });

  it('the second is asked, too, when the first answers that there is no document: it may lag behind', async () => {
    const servers = await serveSeveral(2);
    servers[0]?.configs.remove('a.yaml');
    expect(await readText(openNacos(addressesOf(servers), { api }), REF)).toBe('n: 1');
    expect(countsOf(servers)).toEqual([1, 1]);
  });

  it('the second is asked, too, when the first lists no instance', async () => {
    const servers = await serveSeveral(2);
    servers[1]?.services.register({ serviceName: 'svc', ip: '10.0.0.1', port: 9000 });
    const ref = { service: 'svc', group: 'DEFAULT_GROUP', cluster: undefined };
    expect(await listAll(openNacos(addressesOf(servers), { api }), ref)).toMatchObject([{ port: 9000 }]);
    expect(countsOf(servers)).toEqual([1, 1]);
  });

  it('two say so together that there is no document, and each was asked once', async () => {
    const servers = await serveSeveral(3);
    for (const { configs } of servers) configs.remove('a.yaml');
    const said = await openNacos(addressesOf(servers), { api }).readDocument(REF, new Inquiry(timeoutSignal()));
    expect(said).toEqual({ value: undefined, by: ` at ${servers[0]?.address} and ${servers[1]?.address}` });
    expect(countsOf(servers)).toEqual([1, 1, 0]);
  });

  it.each<Fault>(['down', '500', 'hang', '403', 'garbage'])(
    'the first decides alone that there is no document when the second has the fault %s',
    async (fault) => {
      const servers = await serveSeveral(2);
      servers[0]?.configs.remove('a.yaml');
      await servers[1]?.faults.set(fault);
      const said = await openNacos(addressesOf(servers), { api }).readDocument(REF, new Inquiry(timeoutSignal()));
      expect(said).toEqual({ value: undefined, by: ` at ${servers[0]?.address}` });
    },
  );

  it('the one that hangs is asked once by each of two reads, though the first of them moves on before the other', async () => {
    const servers = await serveSeveral(2);
    await servers[0]?.faults.set('hang');
    const nacos = openNacos(addressesOf(servers), { api });
    const first = readText(nacos, REF, timeoutSignal());
    await waitUntil(() => expect(servers[0]?.requests.count()).toBe(1));
    await pause(50); // the second read must hedge after the first has its answer
    const second = readText(nacos, REF, timeoutSignal());
    expect(await Promise.all([first, second])).toEqual(['n: 1', 'n: 1']);
    expect(countsOf(servers)).toEqual([2, 2]);
  });

  it('all that are down are named, and two are asked', async () => {
    const servers = await serveSeveral(3);
    await Promise.all(servers.map(({ faults }) => faults.set('500')));
    await expect(readText(openNacos(addressesOf(servers), { api }), REF, timeoutSignal())).rejects.toMatchObject({
      message: `Nacos at ${addressesOf(servers).join(', ')}: expected an answer, got status 500`,
      ending: { outcome: 'unavailable', reason: 'nacos' },
    });
    expect(countsOf(servers)).toEqual([1, 1, 0]);
  });

  it('the third is asked by the next read when two are down', async () => {
    const servers = await serveSeveral(3);
    await servers[0]?.faults.set('down');
    await servers[1]?.faults.set('down');
    const nacos = openNacos(addressesOf(servers), { api });
    await expect(readText(nacos, REF, timeoutSignal())).rejects.toThrow('got ECONNREFUSED');
    expect(await readText(nacos, REF, timeoutSignal())).toBe('n: 2');
  });

  it('all that hang end with the signal', async () => {
    const servers = await serveSeveral(3);
    await Promise.all(servers.map(({ faults }) => faults.set('hang')));
    const given = new AbortController();
    const asked = readText(openNacos(addressesOf(servers), { api }), REF, given.signal);
    await waitUntil(() => expect(countsOf(servers)).toEqual([1, 1, 0]));
    given.abort();
    await expect(asked).rejects.toMatchObject({
      message: `Nacos at ${addressesOf(servers).join(', ')}: expected an answer, got none in time`,
    });
    expect(countsOf(servers)).toEqual([1, 1, 0]);
  });
});
