import { fileURLToPath } from 'node:url';
import { credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import { startLeke } from './leke.ts';
import { loadService } from './proto.ts';

const HEALTH = loadService('health.proto', 'grpc.health.v1.Health', [fileURLToPath(new URL('.', import.meta.url))]);

interface HealthClient extends Client {
  check(request: object, done: (error: ServiceError | null, reply?: { status: string }) => void): void;
  watch(request: object): ClientReadableStream<{ status: string }>;
}

let leke: Backend;
let client: HealthClient;

beforeEach(async () => {
  leke = await startLeke();
  const HealthConstructor = makeGenericClientConstructor(HEALTH, 'Health');
  client = new HealthConstructor(leke.address, credentials.createInsecure()) as unknown as HealthClient; // oxlint-disable-line typescript/no-unsafe-type-assertion -- grpc-js types no generic client's methods
});

afterEach(async () => {
  client.close();
  await leke.stop();
});

const check = (service: string) =>
  new Promise((resolve) => {
    client.check({ service }, (error, reply) => resolve(error === null ? reply?.status : error.code));
  });

test('the server and each of its services are SERVING, another one is NOT_FOUND', async () => {
  expect(await check('')).toBe('SERVING');
  expect(await check('bi.leke.v1.GoodsService')).toBe('SERVING');
  expect(await check('bi.leke.v1.OrderService')).toBe('SERVING');
  expect(await check('bi.jushuitan.v1.InventoryService')).toBe(status.NOT_FOUND);
});

test('a fault does not touch the health check, and the call log does not know it', async () => {
  leke.faults.set({ kind: 'status', code: 'UNAVAILABLE' });
  expect(await check('')).toBe('SERVING');
  expect(leke.calls.count()).toBe(0);
});

test('a watch sees SERVING, then NOT_SERVING at stop, and ends', async () => {
  const seen: string[] = [];
  const watch = client.watch({ service: 'bi.leke.v1.OrderService' });
  const first = new Promise((resolve) => watch.once('data', resolve));
  watch.on('data', (reply: { status: string }) => seen.push(reply.status));
  const end = new Promise((resolve) => watch.once('end', resolve));
  await first;
  await leke.stop();
  await end;
  expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
});

test('a watch of an unknown service says SERVICE_UNKNOWN', async () => {
  const watch = client.watch({ service: 'nobody' });
  const [reply] = await new Promise<{ status: string }[]>((resolve) => {
    watch.once('data', (data: { status: string }) => resolve([data]));
  });
  watch.on('error', () => undefined).cancel();
  expect(reply).toEqual({ status: 'SERVICE_UNKNOWN' });
});
