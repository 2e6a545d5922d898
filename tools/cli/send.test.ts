import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFunction } from '../../functions/runtime/handle.ts';
import { startHost, type Host } from '../../functions/runtime/host/host.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { loadTask } from '../project.ts';
import { cli, json, startCli } from '../../test/support/cli.ts';
import { startSink } from '../../test/support/recording-sink.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import { listenOnLoopback } from '../stack/free-port.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const TOKEN = [
  { name: 'CALLER_AUTH', value: 'token' },
  { name: 'CALLER_AUDIENCE', value: 'bi-cron' },
];

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

  it('an answer of another task is unknown, and says so', async () => {
    const sink = await startSink(() => ({
      status: 200,
      body: JSON.stringify({ subject: 'increment-order', data: { outcome: 'done' } }),
    }));
    const { status, stdout } = await cli(['send', 'full-order', '--url', sink.url, '--json']);
    expect([status, JSON.parse(stdout)]).toEqual([
      70,
      expect.objectContaining({
        outcome: 'unknown',
        message: 'expected an answer of full-order, got one of increment-order: does the address lead to full-order?',
      }),
    ]);
  });

  it.each([[[]], [['--json']]])('no control character of an answer reaches the terminal %j', async (options) => {
    const nasty = 'a\u001B[2J\u0007b\u009Bc\u202Ed\re\u0000';
    const body = JSON.stringify({ outcome: 'rejected', reason: nasty, message: nasty, runKey: nasty });
    const sink = await startSink((n) => (n === 0 ? { status: 400, body } : { status: 400, body: nasty }));
    for (const _form of ['ours', 'foreign']) {
      const { stdout, stderr } = await cli(['send', 'full-order', '--url', sink.url, ...options]);
      expect(stdout).toContain('\\u001b[2J');
      expect(`${stdout}${stderr}`).not.toMatch(UNPRINTABLE);
    }
  });

  it('reads no more than 1 MiB of an answer', async () => {
    const sink = await startSink(() => ({ status: 200, body: 'x'.repeat(3 * 1024 * 1024) }));
    const { status, stdout } = await cli(['send', 'full-order', '--url', sink.url]);
    expect([status, stdout]).toEqual([70, expect.stringContaining('an answer of more than 1048576 bytes')]);
  });

  it.each([
    ['full-order@2026-11-22T18:45:00Z', []],
    ['full-order@manual:e1', ['--slot', '2026-11-22T18:45:00Z']],
    ['month-end', ['--slot', '2026-11-22T18:45:00Z']],
  ])('--rerun sends the key of the earlier run, %s, and why', async (key, options) => {
    const sink = await startSink(() => ({ status: 200, body: '{"data":{"outcome":"done"}}' }));
    const why = ['--why', 'restarted: 重启'];
    const { status } = await cli(['send', 'full-order', '--url', sink.url, '--rerun', key, ...why, ...options]);
    expect(status).toBe(0);
    expect(JSON.parse(sink.requests[0]?.body ?? '')).toMatchObject({
      type: 'bi.cron.run.requested',
      subject: 'full-order',
      rerunof: key,
      why: 'restarted: 重启',
    });
  });

  it.each([
    [['--rerun', 'goods-onsale@2026-11-22T18:45:00Z', '--why', 'x'], '--rerun: expected a run key of full-order'],
    [['--rerun', 'full-order@2026-11-22T18:45:00Z'], '--why: expected the reason of the re-run, got none'],
    [
      ['--rerun', 'full-order@manual:e1', '--why', 'x'],
      '--slot: expected one, because the run key "full-order@manual:e1"',
    ],
  ])('%j is refused before anything is sent', async (options, why) => {
    const { status, stderr } = await cli(['send', 'full-order', '--url', 'http://127.0.0.1:1/', ...options]);
    expect([status, stderr]).toEqual([64, expect.stringContaining(why)]);
  });

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFF{"shopIds":["100001"]}')],
    ['UTF-16, little-endian', Buffer.from('\uFEFF{"shopIds":["100001"]}', 'utf16le')],
    ['UTF-16, big-endian', Buffer.from('\uFEFF{"shopIds":["100001"]}', 'utf16le').swap16()],
  ])('reads --data @file in %s', async (_encoding, bytes) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'bi-cron-data-'));
    await writeFile(path.join(folder, 'data.json'), bytes);
    const sink = await startSink(() => ({ status: 200, body: '{"data":{"outcome":"done"}}' }));
    await cli(['send', 'full-order', '--url', sink.url, '--data', `@${path.join(folder, 'data.json')}`]);
    await rm(folder, { recursive: true });
    expect(JSON.parse(sink.requests[0]?.body ?? '')).toMatchObject({ data: { shopIds: ['100001'] } });
  });

  it('exits 75 where nobody listens', async () => {
    const { status, stdout } = await cli(['send', 'goods-onsale', '--url', 'http://127.0.0.1:1/']);
    expect([status, stdout]).toEqual([75, expect.stringContaining('ECONNREFUSED')]);
  });
});

