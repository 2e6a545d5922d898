import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBootstrap } from '../../functions/runtime/env.ts';
import { listTasks } from '../project.ts';
import { lint } from './lint.ts';
import { loadTickReaders } from './tick-reader.ts';
import { listAt, mapAt, textAt, titleOf, valueAt, type Manifest } from './manifest.ts';
import { containerPath } from './manifest-set.ts';
import { parseManifests } from './read-manifests.ts';

const run = promisify(execFile);
const KNATIVE = join(import.meta.dirname, '../../knative');
const TASKS = listTasks();
const CONTEXT = { tasks: TASKS, readers: await loadTickReaders(), now: new Date('2026-11-22T00:00:00Z') };

/** Why the overlays cannot be rendered on this machine; undefined when they can. */
async function whyNot(): Promise<string | undefined> {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '--output=json']);
    const version = textAt(JSON.parse(stdout), ['kustomizeVersion']) ?? 'unknown';
    return /^v[5-9]\./.test(version) ? undefined : `kubectl has kustomize ${version}, not 5`;
  } catch {
    return 'there is no kubectl';
  }
}

/** An API server that knows the kinds of an overlay and holds no object. */
async function startDiscovery(): Promise<{ url: string; close: () => void }> {
  const kind = (name: string, namespaced: boolean) => ({
    name: `${name.toLowerCase()}s`,
    singularName: '',
    namespaced,
    kind: name,
    verbs: ['get', 'create', 'patch'],
  });
  const groups = [
    ['serving.knative.dev', 'Service'],
    ['sources.knative.dev', 'PingSource'],
  ] as const;
  const answers: Record<string, object> = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/api/v1': {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [kind('Namespace', false), kind('ConfigMap', true)],
    },
    '/apis': {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map(([name]) => {
        const version = { groupVersion: `${name}/v1`, version: 'v1' };
        return { name, versions: [version], preferredVersion: version };
      }),
    },
    ...Object.fromEntries(
      groups.map(([name, of]) => [
        `/apis/${name}/v1`,
        { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${name}/v1`, resources: [kind(of, true)] },
      ]),
    ),
  };
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url.split('?')[0] ?? ''];
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? status));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

const reason = await whyNot();
const mustNotSkip = process.env['CI_FORBID_SKIPS'] === '1';
const skips = reason !== undefined && !mustNotSkip;

describe.skipIf(skips)(`kubectl kustomize${skips ? ` (skipped: ${reason})` : ''}`, () => {
  let knative = '';
  beforeEach(async () => {
    knative = join(await mkdtemp(join(tmpdir(), 'bi-cron-knative-')), 'knative');
    await cp(KNATIVE, knative, { recursive: true });
  });
  afterEach(() => rm(join(knative, '..'), { recursive: true }));

  async function render(overlay: string): Promise<readonly Manifest[]> {
    const { stdout } = await run('kubectl', ['kustomize', join(knative, 'overlays', overlay)]);
    const { manifests, findings } = parseManifests(stdout, overlay);
    expect(findings).toEqual([]);
    return manifests;
  }

  async function edit(overlay: string, change: (text: string) => string): Promise<void> {
    const file = join(knative, 'overlays', overlay, 'kustomization.yaml');
    const before = await readFile(file, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    await writeFile(file, after);
  }

  /** What the README says: take the comment signs away. */
  const withComponents =
    (...names: readonly string[]) =>
    (text: string) =>
      text
        .replace('# components:', `components:\n${names.map((name) => `  - ../../components/${name}\n`).join('')}`)
        .replaceAll(/^#   - .*\n/gm, '');

  it.each([
    ['dev', 'bi-cron-dev', 'dev.local/bi-cron:dev'],
    ['prod', 'bi-cron', 'registry.example.com/bi/bi-cron:0.1.0'],
  ])(
    '%s lints clean, in its namespace, with its image and a ConfigMap that names the environment',
    async (overlay, namespace, image) => {
      const manifests = await render(overlay);
      expect(lint(manifests, CONTEXT)).toEqual([]);
      expect(new Set(manifests.filter(({ kind }) => kind !== 'Namespace').map((each) => each.namespace))).toEqual(
        new Set([namespace]),
      );
      const services = manifests.filter(({ kind }) => kind === 'Service');
      expect(services.map((service) => textAt(service.body, [...containerPath(service), 'image']))).toEqual(
        TASKS.map(() => image),
      );
      const configMap = manifests.find(({ kind }) => kind === 'ConfigMap');
      expect(valueAt(configMap?.body, ['data', 'DEPLOY_ENV'])).toBe(overlay);
      expect(configMap?.name).toMatch(/^bi-cron-nacos-[a-z0-9]+$/);
    },
  );

  it('puts the ConfigMap before the Services and those before the PingSources', async () => {
    const kinds = (await render('prod')).map(({ kind }) => kind);
    expect(kinds).toEqual(['Namespace', 'ConfigMap', ...TASKS.map(() => 'Service'), ...TASKS.map(() => 'PingSource')]);
  });

  it('a changed nacos.env changes the template of every Service', async () => {
    const templates = async (): Promise<unknown[]> =>
      (await render('dev'))
        .filter(({ kind }) => kind === 'Service')
        .map(({ body }) => valueAt(body, ['spec', 'template']));
    const before = await templates();
    const file = join(knative, 'overlays/dev/nacos.env');
    await writeFile(file, (await readFile(file, 'utf8')).replace('LOG_LEVEL=debug', 'LOG_LEVEL=info'));
    const after = await templates();
    expect(after.filter((template, index) => JSON.stringify(template) === JSON.stringify(before[index]))).toEqual([]);
    expect(after).toHaveLength(TASKS.length);
  });

  it('the broker component sends every tick through the Broker, filtered by the source in its namespace', async () => {
    await edit('dev', withComponents('broker'));
    const manifests = await render('dev');
    expect(lint(manifests, CONTEXT)).toEqual([]);
    const sinks = manifests
      .filter(({ kind }) => kind === 'PingSource')
      .map(({ body }) => textAt(body, ['spec', 'sink', 'ref', 'kind']));
    expect(sinks).toEqual(TASKS.map(() => 'Broker'));
    const trigger = manifests.find((manifest) => titleOf(manifest) === 'Trigger goods-onsale');
    expect(textAt(trigger?.body, ['spec', 'filter', 'attributes', 'source'])).toBe(
      '/apis/v1/namespaces/bi-cron-dev/pingsources/goods-onsale',
    );
  });

  it('all components together lint clean, and the JobSink has the ConfigMap and the image of the overlay', async () => {
    await edit('dev', withComponents('broker', 'job/job-sink', 'network-policy'));
    const manifests = await render('dev');
    expect(lint(manifests, CONTEXT)).toEqual([]);
    const jobSink = manifests.find(({ kind }) => kind === 'JobSink');
    const configMaps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ name }) => name);
    const container = ['spec', 'job', 'spec', 'template', 'spec', 'containers', 0];
    expect(configMaps).toContain(textAt(jobSink?.body, [...container, 'envFrom', 0, 'configMapRef', 'name']));
    expect(textAt(jobSink?.body, [...container, 'image'])).toBe('dev.local/bi-cron:dev');
    expect(manifests.filter(({ kind }) => kind === 'NetworkPolicy')).toHaveLength(3);
  });

  it.each([
    ['dev', 'bi-cron-dev', ['auth', 'auth/ping-source', 'network-policy'], 'PingSource', ['spec', 'sink', 'audience']],
    ['prod', 'bi-cron', ['auth', 'broker', 'auth/trigger'], 'Trigger', ['spec', 'subscriber', 'audience']],
  ] as const)(
    'in %s the auth component lets in the namespace %s with a token, which each sender brings',
    async (overlay, namespace, components, sender, path) => {
      await edit(overlay, withComponents(...components));
      const manifests = await render(overlay);
      expect(lint(manifests, CONTEXT)).toEqual([]);
      const functions = manifests.filter(({ kind, name }) => kind === 'Service' && TASKS.includes(name));
      const settings = functions.map((service) => readBootstrap(environmentOf(service, manifests)).callers);
      expect(settings).toEqual(
        TASKS.map(() => ({
          auth: 'token',
          issuer: 'https://kubernetes.default.svc.cluster.local',
          keys: undefined, // of the ConfigMap bi-cron-issuer, which is not rendered
          keysUrl: undefined,
          audience: 'bi-cron',
          subjects: [`system:serviceaccount:${namespace}:*`],
          ca: undefined,
          caFile: undefined,
          tokenFile: undefined,
        })),
      );
      for (const service of functions) {
        const env = listAt(service.body, [...containerPath(service), 'env']);
        expect(env).toContainEqual({
          name: 'CALLER_JWKS',
          valueFrom: { configMapKeyRef: { name: 'bi-cron-issuer', key: 'jwks' } },
        });
        expect(valueAt(service.body, ['spec', 'template', 'spec', 'volumes'])).toBeUndefined(); // a volume costs a cold start 260 ms
      }
      const audiences = manifests.filter(({ kind }) => kind === sender).map(({ body }) => valueAt(body, path));
      expect(audiences).toEqual(TASKS.map(() => 'bi-cron'));
    },
  );

  /** What a container of this Service gets: the ConfigMap, and its own variables over it. */
  function environmentOf(service: Manifest, manifests: readonly Manifest[]): Record<string, string> {
    const configMap = manifests.find(({ kind, name }) => kind === 'ConfigMap' && name.startsWith('bi-cron-nacos-'));
    const own = listAt(service.body, [...containerPath(service), 'env']).map((entry) => [
      textAt(entry, ['name']) ?? '',
      textAt(entry, ['value']) ?? '',
    ]);
    return { ...(mapAt(configMap?.body, ['data']) as Record<string, string>), ...Object.fromEntries(own) }; // a ConfigMap holds texts
  }

  it.each(['dev', 'prod'])(
    'kubectl apply -k of %s says nothing but what it applies, Services before PingSources',
    async (overlay) => {
      const api = await startDiscovery();
      const target = ['--server', api.url, '--dry-run=client', '--validate=false', '--output=name'];
      const env = { PATH: process.env['PATH'] ?? '', HOME: knative, KUBECONFIG: '/dev/null' };
      const { stdout, stderr } = await run('kubectl', ['apply', '-k', join(knative, 'overlays', overlay), ...target], {
        env,
      });
      api.close();
      expect(stderr).toBe('');
      const kinds = stdout
        .trim()
        .split('\n')
        .map((name) => name.split('/')[0]);
      const [service, source] = ['service.serving.knative.dev', 'pingsource.sources.knative.dev'];
      expect(kinds).toEqual(['namespace', 'configmap', ...TASKS.map(() => service), ...TASKS.map(() => source)]);
    },
  );

  it('components/nacos-dev is the Nacos that overlays/dev reads, and what it needs is published there', async () => {
    const { stdout } = await run('kubectl', ['kustomize', join(knative, 'components/nacos-dev')]);
    const { manifests, findings } = parseManifests(stdout, 'nacos-dev');
    expect(findings).toEqual([]);
    const configMap = (await render('dev')).find(({ kind }) => kind === 'ConfigMap');
    const settings = mapAt(configMap?.body, ['data']);
    const [host, port] = String(settings['NACOS_SERVER_ADDR']).split(':');
    const server = manifests.find(({ kind }) => kind === 'Service');
    expect(host).toBe(`${server?.name}.${server?.namespace}.svc.cluster.local`);
    expect(listAt(server?.body, ['spec', 'ports']).map((entry) => valueAt(entry, ['port']))).toContain(Number(port));
    for (const name of ['Job documents', 'Deployment backends']) {
      const body = manifests.find((manifest) => titleOf(manifest) === name)?.body;
      const env = listAt(body, ['spec', 'template', 'spec', 'containers', 0, 'env']);
      const valueOf = (variable: string): unknown =>
        valueAt(
          env.find((entry) => textAt(entry, ['name']) === variable),
          ['value'],
        );
      expect([name, valueOf('NACOS_NAMESPACE'), valueOf('NACOS_GROUP'), valueOf('NACOS_SERVER_ADDR')]).toEqual([
        name,
        settings['NACOS_NAMESPACE'],
        settings['NACOS_GROUP'],
        `${server?.name}:${port}`,
      ]);
    }
  });

  it('the CronJobs stand in the place of the base on a cluster without Knative', async () => {
    await edit('prod', (text) => text.replace('../../base', '../../components/job/cron-job'));
    const manifests = await render('prod');
    expect(lint(manifests, CONTEXT)).toEqual([]);
    expect(new Set(manifests.map(({ kind }) => kind))).toEqual(new Set(['Namespace', 'ConfigMap', 'CronJob']));
  });
});
