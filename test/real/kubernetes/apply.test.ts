import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../part.ts';
import { kubectl } from './cluster.ts';
import { apply, furnish, layOutOverlay, type OverlayChoice } from './overlay.ts';
import { part } from './part.ts';

const cluster = valuesOf(part);

/** Each alone that can stand alone, and together what may meet in one overlay. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  'no component': [],
  broker: ['broker'],
  'job-sink': ['job/job-sink'],
  'network-policy': ['network-policy'],
  'auth, ping-source': ['auth', 'auth/ping-source'],
  'auth, broker, trigger': ['auth', 'broker', 'auth/trigger'],
  'auth, ping-source, job-sink, network-policy': ['auth', 'auth/ping-source', 'job/job-sink', 'network-policy'],
  'auth, broker, trigger, network-policy': ['auth', 'broker', 'auth/trigger', 'network-policy'],
};
const WITHOUT_KNATIVE = 'CronJobs instead of Knative';
const TITLES = [...Object.keys(SETS), WITHOUT_KNATIVE];

/** The overlay with what a title of these names, in a namespace of its own. */
function choose(overlay: string, title: string): OverlayChoice {
  const namespace = `apply-${overlay}-${TITLES.indexOf(title)}`;
  const isWithout = title === WITHOUT_KNATIVE;
  return {
    overlay,
    namespace,
    ...(isWithout ? { base: '../../components/job/cron-job' } : { components: SETS[title] ?? [] }),
  };
}

const CHOICES = ['dev', 'prod'].flatMap((overlay) => TITLES.map((title) => [overlay, title] as const));

describe.each(CHOICES)('kubectl apply -k of %s with %s', (overlay, title) => {
  const choice = choose(overlay, title);
  const folder = layOutOverlay(choice);
  const { namespace } = choice;

  it('makes every object without a warning, and changes nothing when it is repeated', async () => {
    const made = await apply(cluster, folder);
    expect(made.filter((line) => !line.endsWith(' created'))).toEqual([]);
    const repeated = await apply(cluster, folder);
    expect(repeated).toEqual(made.map((line) => line.replace(/created$/, 'unchanged')));
  });

  it('makes pods that the namespace admits, without a warning', async () => {
    await furnish(cluster, namespace);
    const pods = await readPods(namespace);
    expect(pods.length).toBeGreaterThanOrEqual(4);
    const file = path.join(folder, 'pods.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
    const options = ['--dry-run=server', '--warnings-as-errors', '--validate=strict'];
    const admitted = await kubectl(cluster, '-n', namespace, 'create', ...options, '-f', file);
    expect(admitted.trim().split('\n')).toHaveLength(pods.length);
  });
});

it('kubectl apply -k prints nothing beside its objects', async () => {
  const folder = layOutOverlay({ overlay: 'dev', namespace: 'apply-quiet' });
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const { stderr } = await promisify(execFile)(cluster.kubectl, ['apply', '-k', folder], { env });
  expect(stderr).toBe('');
});

/** Fields that Knative's Revisions have in a pod's spec, and pods have not. */
const OF_REVISIONS = new Set(['containerConcurrency', 'timeoutSeconds', 'responseStartTimeoutSeconds']);

/** The pods that controllers would make of all that was applied to a namespace. */
async function readPods(namespace: string): Promise<object[]> {
  const kinds = 'services.serving.knative.dev,cronjobs,jobsinks.sinks.knative.dev';
  const { items } = JSON.parse(await kubectl(cluster, '-n', namespace, 'get', kinds, '-o', 'json')) as {
    items: Applied[];
  }; // a List
  return items.map(({ kind, metadata, spec }) => {
    const template = spec.jobTemplate?.spec.template ?? spec.job?.spec.template ?? spec.template;
    const name = `${kind.toLowerCase()}-${metadata.name}`;
    const podSpec = Object.entries(template?.spec ?? {}).filter(([field]) => !OF_REVISIONS.has(field));
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: Object.assign({}, template?.metadata, { name }),
      spec: Object.fromEntries(podSpec),
    };
  });
}

interface Template {
  readonly metadata: object;
  readonly spec: Record<string, unknown>;
}

interface Applied {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template?: Template;
    readonly job?: { readonly spec: { readonly template: Template } };
    readonly jobTemplate?: { readonly spec: { readonly template: Template } };
  };
}