const KUBECTL = `#!/bin/sh
echo "$@" >> "$KUBECTL_LOG"
case "$*" in
  *"services.serving.knative.dev"*) cat "$SERVICE" ;;
  *"configmaps callers"*) echo '{"data":{"AUDIENCE":"from-a-map"}}' ;;
  *"secrets callers"*) echo '{"data":{"CALLER_AUDIENCE":"ZnJvbS1hLXNlY3JldA=="}}' ;;
  *"secrets forbidden"*) echo "Error from server (Forbidden): secrets is forbidden" >&2; exit 1 ;;
  *"get services goods-onsale"*) echo "<html>a proxy</html>" ;;
  *"get services"*) echo '{"spec":{"type":"ExternalName","externalName":"kourier-internal.kourier-system.svc.cluster.local"}}' ;;
  *"create token"*) echo the.jwt.token ;;
  *port-forward*) echo $$ > "$KUBECTL_LOG.pid"; echo "Forwarding from 127.0.0.1:$INGRESS_PORT -> 8081"; exec sleep 60 ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;

describe('send without a URL', () => {
  let folder: string;
  let ingress: Server;
  let env: Record<string, string>;
  let holds = false;
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
        const data = { outcome: 'done', runKey: 'k', summary: { rows: 3 } };
        if (!holds) response.end(JSON.stringify({ specversion: '1.0', subject: 'full-order', data }));
      });
    });
    const port = await listenOnLoopback(ingress);
    env = {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      KUBECTL_LOG: path.join(folder, 'log'),
      INGRESS_PORT: String(port),
      SERVICE: path.join(folder, 'service.json'),
    };
    await serve({ env: TOKEN });
  });
  beforeEach(async () => {
    arrived.length = 0;
    holds = false;
    await rm(path.join(folder, 'log'), { force: true });
  });
  afterAll(async () => {
    ingress.closeAllConnections();
    ingress.close();
    await rm(folder, { recursive: true });
  });

  /** What kubectl tells of the Service; `container` is what matters of its container. */
  async function serve(container: object, url: unknown = 'http://full-order.shop.svc.cluster.local'): Promise<void> {
    const spec = { template: { spec: { containers: [container] } } };
    const service = { metadata: { namespace: 'shop' }, spec, status: { address: { url } } };
    await writeFile(path.join(folder, 'service.json'), JSON.stringify(service));
  }
  const asked = async () => (await readFile(path.join(folder, 'log'), 'utf8')).trim().split('\n');

  it('finds the Service by kubectl, forwards to the ingress behind it, and brings the token that the function asks for', async () => {
    const { status, stdout, stderr } = await cli(['send', 'full-order', '-n', 'shop', '--context', 'kind'], { env });
    expect([status, stdout]).toEqual([0, expect.stringContaining('rows 3')]);
    expect(stderr).toContain(' as system:serviceaccount:shop:default, audience bi-cron\n');
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
    expect(await asked()).toEqual([
      '--context kind --namespace shop get services.serving.knative.dev full-order --output json',
      '--context kind --namespace shop get services full-order --output json',
      '--context kind --namespace shop create token default --audience bi-cron',
      '--context kind --namespace kourier-system port-forward service/kourier-internal :80',
    ]);
  });

  const ON = { name: 'CALLER_AUTH', value: 'token' };
  it.each<[string, object, readonly string[], string | undefined]>([
    ['no token where the function asks for none', { env: [{ name: 'CALLER_AUTH', value: 'off' }] }, [], undefined],
    [
      'one for an audience of a key of a ConfigMap',
      { env: [ON, { name: 'CALLER_AUDIENCE', valueFrom: { configMapKeyRef: { name: 'callers', key: 'AUDIENCE' } } }] },
      [],
      'from-a-map',
    ],
    [
      'one for an audience of a ConfigMap under a prefix',
      { env: [ON], envFrom: [{ prefix: 'CALLER_', configMapRef: { name: 'callers' } }] },
      [],
      'from-a-map',
    ],
    [
      'one for an audience of a Secret',
      { env: [ON], envFrom: [{ secretRef: { name: 'callers' } }] },
      [],
      'from-a-secret',
    ],
    [
      'one for --audience',
      { env: [ON], envFrom: [{ secretRef: { name: 'forbidden' } }] },
      ['--audience', 'mine'],
      'mine',
    ],
    ['one of another service account', { env: TOKEN }, ['--service-account', 'ops'], 'bi-cron'],
  ])('brings %s', async (_what, container, options, audience) => {
    await serve(container);
    const { status } = await cli(['send', 'full-order', '-n', 'shop', ...options], { env });
    expect(status).toBe(0);
    const made = (await asked()).filter((line) => line.includes('create token'));
    const account = options.includes('ops') ? 'ops' : 'default';
    expect(made).toEqual(
      audience === undefined ? [] : [`--namespace shop create token ${account} --audience ${audience}`],
    );
    expect(arrived[0]?.headers.authorization).toBe(audience === undefined ? undefined : 'Bearer the.jwt.token');
  });

  it('asks for --audience where the function wants a token and nobody may read for what', async () => {
    await serve({ env: [ON], envFrom: [{ secretRef: { name: 'forbidden' } }] });
    const { status, stderr } = await cli(['send', 'full-order', '-n', 'shop'], { env });
    expect([status, stderr]).toEqual([75, expect.stringContaining('give --audience or --token')]);
  });

  it('a Ctrl-C does not reach the port-forward, which ends with the command', async () => {
    await serve({ env: [] });
    holds = true;
    const { child, ended } = startCli(['send', 'full-order', '-n', 'shop'], { env });
    await waitUntil(() => expect(arrived).toHaveLength(1));
    const pid = Number(await readFile(path.join(folder, 'log.pid'), 'utf8'));
    expect(groupOf(pid)).toBe(pid);
    child.kill('SIGINT');
    expect((await ended).status).toBe(130);
    await waitUntil(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });

  it.each(['SIGHUP', 'SIGTERM'] as const)('%s ends the port-forward as well', async (signal) => {
    await serve({ env: [] });
    holds = true;
    const { child, ended } = startCli(['send', 'full-order', '-n', 'shop'], { env });
    await waitUntil(() => expect(arrived).toHaveLength(1));
    const pid = Number(await readFile(path.join(folder, 'log.pid'), 'utf8'));
    child.kill(signal);
    await ended;
    await waitUntil(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });

  it("exits 75 with kubectl's own words when there is no such Service, whatever they are made of", async () => {
    const { status, stderr } = await cli(['send', 'goods-onsale', '-n', 'shop'], {
      env: { ...env, SERVICE: '/nonexistent/\u001B[2J\u202E' },
    });
    expect([status, stderr]).toEqual([75, expect.stringMatching(/kubectl: .*\/nonexistent\/.*No such file/)]);
    expect(stderr).not.toMatch(UNPRINTABLE);
  });

  it('exits 75 when kubectl gives something else than JSON, in words', async () => {
    await serve({ env: [] });
    const { status, stderr } = await cli(['send', 'goods-onsale', '-n', 'shop'], { env });
    expect([status, stderr]).toEqual([
      75,
      'bi-cron: kubectl get services goods-onsale: expected JSON, got "<html>a proxy</html>\\n"\n',
    ]);
  });

  it('exits 75 without kubectl and names the other way', async () => {
    const { status, stderr } = await cli(['send', 'full-order'], { env: { PATH: '/nonexistent' } });
    expect([status, stderr]).toEqual([
      75,
      expect.stringContaining('kubectl: expected it on the PATH, got none; or give --url'),
    ]);
  });
});

/** The process group of a process (Linux). */
function groupOf(pid: number): number {
  const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(group);
}
