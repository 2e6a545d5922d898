import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBackend } from './backend-control.ts';
import type { Control } from './control-port.ts';
import { HOSTS, layOutTls, resultOf, startRealEnv, TEST_TLS, waitUntil, type RealEnv } from './functions.ts';

const LONGER_THAN_AGE_MS = 4000;

/** What a connection can do to a call, on one real gRPC library. */
export function describeConnections(control: () => Control): void {
  describe.each(HOSTS)('on the %s host', (host) => {
    let fullOrder: RealEnv; // may not be repeated
    let inventory: RealEnv; // the same, and its reply holds text of any length
    let tls: ReturnType<typeof layOutTls>;
    beforeAll(async () => {
      tls = layOutTls();
      [fullOrder, inventory] = await Promise.all([
        startRealEnv('full-order', host),
        startRealEnv('inventory-fetch', host),
      ]);
    });
    afterAll(async () => {
      await Promise.all([fullOrder.close(), inventory.close()]);
      tls.remove();
    });
    beforeEach(() => {
      for (const testEnv of [fullOrder, inventory]) testEnv.configure('');
    });

    it('a deadline is sent, and the handler sees the cancellation when it is over: unknown, one run', async () => {
      const backend = await startBackend(control());
      await backend.script({ Hang: true });
      fullOrder.pointTo(backend.port);
      fullOrder.configure('tasks: { full-order: { timeout: 700ms } }\n');
      const result = resultOf(await fullOrder.tick());
      expect(result).toEqual({ statuses: [500], outcome: 'unknown', reason: 'deadline' });
      await waitUntil(async () => expect(await backend.runs()).toMatchObject([{ deadline: true, cancelled: true }]));
    });

    it('a maximum connection age that lets calls end costs nothing: done, done, a run each', async () => {
      const backend = await startBackend(control(), { MaxConnectionAgeMs: 500, MaxConnectionAgeGraceMs: 60_000 });
      await backend.script({ DelayMs: LONGER_THAN_AGE_MS, Times: 1 });
      fullOrder.pointTo(backend.port);
      expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
      expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
      expect(await backend.runs()).toHaveLength(2);
    });

    it('a maximum connection age that breaks a call off is unknown, one run', async () => {
      const backend = await startBackend(control(), { MaxConnectionAgeMs: 500, MaxConnectionAgeGraceMs: 200 });
      await backend.script({ DelayMs: LONGER_THAN_AGE_MS });
      fullOrder.pointTo(backend.port);
      const result = resultOf(await fullOrder.tick());
      expect([result, (await backend.runs()).length]).toEqual([
        { statuses: [500], outcome: 'unknown', reason: 'backend' },
        1,
      ]);
    });

    it('a server that allows a ping in five minutes has nothing against our long call: done, one run', async () => {
      const backend = await startBackend(control(), { KeepaliveMinTimeMs: 300_000 });
      await backend.script({ DelayMs: LONGER_THAN_AGE_MS });
      fullOrder.pointTo(backend.port);
      expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
      expect(await backend.runs()).toHaveLength(1);
    });

    it('GOAWAY in mid-call lets it end, and the next tick goes to the other instance: done, done', async () => {
      const [leaving, staying] = [await startBackend(control()), await startBackend(control())];
      await leaving.script({ DelayMs: 1000 });
      fullOrder.pointTo(leaving.port);
      const first = fullOrder.tick();
      await waitUntil(async () => expect(await leaving.runs()).toHaveLength(1));
      await leaving.stop('graceful');
      expect(resultOf(await first).statuses).toEqual([200]);
      fullOrder.pointTo(leaving.port, staying.port);
      expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
      expect([(await leaving.runs()).length, (await staying.runs()).length]).toEqual([1, 1]);
    });

    it('a server that is stopped in mid-call leaves the run unknown, one run', async () => {
      const backend = await startBackend(control());
      await backend.script({ Hang: true });
      fullOrder.pointTo(backend.port);
      const tick = fullOrder.tick();
      await waitUntil(async () => expect(await backend.runs()).toHaveLength(1));
      await backend.stop('at once');
      const result = resultOf(await tick);
      expect([result.statuses, result.outcome]).toEqual([[500], 'unknown']);
      expect(await backend.runs()).toHaveLength(1);
    });

    it('nobody listens where Nacos says: unavailable, instance, and no run', async () => {
      const backend = await startBackend(control());
      await backend.stop('at once');
      fullOrder.pointTo(backend.port);
      expect(resultOf(await fullOrder.tick())).toEqual({
        statuses: Array(6).fill(503),
        outcome: 'unavailable',
        reason: 'instance',
      });
    });

    it('a reply over the limit of 4 MiB is unknown, one run', async () => {
      const backend = await startBackend(control());
      await backend.script({ Reply: { jobId: 'x'.repeat(5 * 1024 * 1024) } });
      inventory.pointTo(backend.port);
      expect(resultOf(await inventory.tick())).toEqual({ statuses: [500], outcome: 'unknown', reason: 'backend' });
      expect(await backend.runs()).toHaveLength(1);
    });

    it("a request over the server's limit is not repeated, and no run", async () => {
      const backend = await startBackend(control(), { MaxReceiveBytes: 64 });
      inventory.pointTo(backend.port);
      const skuIds = Array.from({ length: 100 }, (_, index) => `sku-${index}`);
      expect(resultOf(await inventory.tick(undefined, { skuIds })).statuses).toHaveLength(1);
      expect(await backend.runs()).toEqual([]);
    });

    describe('by TLS', () => {
      const { ca: ClientCa, serverCert: Cert, serverKey: Key } = TEST_TLS;
      const section = (keys: string): string => `grpc: { bi-api-leke: { tls: { ${keys} } } }\n`;
      const file = (name: string): string => `${tls.folder}/${name}`;

      it('with ALPN h2: done, one run', async () => {
        const backend = await startBackend(control(), { TLS: { Cert, Key } });
        fullOrder.pointTo(backend.port);
        fullOrder.configure(section(`mode: tls, ca: ${file('ca')}`));
        expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
        expect(await backend.runs()).toMatchObject([{ alpn: 'h2', client: '' }]);
      });

      it('with a certificate of ours: done, one run, and the server knows our name', async () => {
        const backend = await startBackend(control(), { TLS: { Cert, Key, ClientCa } });
        fullOrder.pointTo(backend.port);
        fullOrder.configure(
          section(`mode: mtls, ca: ${file('ca')}, cert: ${file('clientCert')}, key: ${file('clientKey')}`),
        );
        expect(resultOf(await fullOrder.tick()).statuses).toEqual([200]);
        expect(await backend.runs()).toMatchObject([{ alpn: 'h2', client: expect.stringMatching(/./) }]);
      });

      it.each([
        [
          'a server that wants a certificate of ours gets none',
          { Cert, Key, ClientCa },
          () => `mode: tls, ca: ${file('ca')}`,
        ],
        ['an authority that nobody trusts', { Cert, Key }, () => 'mode: tls'],
        ['a server without TLS', undefined, () => `mode: tls, ca: ${file('ca')}`],
        ['a server with TLS that is spoken to without', { Cert, Key }, () => 'mode: insecure'],
      ])('%s: unavailable, and no run', async (_what, TLS, keys) => {
        const backend = await startBackend(control(), TLS === undefined ? {} : { TLS });
        fullOrder.pointTo(backend.port);
        fullOrder.configure(section(keys()));
        const result = resultOf(await fullOrder.tick());
        expect([result.statuses, result.outcome]).toEqual([Array(6).fill(503), 'unavailable']);
        expect(await backend.runs()).toEqual([]);
      });
    });
  });
}
