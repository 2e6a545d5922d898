import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack, type Stack } from '../../../tools/stack/stack.ts';
import { startReader, tickOf } from '../nacos-env.ts';
import { valuesOf } from '../part.ts';
import { PROGRAMS, startClient, within, type ClientProcess } from './client-process.ts';
import { part } from './part.ts';

const USER = { username: 'backend', password: 'pa55-of-the-backend' };
const PLACE = { dataId: 'theirs.yaml', group: 'DEFAULT_GROUP' };
const SERVICE = { service: 'their-service', group: 'DEFAULT_GROUP' };
const ANY = { serviceName: 'their-service' };
const HERE = { ip: '127.0.0.1', port: 1, weight: 1000 };
const ESTABLISHED_MS = 20_000; // the Go client begins to listen up to 5 s after it was told to

const ACCESSES = [
  ['auth off', undefined],
  ['auth on', USER],
] as const;

describe.each(ACCESSES)('the embedded Nacos, %s', (_access, user) => {
  describe.each(Object.entries(PROGRAMS))('%s', (name, { isHttp = false }) => {
    const toldMs = isHttp ? 15_000 : 1000; // it asks every 10 s
    const goneMs = isHttp ? 20_000 : 5000; // 15 s without a heartbeat
    let stack: Stack;
    let client: ClientProcess;
    beforeAll(async () => {
      const auth = user && { users: { [user.username]: user.password } };
      stack = await startStack({ grpc: true, ...(auth && { auth }) });
      client = await startClient(name, valuesOf(part).built, stack.nacos.port, user && [user.username, user.password]);
    }, 120_000);
    afterAll(async () => {
      await client.kill();
      await stack.close();
    });

    it('publishes a document and reads it', async () => {
      expect(await client.ask('publish', { ...PLACE, content: 'a: 1' })).toBe(true);
      expect(stack.nacos.configs.get(PLACE.dataId)?.content).toBe('a: 1');
      expect(await client.ask('get', PLACE)).toBe('a: 1');
    });

    it('is notified of a change within 1 s, once it listens', async () => {
      await client.ask('listen', PLACE);
      stack.nacos.configs.publish(PLACE.dataId, 'a: 2');
      await within(ESTABLISHED_MS, () => expect(client.told('config').at(-1)).toBe('a: 2'));
      // A change that meets the Go client while it begins to listen again is lost to it until its next round.
      const isTold = async (content: string): Promise<boolean> => {
        await client.ask('publish', { ...PLACE, content });
        const told = within(1000, () => expect(client.told('config').at(-1)).toBe(content));
        return told.then(
          () => true,
          () => false,
        );
      };
      expect((await isTold('a: 3')) || (await isTold('a: 4'))).toBe(true);
    });

    it('registers, is listed and told, and deregisters', async () => {
      await client.ask('subscribe', SERVICE);
      await client.ask('register', { ...SERVICE, ...HERE, weight: 2.5 });
      expect(stack.nacos.services.list(ANY)).toMatchObject([
        { port: 1, weight: 2.5, registeredBy: isHttp ? 'v1' : 'grpc' },
      ]);
      const listed = { ip: '127.0.0.1', port: 1, weight: 2.5, healthy: true };
      expect(await client.ask('list', SERVICE)).toEqual([listed]);
      await within(toldMs, () => expect(client.told('instances').at(-1)).toEqual([listed]));
      stack.nacos.services.register({ ...ANY, ip: '127.0.0.1', port: 2 });
      await within(toldMs, () => expect(client.told('instances').at(-1)).toHaveLength(2));
      await client.ask('deregister', { ...SERVICE, ...HERE });
      expect(stack.nacos.services.list(ANY)).toMatchObject([{ port: 2 }]);
    });

    it(`that is killed is gone within ${goneMs / 1000} s, and a function calls the other instance`, async () => {
      const backend = { serviceName: 'bi-api-leke' };
      await client.ask('register', { ...HERE, service: backend.serviceName, group: SERVICE.group });
      expect(stack.nacos.services.list(backend)).toHaveLength(2);
      expect(client.errors()).not.toMatch(/\bERROR\b|\bException\b|Traceback/);
      await client.kill();
      await within(goneMs, () => {
        const healthy = stack.nacos.services.list(backend).filter((instance) => instance.healthy);
        expect(healthy).toMatchObject([{ port: stack.leke.port }]);
      });
      const credentials = user && { NACOS_USERNAME: user.username, NACOS_PASSWORD: user.password };
      const fn = await startReader('increment-order', stack.nacos.address, credentials);
      expect(await tickOf('increment-order', fn)).toMatchObject({ statuses: [200], outcome: 'done' });
      expect(stack.leke.calls.count()).toBe(1);
    });
  });
});
