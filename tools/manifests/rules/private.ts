import { describeActual, findingAt, textAt, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { containerPath, forEach, podTemplatePath, type Rule } from '../manifest-set.ts';

const VISIBILITY = ['metadata', 'labels', 'networking.knative.dev/visibility'];

/** No run is started from outside of the cluster. */
export const clusterLocal: Rule = {
  id: 'K040',
  title: 'Every Service is cluster-local',
  reason: 'a Knative Service without the label gets a public address',
  check: forEach(
    (set) => set.services,
    (service) => {
      const value = textAt(service.body, VISIBILITY);
      return value === 'cluster-local'
        ? []
        : [findingAt(service, VISIBILITY, `expected "cluster-local", but ${describeActual(value)}`)];
    },
  ),
};

/** The restricted Pod Security Standard, and a root file system that cannot be written. */
const SECURITY: readonly (readonly [Path, unknown])[] = [
  [['runAsNonRoot'], true],
  [['readOnlyRootFilesystem'], true],
  [['allowPrivilegeEscalation'], false],
  [['capabilities', 'drop', 0], 'ALL'],
  [['capabilities', 'add'], undefined],
  [['privileged'], undefined],
  [['seccompProfile', 'type'], 'RuntimeDefault'],
];

/** Written out, because Knative's `secure-pod-defaults` is off. */
export const securityContext: Rule = {
  id: 'K041',
  title: 'Containers run as non-root, with a read-only root, no capabilities and the default seccomp profile',
  reason: 'Kubernetes defaults to the opposite, and the webhook warns of each field that is unset',
  check: forEach((set) => [...set.services, ...set.jobs], checkSecurity),
};

/** What a pod gets without asking. */
export const noAmbientAccess: Rule = {
  id: 'K042',
  title: 'Pods get no service account token and no service links',
  reason: 'the functions never speak to the API server, and one variable per Service of the namespace slows the start',
  check: forEach(
    (set) => [...set.services, ...set.jobs],
    (manifest) =>
      ['automountServiceAccountToken', 'enableServiceLinks'].flatMap((field) =>
        expectValue(manifest, [...podTemplatePath(manifest), 'spec', field], false),
      ),
  ),
};

function checkSecurity(manifest: Manifest): RuleFinding[] {
  const context = [...containerPath(manifest), 'securityContext'];
  const user = valueAt(manifest.body, [...context, 'runAsUser']);
  return [
    ...SECURITY.flatMap(([path, expected]) => expectValue(manifest, [...context, ...path], expected)),
    ...(typeof user === 'number' && user > 0
      ? []
      : [findingAt(manifest, [...context, 'runAsUser'], `expected a uid above 0, but ${describeActual(user)}`)]),
  ];
}

function expectValue(manifest: Manifest, path: Path, expected: unknown): RuleFinding[] {
  const value = valueAt(manifest.body, path);
  const wanted = expected === undefined ? 'nothing' : JSON.stringify(expected);
  return value === expected ? [] : [findingAt(manifest, path, `expected ${wanted}, but ${describeActual(value)}`)];
}
