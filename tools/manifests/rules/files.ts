import { basename, dirname } from 'node:path';
import { findingAt, listAt, textAt, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { containerPath, podTemplatePath, type ManifestSet, type Rule } from '../manifest-set.ts';

/** Found while reading (`read-manifests.ts`): what is no object cannot be looked at by any rule. */
export const readable: Rule = {
  id: 'K001',
  title: 'Every document is YAML 1.1 with apiVersion, kind and metadata.name',
  reason: 'kubectl refuses the file',
  check: () => [],
};

/** Kustomize knows no globs: a new file is applied only when the list beside it names it. */
export const listedInKustomization: Rule = {
  id: 'K004',
  title: 'Every manifest file is a resource of the kustomization beside it',
  reason: 'kubectl apply -k silently leaves out an unlisted file',
  check: checkListed,
};

function checkListed(set: ManifestSet): RuleFinding[] {
  const kustomizations = set.all.filter(({ apiVersion }) => apiVersion.startsWith('kustomize.config.k8s.io/'));
  return kustomizations.flatMap((kustomization) => {
    const listed = listAt(kustomization.body, ['resources']);
    const beside = set.all.filter(
      ({ file }) => file !== kustomization.file && dirname(file) === dirname(kustomization.file),
    );
    return [...new Set(beside.map(({ file }) => basename(file)))]
      .filter((name) => !listed.includes(name))
      .map((name) => findingAt(kustomization, ['resources'], `expected the line "- ${name}", but it is missing`));
  });
}

/** Kustomize appends a hash to a generated name, and misses the references it does not know. */
export const configMapExists: Rule = {
  id: 'K013',
  title: 'A ConfigMap that a pod refers to is among the rendered manifests',
  reason: 'a pod whose ConfigMap is missing never starts',
  check: (set) => {
    const names = set.all.filter(({ kind }) => kind === 'ConfigMap').map(({ name }) => name);
    if (names.length === 0) return []; // plain files: the overlay generates it
    return podOwners(set).flatMap((owner) => checkReferences(owner, names));
  },
};

function podOwners(set: ManifestSet): Manifest[] {
  return [...set.services, ...set.jobs];
}

function checkReferences(owner: Manifest, names: readonly string[]): RuleFinding[] {
  return referencesOf(owner)
    .filter((path) => valueAt(owner.body, [...path, 'optional']) !== true)
    .flatMap((path) => {
      const name = textAt(owner.body, [...path, 'name']);
      return name === undefined || names.includes(name)
        ? []
        : [findingAt(owner, [...path, 'name'], `expected one of the ConfigMaps ${names.join(', ')}, got ${name}`)];
    });
}

function referencesOf(owner: Manifest): Path[] {
  const found: Path[] = [];
  for (const [list, field] of [
    [[...containerPath(owner), 'envFrom'], 'configMapRef'],
    [[...podTemplatePath(owner), 'spec', 'volumes'], 'configMap'],
  ] as const) {
    for (const [index, entry] of listAt(owner.body, list).entries()) {
      if (valueAt(entry, [field]) !== undefined) found.push([...list, index, field]);
    }
  }
  return found;
}
