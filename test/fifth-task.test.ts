import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildApp } from '../tools/build/build.ts';
import { startGeneric } from '../tools/stack/backends/start-backend.ts';
import { startFunction, type HostKind } from '../tools/stack/function-process.ts';
import { startNacosServer } from '../tools/stack/nacos/server.ts';
import { createPingSource } from '../tools/stack/senders/ping-source.ts';
import { listTasks, ROOT } from '../tools/project.ts';

const FILES = {
  'protos/bi/made_in_a_test/v1/refund.proto': `
    syntax = "proto3";
    package bi.made_in_a_test.v1;
    import "bi/cron/v1/run.proto";
    service RefundService { rpc SyncRefunds(SyncRefundsRequest) returns (SyncRefundsReply); }
    message SyncRefundsRequest { bi.cron.v1.RunContext run = 1; bi.cron.v1.Window window = 2; repeated string states = 3; }
    message SyncRefundsReply { int64 refunds = 1; }`,
  'functions/made-in-a-test/index.ts': `
    import { register } from '../runtime/register.ts';
    import { task } from './task.ts';
    export default register(task);`,
  'functions/made-in-a-test/task.ts': `
    import { unary } from '../runtime/grpc/rpc.ts';
    import { durationOr } from '../runtime/options.ts';
    import { defineTask } from '../runtime/task.ts';
    export const task = defineTask({
      name: 'made-in-a-test',
      backend: 'bi-api-made-in-a-test',
      rpc: unary('bi/made_in_a_test/v1/refund.proto', 'bi.made_in_a_test.v1.RefundService/SyncRefunds'),
      safeToRepeat: true,
      window: { max: '7d' },
      options: { lookback: durationOr('1h') },
      request: () => ({}),
      check: () => [],
      summarise: ({ refunds }) => ({ rows: Number(refunds) }),
    });`,
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'fifth-task-'));
  for (const entry of ['functions', 'protos', 'package.json', 'tsconfig.json']) {
    cpSync(path.join(ROOT, entry), path.join(root, entry), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('is found by walking the folder', () => {
  expect(listTasks(root)).toEqual([...listTasks(), 'made-in-a-test'].toSorted());
});

it.each<HostKind>(['image', 'framework'])(
  'a folder and a proto make a fifth task that runs on the %s host',
  async (host) => {
    const appDir = path.join(root, 'dist/app');
    await buildApp({ root, outDir: appDir });
    const nacos = await startNacosServer();
    const backend = await startGeneric({
      protoFile: 'bi/made_in_a_test/v1/refund.proto',
      service: 'bi.made_in_a_test.v1.RefundService',
      name: 'bi-api-made-in-a-test',
      includeDirs: [path.join(root, 'protos')],
      handlers: { SyncRefunds: () => ({ refunds: 7 }) },
    });
    nacos.services.register({ serviceName: 'bi-api-made-in-a-test', ip: '127.0.0.1', port: backend.port });
    nacos.configs.publish(
      'bi-cron.yaml',
      'env: dev\ngrpc: { bi-api-made-in-a-test: { service: bi-api-made-in-a-test } }\n',
    );
    const env = { DEPLOY_ENV: 'dev', NACOS_SERVER_ADDR: nacos.address };
    const fn = await startFunction({ task: 'made-in-a-test', env, host, root, appDir });
    const data = '{"states":["AGREED"]}';
    const delivery = await createPingSource({
      name: 'made-in-a-test',
      sink: fn.url,
      contentType: 'application/json',
      data,
    }).tick();
    expect(delivery.attempts.map(({ status, body }) => [status, body])).toEqual([
      [200, expect.stringContaining('"rows":7')],
    ]);
    expect(backend.calls.all()).toMatchObject([{ request: { states: ['AGREED'], run: { task: 'made-in-a-test' } } }]);
    await fn.stop();
    await backend.stop();
    await nacos.close();
  },
);
