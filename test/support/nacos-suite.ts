import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createConfigClient,
  createNamingClient,
  type ConfigClient,
  type NamingClient,
  type SdkOptions,
} from '../../tools/stack/nacos/sdk.ts';

/** A Nacos to be tried, from when it is started until it is stopped. */
export interface StartedNacos {
  readonly access: Omit<SdkOptions, 'onError'>;
  readonly stop: () => Promise<void>;
}

// Against a real server a change may take a moment until it can be read.
const soon = { timeout: 10_000, interval: 50 };

/** What the npm SDK finds on whatever calls itself Nacos: the embedded server and real ones answer the same. */
export function describeNacosSuite(name: string, start: () => Promise<StartedNacos>): void {
  describe(`the npm SDK against ${name}`, () => {
    const run = randomUUID().slice(0, 8);
    const service = `suite-${run}`;
    const errors: Error[] = [];
    let configs: ConfigClient;
    let naming: NamingClient;
    let stop: () => Promise<void>;

    beforeAll(async () => {
      const target = await start();
      const options = { ...target.access, onError: (error: Error): void => void errors.push(error) };
      stop = target.stop;
      configs = createConfigClient(options);
      naming = await createNamingClient(options);
    });

    afterAll(async () => {
      configs.close();
      await naming.close();
      await stop();
    });

    it.concurrent('reads what was published, byte for byte', async () => {
      const dataId = `${run}-read.yaml`;
      const content = 'env: dev\nname: "淘宝 +%26&=\t"\nempty: \n';
      await configs.publish(dataId, content, { type: 'yaml' });
      await vi.waitFor(async () => expect(await configs.read(dataId)).toBe(content), soon);
      await configs.remove(dataId);
    });

    it.concurrent('finds nothing where nothing was published, and nothing after a removal', async () => {
      const dataId = `${run}-removed.yaml`;
      expect(await configs.read(dataId)).toBeUndefined();
      await configs.publish(dataId, 'a: 1');
      await vi.waitFor(async () => expect(await configs.read(dataId)).toBe('a: 1'), soon);
      await configs.remove(dataId);
      await vi.waitFor(async () => expect(await configs.read(dataId)).toBeUndefined(), soon);
    });

    it.concurrent('keeps groups apart', async () => {
      const dataId = `${run}-grouped.yaml`;
      await configs.publish(dataId, 'group: A', { group: 'A' });
      await vi.waitFor(async () => expect(await configs.read(dataId, 'A')).toBe('group: A'), soon);
      expect(await configs.read(dataId, 'B')).toBeUndefined();
      await configs.remove(dataId, 'A');
    });

    it.concurrent('is notified of a change by the long poll', async () => {
      const dataId = `${run}-listened.yaml`;
      const seen: (string | undefined)[] = [];
      await configs.publish(dataId, 'version: 1');
      await vi.waitFor(async () => expect(await configs.read(dataId)).toBe('version: 1'), soon);
      const unsubscribe = configs.subscribe(dataId, 'DEFAULT_GROUP', (content) => seen.push(content));
      await vi.waitFor(() => expect(seen).toEqual(['version: 1']), soon);
      await configs.publish(dataId, 'version: 2');
      await vi.waitFor(() => expect(seen).toEqual(['version: 1', 'version: 2']), soon);
      unsubscribe();
      await configs.remove(dataId);
    });

    it.concurrent('lists what was registered, and no longer what was deregistered', async () => {
      const instance = { ip: '10.0.0.1', port: 9000, weight: 2.5, metadata: { gRPC_port: '9001' } };
      const leaving = { ip: '10.0.0.1', port: 9002 };
      await naming.register(service, instance);
      await naming.register(service, leaving);
      await vi.waitFor(async () => expect(await naming.list(service)).toHaveLength(2), soon);
      await naming.deregister(service, leaving);
      await vi.waitFor(async () => {
        expect(await naming.list(service)).toMatchObject([
          { ...instance, healthy: true, enabled: true, ephemeral: true, clusterName: 'DEFAULT' },
        ]);
      }, soon);
      expect(await naming.list(service)).toHaveLength(1);
      await naming.deregister(service, instance);
    });

    it.concurrent('is notified of a second instance by its subscription', async () => {
      const subscribed = `${service}-subscribed`;
      const ports: number[][] = [];
      const first = { ip: '10.0.0.2', port: 1 };
      const second = { ip: '10.0.0.2', port: 2 };
      await naming.register(subscribed, first);
      await vi.waitFor(async () => expect(await naming.list(subscribed)).toHaveLength(1), soon);
      const unsubscribe = naming.subscribe(subscribed, (instances) => ports.push(instances.map(({ port }) => port)));
      await vi.waitFor(() => expect(ports.at(-1)).toEqual([1]), soon);
      await naming.register(subscribed, second);
      await vi.waitFor(() => expect(ports.at(-1)?.toSorted()).toEqual([1, 2]), { timeout: 15_000, interval: 50 });
      unsubscribe();
      await naming.deregister(subscribed, first);
      await naming.deregister(subscribed, second);
    });

    it.concurrent('says that the server is up', async () => {
      expect(await naming.isServerUp()).toBe(true);
    });

    it('had no error in the background', () => {
      expect(errors).toEqual([]);
    });
  });
}
