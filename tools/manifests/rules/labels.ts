import {
  describeActual,
  findingAt,
  listAt,
  mapAt,
  textAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import {
  BACKEND_LABEL,
  COMPONENT_LABEL,
  containerPath,
  forEach,
  podTemplatePath,
  type ManifestSet,
  type Rule,
} from '../manifest-set.ts';

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

// apimachinery: pkg/util/validation/validation.go
const LABEL_NAME = /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What the API server checks beside the shape. */
export const validNames: Rule = {
  id: 'K009',
  title: 'Names, labels and annotations have the form that Kubernetes asks for, and no Revision is named by hand',
  reason: 'the API server refuses the object, and a named Revision refuses its next change',
  check: forEach((set) => set.all, checkNames),
};

function checkNames(manifest: Manifest, set: ManifestSet): RuleFinding[] {
  const template = podTemplatePath(manifest);
  const isKnatives = set.services.includes(manifest);
  const container = containerPath(manifest);
  const account: Path = [...template, 'spec', 'serviceAccountName'];
  return [
    ...[['metadata'], [...template, 'metadata']].flatMap((path) => checkMetadata(manifest, path)),
    ...expectForm(manifest, ['metadata', 'namespace'], DNS_LABEL, 'a DNS label'),
    ...expectForm(manifest, account, SUBDOMAIN, 'the name of a ServiceAccount'),
    ...expectForm(
      manifest,
      [...container, 'name'],
      /^(?!queue-proxy$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      'a DNS label other than queue-proxy',
    ),
    ...(isKnatives
      ? ['name', 'generateName', 'namespace'].flatMap((field) =>
          expectNothing(manifest, [...template, 'metadata', field]),
        )
      : []),
    ...checkEnvFrom(manifest, [...container, 'envFrom']),
    ...listAt(manifest.body, [...container, 'env']).flatMap((entry, index) => {
      const count = ['value', 'valueFrom'].filter((field) => valueAt(entry, [field]) !== undefined).length;
      const path = [...container, 'env', index];
      const isEmpty =
        valueAt(entry, ['valueFrom']) !== undefined && Object.keys(mapAt(entry, ['valueFrom'])).length !== 1;
      return count < 2 && !isEmpty
        ? []
        : [findingAt(manifest, path, 'expected a value or one source in valueFrom, got none or several')];
    }),
  ];
}

function checkEnvFrom(manifest: Manifest, list: Path): RuleFinding[] {
  return listAt(manifest.body, list).flatMap((entry, index) => {
    const sources = ['configMapRef', 'secretRef'].filter((field) => valueAt(entry, [field]) !== undefined);
    const path = [...list, index];
    if (sources.length !== 1) {
      return [findingAt(manifest, path, `expected one of configMapRef, secretRef, got ${sources.length}`)];
    }
    const name: Path = [...path, sources[0] ?? '', 'name'];
    const named =
      valueAt(manifest.body, name) === undefined
        ? [findingAt(manifest, name, 'expected a name, but it is missing')]
        : expectForm(manifest, name, SUBDOMAIN, 'the name of an object');
    return named.concat(expectNothing(manifest, [...path, 'prefix']));
  });
}

function checkMetadata(manifest: Manifest, path: Path): RuleFinding[] {
  return ['labels', 'annotations'].flatMap((kind) =>
    Object.entries(mapAt(manifest.body, [...path, kind])).flatMap(([key, value]) => {
      const at = [...path, kind, key];
      const [name = '', prefix, ...others] = key.split('/').toReversed();
      const isGoodPrefix = prefix === undefined || SUBDOMAIN.test(prefix);
      if (!LABEL_NAME.test(name) || !isGoodPrefix || others.length > 0) {
        return [findingAt(manifest, at, `expected a key such as example.com/owner, got ${JSON.stringify(key)}`)];
      }
      return typeof value === 'string' && (kind === 'annotations' || value === '' || LABEL_NAME.test(value))
        ? []
        : [
            findingAt(
              manifest,
              at,
              `expected a ${kind === 'labels' ? 'label of at most 63 letters, digits, -, _ and .' : 'text'}, but ${describeActual(value)}`,
            ),
          ];
    }),
  );
}

function expectForm(manifest: Manifest, path: Path, form: RegExp, expected: string): RuleFinding[] {
  const value = valueAt(manifest.body, path);
  return value === undefined || (typeof value === 'string' && form.test(value))
    ? []
    : [findingAt(manifest, path, `expected ${expected}, but ${describeActual(value)}`)];
}

function expectNothing(manifest: Manifest, path: Path): RuleFinding[] {
  const value = valueAt(manifest.body, path);
  return value === undefined ? [] : [findingAt(manifest, path, `expected nothing, got ${JSON.stringify(value)}`)];
}

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
