import type { Rule } from '../rule.ts';

/** Found while reading (`read-manifests.ts`): what is no object cannot be looked at by any rule. */
export const readable: Rule = {
  id: 'K001',
  title: 'Every document is YAML 1.1 with apiVersion, kind and metadata.name',
  reason: 'kubectl refuses the file',
  check: () => [],
};
