import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kubectl, type ClusterValues } from './cluster.ts';

const KNATIVE = path.resolve(import.meta.dirname, '../../../knative');

/** An overlay as an operator makes it of ours: in a namespace of its own, with these components. */
export interface OverlayChoice {
  readonly overlay: string;
  readonly namespace: string;
  /** In order, such as `auth/ping-source`. */
  readonly components?: readonly string[];
  /** What stands in the place of `../../base`, such as `../../components/job/cron-job`. */
  readonly base?: string;
}

/** Lays it out in a temporary folder, edited as its comments say, and gives the folder to apply. */
export function layOutOverlay({ overlay, namespace, components = [], base }: OverlayChoice): string {
  const knative = path.join(mkdtempSync(path.join(tmpdir(), 'overlay-')), 'knative');
  cpSync(KNATIVE, knative, { recursive: true });
  const folder = path.join(knative, 'overlays', overlay);
  const file = path.join(folder, 'kustomization.yaml');
  const named = readFileSync(path.join(folder, 'namespace.yaml'), 'utf8');
  const own = /^ {2}name: (\S+)$/m.exec(named)?.[1] ?? '';
  writeFileSync(path.join(folder, 'namespace.yaml'), named.replace(`name: ${own}`, `name: ${namespace}`));
  const list = components.map((name) => `  - ../../components/${name}\n`).join('');
  const kustomization = readFileSync(file, 'utf8')
    .replace(`namespace: ${own}`, `namespace: ${namespace}`)
    .replaceAll(/^# components:\n(?:# {3}- .*\n)+/gm, list === '' ? '' : `components:\n${list}`);
  const withBase =
    base === undefined
      ? kustomization
      : kustomization.replace('../../base', base).replace(/^patches:\n {2}- path: schedules.yaml\n/m, ''); // of PingSources
  writeFileSync(file, withBase);
  return folder;
}

/** Applies it; warnings are errors. Resolves to what kubectl printed, a line per object. */
export async function apply(cluster: ClusterValues, folder: string): Promise<string[]> {
  return (await kubectl(cluster, 'apply', '--warnings-as-errors', '-k', folder)).trim().split('\n');
}

/** What the controllers of a cluster make in each namespace, and ours lacks: the default service account, the authority. */
export async function furnish(cluster: ClusterValues, namespace: string): Promise<void> {
  await kubectl(cluster, '-n', namespace, 'create', 'serviceaccount', 'default');
  const authority = `--from-file=ca.crt=${cluster.caFile}`;
  await kubectl(cluster, '-n', namespace, 'create', 'configmap', 'kube-root-ca.crt', authority);
}
