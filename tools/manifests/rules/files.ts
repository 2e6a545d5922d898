import { basename, dirname } from 'node:path';
import { findingAt, listAt, type RuleFinding } from '../manifest.ts';
import type { ManifestSet } from '../manifest-set.ts';
import type { Rule } from '../rule.ts';

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
  reason: 'kubectl apply -k leaves an unlisted file out without a word',
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
