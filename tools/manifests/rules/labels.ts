import { describeActual, findingAt, textAt, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { BACKEND_LABEL, COMPONENT_LABEL, forEach, podTemplatePath, type Rule } from '../manifest-set.ts';

const PROJECT = 'bi-cron';
const NAME_LABEL = 'app.kubernetes.io/name';
const PART_OF_LABEL = 'app.kubernetes.io/part-of';

/** `kubectl get -l app.kubernetes.io/part-of=bi-cron`, and what the NetworkPolicies select. */
export const commonLabels: Rule = {
  id: 'K015',
  title: 'Objects and pods carry app.kubernetes.io/name, component and part-of',
  reason: 'NetworkPolicies and every kubectl command in the README select by them',
  check: forEach(
    (set) => [...set.services, ...set.pingSources, ...set.triggers, ...set.brokers, ...set.jobs],
    checkCommonLabels,
  ),
};

/** Which tasks share a quota is nowhere else in the manifests. */
export const backendLabel: Rule = {
  id: 'K016',
  title: `Services and Jobs of a task carry the label ${BACKEND_LABEL}`,
  reason: 'without it, it is unclear which tasks must not start in the same minute',
  check: forEach(
    (set) => [...set.functions, ...set.jobs],
    (manifest) => {
      const path = ['metadata', 'labels', BACKEND_LABEL];
      return textAt(manifest.body, path) === undefined
        ? [findingAt(manifest, path, `expected the backend's name in ${BACKEND_LABEL}, but it is missing`)]
        : [];
    },
  ),
};

function checkCommonLabels(manifest: Manifest): RuleFinding[] {
  const template = podTemplatePath(manifest);
  const hasPods = valueAt(manifest.body, template) !== undefined;
  return [
    ...checkLabels(manifest, ['metadata', 'labels']),
    ...(hasPods ? checkLabels(manifest, [...template, 'metadata', 'labels']) : []),
  ];
}

function checkLabels(manifest: Manifest, labels: Path): RuleFinding[] {
  return [
    ...expectLabel(manifest, [...labels, NAME_LABEL], manifest.name),
    ...expectLabel(manifest, [...labels, COMPONENT_LABEL], undefined),
    ...expectLabel(manifest, [...labels, PART_OF_LABEL], PROJECT),
  ];
}

function expectLabel(manifest: Manifest, path: Path, expected: string | undefined): RuleFinding[] {
  const value = textAt(manifest.body, path);
  if (value !== undefined && (expected === undefined || value === expected)) return [];
  const wanted = expected === undefined ? 'a value' : JSON.stringify(expected);
  return [findingAt(manifest, path, `expected ${wanted} in ${path.at(-1) ?? ''}, but ${describeActual(value)}`)];
}
