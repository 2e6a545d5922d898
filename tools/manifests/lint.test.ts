import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listTasks } from '../project.ts';
import { BREAKS_OF_BROKERS } from '../../test/support/manifests/breaks-of-brokers.ts';
import { BREAKS_OF_EVENTS } from '../../test/support/manifests/breaks-of-events.ts';
import { BREAKS_OF_JOBS } from '../../test/support/manifests/breaks-of-jobs.ts';
import { BREAKS_OF_SERVICES } from '../../test/support/manifests/breaks-of-services.ts';
import { BREAKS_OF_WEBHOOKS } from '../../test/support/manifests/breaks-of-webhooks.ts';
import { readScenario, withValue, type Scenario } from '../../test/support/manifests/scenarios.ts';
import { lint, RULES } from './lint.ts';
import { formatPath, titleOf, type Manifest, type Path } from './manifest.ts';
import { parseManifests } from './read-manifests.ts';
import { loadTickReaders } from './tick-reader.ts';

/** The tasks that the broken manifests speak of; the objects of further ones are left out of what is broken. */
const TASKS = ['full-order', 'goods-onsale', 'increment-order', 'inventory-fetch'];
const CONTEXT = { tasks: TASKS, readers: await loadTickReaders(), now: new Date('2026-11-22T00:00:00Z') };
const BREAKS = [
  ...BREAKS_OF_WEBHOOKS,
  ...BREAKS_OF_SERVICES,
  ...BREAKS_OF_EVENTS,
  ...BREAKS_OF_BROKERS,
  ...BREAKS_OF_JOBS,
];
/** Broken below or, what is no object (K001), in read-manifests.test.ts. */
const BROKEN_ELSEWHERE = ['K001', 'K004', 'K013', 'K017'];

async function readOwn(scenario: Scenario): Promise<Manifest[]> {
  const further = new Set(listTasks().filter((name) => !TASKS.includes(name)));
  return (await readScenario(scenario)).filter(({ name }) => !further.has(name));
}

describe('the real manifests', () => {
  it.each<Scenario>(['base', 'broker', 'job-sink', 'cron-job'])('%s has no findings', async (scenario) => {
    expect(lint(await readScenario(scenario), { ...CONTEXT, tasks: listTasks() })).toEqual([]);
  });
});

