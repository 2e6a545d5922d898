import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFunction } from '../../functions/runtime/handle.ts';
import { startHost, type Host } from '../../functions/runtime/host/host.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { loadTask } from '../project.ts';
import { cli, json } from '../../test/support/cli.ts';

describe('send --url', () => {
  let stack: Stack;
  let host: Host;
  let url: string;
  beforeAll(async () => {
    stack = await startStack();
    host = await startHost(
      await createFunction(await loadTask('goods-onsale'), { ...stack.env, LOG_LEVEL: 'silent' }),
      0,
    );
    url = `http://127.0.0.1:${host.port}/`;
  });
  afterAll(async () => {
    await host.drain();
    await stack.close();
  });

  it('posts a manual event, shows the result to a person, and tells a repeated id from a new one', async () => {
    const args = ['send', 'goods-onsale', '--url', url, '--id', 'e1', '--data', '{"shopIds":["100001"]}'];
    const first = await cli(args);
    expect([first.status, first.stdout]).toEqual([
      0,
      expect.stringMatching(/^goods-onsale done\n.*run key +goods-onsale@manual:e1\n[^]*rows \d+/),
    ]);
    const second = await cli([...args, '--json']);
    expect([second.status, json(second)]).toMatchObject([0, { outcome: 'skipped', reason: 'duplicate' }]);
    expect(stack.leke.calls.all()).toMatchObject([
      { metadata: { 'x-request-id': 'e1' }, request: { shopIds: ['100001'] } },
    ]);
  });

  it('shows the field that was refused and exits 1', async () => {
    const { status, stdout } = await cli(['send', 'goods-onsale', '--url', url, '--data', '{"pageSize":500}']);
    expect([status, stdout]).toEqual([1, expect.stringContaining('data.pageSize: expected 1 to 200, got 500')]);
  });

  it('exits 75 where nobody listens', async () => {
    const { status, stdout } = await cli(['send', 'goods-onsale', '--url', 'http://127.0.0.1:1/']);
    expect([status, stdout]).toEqual([75, expect.stringContaining('ECONNREFUSED')]);
  });
});

const KUBECTL = `#!/bin/sh
echo "$@" >> "$KUBECTL_LOG"
case "$*" in
  *"services.serving.knative.dev full-order"*) echo '{"status":{"address":{"url":"http://full-order.shop.svc.cluster.local","audience":"shop/full-order"}}}' ;;
  *"get services full-order"*) echo '{"spec":{"type":"ExternalName","externalName":"kourier-internal.kourier-system.svc.cluster.local"}}' ;;
  *"create token"*) echo the.jwt.token ;;
  *port-forward*) echo "Forwarding from 127.0.0.1:$INGRESS_PORT -> 8081"; exec sleep 60 ;;
  *) echo "Error from server (NotFound): services.serving.knative.dev not found" >&2; exit 1 ;;
esac
`;

describe('send without a URL', () => {
  let folder: string;
  let ingress: Server;
  let env: Record<string, string>;
  const arrived: { headers: IncomingMessage['headers']; body: string }[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-kubectl-'));
    await writeFile(path.join(folder, 'kubectl'), KUBECTL);
    await chmod(path.join(folder, 'kubectl'), 0o755);
    ingress = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        arrived.push({ headers: request.headers, body });
        response.end(
          JSON.stringify({ specversion: '1.0', data: { outcome: 'done', runKey: 'k', summary: { rows: 3 } } }),
        );
      });
    });
    await new Promise<void>((resolve) => {
      ingress.listen(0, '127.0.0.1', resolve);
    });
    const { port } = ingress.address() as AddressInfo; // a TCP server's address is no string
    env = {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      KUBECTL_LOG: path.join(folder, 'log'),
      INGRESS_PORT: String(port),
    };
  });
  afterAll(async () => {
    ingress.close();
    await rm(folder, { recursive: true });
  });

  it('finds the Service by kubectl, forwards to the ingress behind it, and brings the token that its audience asks for', async () => {
    const { status, stdout } = await cli(['send', 'full-order', '-n', 'shop', '--context', 'kind'], { env });
    expect([status, stdout]).toEqual([0, expect.stringContaining('rows 3')]);
    expect(arrived).toMatchObject([
      {
        headers: {
          host: 'full-order.shop.svc.cluster.local',
          authorization: 'Bearer the.jwt.token',
          'content-type': expect.stringContaining('application/cloudevents+json') as unknown,
        },
      },
    ]);
    expect(JSON.parse(arrived[0]?.body ?? '')).toMatchObject({
      specversion: '1.0',
      type: 'bi.cron.run.requested',
      subject: 'full-order',
    });
    expect((await readFile(path.join(folder, 'log'), 'utf8')).trim().split('\n')).toEqual([
      '--context kind --namespace shop get services.serving.knative.dev full-order --output json',
      '--context kind --namespace shop get services full-order --output json',
      '--context kind --namespace shop create token default --audience shop/full-order',
      '--context kind --namespace kourier-system port-forward service/kourier-internal :80',
    ]);
  });

  it("exits 75 with kubectl's own words when there is no such Service", async () => {
    const { status, stderr } = await cli(['send', 'goods-onsale', '-n', 'shop'], {
      env: { ...env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, KUBECTL_LOG: path.join(folder, 'other') },
    });
    expect([status, stderr]).toEqual([75, expect.stringContaining('kubectl: Error from server (NotFound)')]);
  });

  it('exits 75 without kubectl and names the other way', async () => {
    const { status, stderr } = await cli(['send', 'full-order'], { env: { PATH: '/nonexistent' } });
    expect([status, stderr]).toEqual([
      75,
      expect.stringContaining('kubectl: expected it on the PATH, got none; or give --url'),
    ]);
  });
});
