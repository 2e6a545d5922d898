import { findingAt, listAt, textAt, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { containerPath, podTemplatePath, type ManifestSet } from '../manifest-set.ts';
import type { Rule } from '../rule.ts';

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
