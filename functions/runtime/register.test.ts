import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestEnv } from '../../test/support/serve-function.ts';
import { manualHeaders, send, sendManual } from '../../test/support/http.ts';
import { unary } from './grpc/rpc.ts';
import { register } from './register.ts';
import type { Task } from './task.ts';

const task: Task = {
  name: 'registered',
  backend: 'bi-api-leke',
  rpc: unary('bi/leke/v1/goods.proto', 'bi.leke.v1.GoodsService/TaobaoItemsOnsale'),
  safeToRepeat: true,
  options: {},
  request: () => ({ shopIds: ['100001'], pageSize: 40 }),
  check: () => [],
  summarise: () => ({ rows: 1 }),
};

test("a registered task is served by the Functions Framework's own server, by its name", async () => {
  const { env, backend } = await startTestEnv();
  for (const [name, value] of Object.entries({ ...env, LOG_LEVEL: 'silent' })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const fn = await register(task);
  onTestFinished(() => fn.close());
  const server = getTestServer('registered').listen(0);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string

  expect(await sendManual(port, 'm1')).toMatchObject({
    status: 200,
    body: { data: { runKey: 'registered@manual:m1' } },
  });
  const withData = { headers: { ...manualHeaders('m2'), 'content-type': 'application/json' }, body: '{"pageSize":5}' };
  expect((await send(port, withData)).status).toBe(200);
  expect(backend.calls.all()[1]?.request).toMatchObject({ pageSize: 5 });
  const broken = { headers: { ...withData.headers, 'ce-id': 'm3' }, body: '{"pageSize":"five"}' };
  expect(await send(port, broken)).toMatchObject({ status: 400, body: { field: 'data.pageSize' } });
  expect((await send(port, {}, '/elsewhere')).status).toBe(400);
});