describe('every rule has a manifest that breaks it', () => {
  it('and none is forgotten', () => {
    const broken = new Set([...BREAKS.map(({ rule }) => rule), ...BROKEN_ELSEWHERE]);
    expect(RULES.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([]);
  });

  it.each(BREAKS)('$rule $object $path = $value: $message', async (entry) => {
    const manifests = await readOwn(entry.scenario ?? 'base');
    const broken = manifests.map((manifest) =>
      titleOf(manifest) === entry.object ? withValue(manifest, entry.path, entry.value) : manifest,
    );
    const findings = lint(broken, CONTEXT).filter(({ rule }) => rule === entry.rule);
    const texts = findings.map(({ message }) => message.replace(/^\w+ [\w-]+: /, ''));
    expect(texts).toContain(entry.message);
    expect(new Set(texts)).toEqual(new Set([entry.message, ...(entry.also ?? [])]));
    const places = findings.filter(({ message }) => message.endsWith(entry.message)).map(({ path }) => path);
    expect(places).toContain(entry.at ?? formatPath(entry.path));
  });
});

describe('a fault that all four Services share', () => {
  it.each(BREAKS_OF_WEBHOOKS)('is seen in each: $rule $path = $value', async ({ rule, path, value }) => {
    const broken = (await readOwn('base')).map((manifest) =>
      manifest.kind === 'Service' ? withValue(manifest, path, value) : manifest,
    );
    const findings = lint(broken, CONTEXT).filter((finding) => finding.rule === rule);
    const named = new Set(findings.map(({ message }) => /^Service ([\w-]+): /.exec(message)?.[1]));
    expect(named).toEqual(new Set(TASKS));
  });
});

describe('what the rules let pass', () => {
  const container = ['spec', 'template', 'spec', 'containers', 0];
  it.each<[string, string, Path, unknown]>([
    ['a port named http1', 'Service', [...container, 'ports'], [{ name: 'http1', containerPort: 9000 }]],
    [
      'a variable of a Secret',
      'Service',
      [...container, 'env', 2],
      { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'a' } } },
    ],
    ['memory in bytes', 'Service', [...container, 'resources', 'limits', 'memory'], 268_435_456],
    ['memory in powers of ten', 'Service', [...container, 'resources', 'limits', 'memory'], '0.3G'],
    [
      'autoscaling in the template',
      'Service',
      ['spec', 'template', 'metadata', 'annotations', 'autoscaling.knative.dev/min-scale'],
      '0',
    ],
    ['another annotation', 'Service', ['metadata', 'annotations', 'example.com/owner'], 'bi'],
    ['traffic to the latest Revision', 'Service', ['spec', 'traffic'], [{ latestRevision: true, percent: 100 }]],
    ['an extension', 'PingSource', ['spec', 'ceOverrides', 'extensions', 'tenant'], 'bi'],
    ['shops in the data', 'PingSource', ['spec', 'data'], '{"pageSize": 40}'],
  ])('%s', async (_what, kind, path, value) => {
    const changed = (await readOwn('base')).map((manifest) =>
      manifest.kind === kind ? withValue(manifest, path, value) : manifest,
    );
    expect(lint(changed, CONTEXT)).toEqual([]);
  });

  it('a volume that is mounted', async () => {
    const changed = (await readOwn('base')).map((manifest) =>
      manifest.kind === 'Service'
        ? withValue(
            withValue(
              manifest,
              [...container, 'volumeMounts'],
              [{ name: 'tls', mountPath: '/etc/bi-cron/tls', readOnly: true }],
            ),
            ['spec', 'template', 'spec', 'volumes'],
            [{ name: 'tls', secret: { secretName: 'tls' } }],
          )
        : manifest,
    );
    expect(lint(changed, CONTEXT)).toEqual([]);
  });
});

describe('K007', () => {
  it.each([
    [{ mountPath: '/tls' }, 'readOnly: expected true, but it is missing'],
    [{ mountPath: 'tls', readOnly: true }, 'mountPath: expected an absolute path of its own'],
    [{ mountPath: '/dev/', readOnly: true }, 'mountPath: expected an absolute path of its own'],
  ])('refuses the mount %j', async (mount, message) => {
    const service = (await readOwn('base')).find(({ kind }) => kind === 'Service');
    const container = ['spec', 'template', 'spec', 'containers', 0];
    const mounted = withValue(service as Manifest, [...container, 'volumeMounts'], [{ name: 'tls', ...mount }]); // base has Services
    const broken = withValue(
      mounted,
      ['spec', 'template', 'spec', 'volumes'],
      [{ name: 'tls', secret: { secretName: 'x' } }],
    );
    const findings = lint([broken], CONTEXT).filter(({ rule }) => rule === 'K007');
    expect(
      findings.map((finding) => `${finding.path.split('.').at(-1)}: ${finding.message.replace(/^.*?: /, '')}`),
    ).toEqual([expect.stringContaining(message)]);
  });
});

describe('K019', () => {
  it('sees the rollback of docs/operations.md, and that its way back has been taken', async () => {
    const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const patchOf = (type: string): unknown =>
      JSON.parse(new RegExp(`patch ksvc \\S+ --type ${type} -p '(.+)'`).exec(text)?.[1] ?? '');
    const { spec } = patchOf('merge') as { spec: { traffic: unknown } };
    const pinned = (await readOwn('base')).map((manifest) =>
      titleOf(manifest) === 'Service increment-order'
        ? withValue(manifest, ['spec', 'traffic'], spec.traffic)
        : manifest,
    );
    expect(lint(pinned, CONTEXT).map(({ rule, path }) => [rule, path])).toContainEqual(['K019', 'spec.traffic[0]']);
    expect(patchOf('json')).toEqual([{ op: 'remove', path: '/spec/traffic' }]);
    expect(lint(await readOwn('base'), CONTEXT)).toEqual([]); // which has no traffic
  });
});

