import { readBootstrap } from '../../../functions/runtime/env.ts';
import { findingAt, listAt, mapAt, textAt, type Manifest, type RuleFinding } from '../manifest.ts';
import { containerPath, type ManifestSet, type Rule } from '../manifest-set.ts';

/** By the functions' own reader, so that both always ask for the same. */
export const environment: Rule = {
  id: 'K017',
  title: 'The ConfigMap holds an environment that the functions accept',
  reason: 'a process that refuses its environment ends before it listens, and the Revision never becomes ready',
  check: checkEnvironment,
};

function checkEnvironment(set: ManifestSet): RuleFinding[] {
  const found = new Map<string, RuleFinding>();
  for (const owner of [...set.functions, ...set.jobs]) {
    const configMap = configMapOf(owner, set);
    if (configMap === undefined) continue; // plain files, or K013
    for (const problem of problemsOf({ ...surroundingsOf(owner), ...textsOf(configMap), ...literalsOf(owner) })) {
      const [name = ''] = problem.split(':');
      found.set(`${configMap.name} ${problem}`, findingAt(configMap, ['data', name], problem));
    }
  }
  return [...found.values()];
}

/** What Knative and Kubernetes add; the functions ask for more where they find it. */
function surroundingsOf({ kind, name }: Manifest): Record<string, string> {
  return kind === 'Service' ? { K_SERVICE: name } : { KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc' };
}

/** RUN_BUDGET is left to K020 and K060, which know whether a request or a Job has to keep it. */
function problemsOf(given: Record<string, string>): string[] {
  const env = Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'RUN_BUDGET'));
  try {
    readBootstrap(env);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('environment: ')) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}

function configMapOf(owner: Manifest, set: ManifestSet): Manifest | undefined {
  const references = listAt(owner.body, [...containerPath(owner), 'envFrom']);
  const names = new Set(references.map((entry) => textAt(entry, ['configMapRef', 'name'])));
  return set.all.find(({ kind, name }) => kind === 'ConfigMap' && names.has(name));
}

function textsOf(configMap: Manifest): Record<string, string> {
  const entries = Object.entries(mapAt(configMap.body, ['data']));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function literalsOf(owner: Manifest): Record<string, string> {
  const entries = listAt(owner.body, [...containerPath(owner), 'env']);
  return Object.fromEntries(entries.map((entry) => [textAt(entry, ['name']) ?? '', textAt(entry, ['value']) ?? '']));
}