describe('K004', () => {
  it('names the file that the kustomization beside it does not list', () => {
    const kustomization = parseManifests(
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - a.yaml\n',
      'base/kustomization.yaml',
    ).manifests;
    const object = (file: string): readonly Manifest[] =>
      parseManifests('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n', file).manifests;
    expect(lint([...kustomization, ...object('base/a.yaml'), ...object('base/b.yaml')], CONTEXT)).toEqual([
      {
        rule: 'K004',
        file: 'base/kustomization.yaml',
        line: 4,
        path: 'resources',
        message: 'Kustomization: expected the line "- b.yaml", but it is missing',
      },
    ]);
  });
});

describe('K013', () => {
  it('asks for the ConfigMap only when the manifests are rendered', async () => {
    const base = await readOwn('base');
    const other = parseManifests(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bi-cron-nacos-5tf59f}\n',
      'x',
    ).manifests;
    const messages = lint([...base, ...other], CONTEXT).map(({ rule, path, message }) => [rule, path, message]);
    expect(messages).toHaveLength(TASKS.length);
    expect(messages[0]).toEqual([
      'K013',
      'spec.template.spec.containers[0].envFrom[0].configMapRef.name',
      'Service full-order: expected one of the ConfigMaps bi-cron-nacos-5tf59f, got bi-cron-nacos',
    ]);
  });
});

describe('K017', () => {
  it('reads the ConfigMap as the functions do, and reports each problem once', async () => {
    const base = await readOwn('base');
    const configMap = parseManifests(
      `apiVersion: v1
kind: ConfigMap
metadata: { name: bi-cron-nacos }
data:
  DEPLOY_ENV: production
  NACOS_SERVER_ADDRESS: nacos:8848
`,
      'x',
    ).manifests;
    expect(lint([...base, ...configMap], CONTEXT)).toEqual([
      {
        rule: 'K017',
        file: 'x',
        line: 5,
        path: 'data.CALLER_AUTH',
        message:
          'ConfigMap bi-cron-nacos: CALLER_AUTH: expected "token" or "off", because K_SERVICE is set, got nothing',
      },
      {
        rule: 'K017',
        file: 'x',
        line: 5,
        path: 'data.DEPLOY_ENV',
        message: 'ConfigMap bi-cron-nacos: DEPLOY_ENV: expected one of dev, test, staging, prod, got "production"',
      },
      {
        rule: 'K017',
        file: 'x',
        line: 5,
        path: 'data.NACOS_SERVER_ADDR',
        message: 'ConfigMap bi-cron-nacos: NACOS_SERVER_ADDR: expected [http(s)://]host[:port][/path][,…], got nothing',
      },
      {
        rule: 'K017',
        file: 'x',
        line: 6,
        path: 'data.NACOS_SERVER_ADDRESS',
        message: expect.stringContaining('NACOS_SERVER_ADDRESS: expected one of NACOS_SERVER_ADDR, ') as string,
      },
    ]);
  });
});

describe('K010', () => {
  it('asks for the manifest of a new folder', async () => {
    const findings = lint(await readOwn('base'), { ...CONTEXT, tasks: [...TASKS, 'refund-sync'] });
    expect(findings.map(({ message }) => message)).toEqual([
      'expected a Service refund-sync, because functions/refund-sync is a task, but it is missing',
    ]);
  });

  it('refuses two objects for one task', async () => {
    const base = await readOwn('base');
    const twice = [...base, ...base.filter(({ kind, name }) => kind === 'Service' && name === 'full-order')];
    expect(lint(twice, CONTEXT).map(({ message }) => message)).toContain(
      'Service full-order: expected one object per task, got two',
    );
  });
});
