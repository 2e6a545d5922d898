import { isDeepStrictEqual } from 'node:util';
import { findingAt, mapAt, titleOf, valueAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import { BACKEND_LABEL, podTemplatePath, type Rule } from '../manifest-set.ts';

/** What is allowed to differ between two tasks; an environment variable goes by its name. */
const MAY_DIFFER: ReadonlySet<string> = new Set([
  'metadata.name',
  'metadata.labels.app.kubernetes.io/name',
  `metadata.labels.${BACKEND_LABEL}`,
  ...templateFields('spec.template'),
  'spec.template.spec.timeoutSeconds',
  'spec.template.spec.responseStartTimeoutSeconds',
  ...templateFields('spec.jobTemplate.spec.template'),
  'spec.jobTemplate.spec.template.spec.containers.0.args.2', // --task: K012
  'spec.jobTemplate.spec.template.spec.containers.0.args.4', // --data
  'spec.jobTemplate.spec.activeDeadlineSeconds',
  'spec.schedule',
  'spec.timeZone',
]);

function templateFields(template: string): string[] {
  return [
    `${template}.metadata.labels.app.kubernetes.io/name`,
    `${template}.spec.containers.0.env.FUNCTION_TARGET`,
    `${template}.spec.containers.0.env.RUN_BUDGET`,
  ];
}

/** One image and one runtime: a difference between two Services that is not the task's is an oversight. */
export const sameServices: Rule = {
  id: 'K014',
  title:
    'The Services of the tasks differ only in name, backend, FUNCTION_TARGET, RUN_BUDGET and the timeouts; the CronJobs also in schedule and data',
  reason: 'no other check finds a hardening that one has and another lacks',
  check: (set) => [
    ...checkSameness(set.functions),
    ...checkSameness(set.jobs.filter(({ kind }) => kind === 'CronJob')),
  ],
};

function checkSameness(tasks: readonly Manifest[]): RuleFinding[] {
  const [model, ...others] = [...tasks].sort((left, right) => left.name.localeCompare(right.name));
  if (model === undefined) return [];
  return others.flatMap((other) =>
    differences(bodyOf(model), bodyOf(other), [])
      .filter((path) => !MAY_DIFFER.has(path.join('.')))
      .map((path) => {
        const own = shown(valueAt(bodyOf(other), path));
        const theirs = shown(valueAt(bodyOf(model), path));
        return findingAt(other, path, `expected ${theirs} as in ${titleOf(model)}, got ${own}`);
      }),
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** The parts that a person writes, with `env` as a mapping so that its order does not count. */
function bodyOf(manifest: Manifest): unknown {
  const { body } = manifest;
  const template = structuredClone(valueAt(body, ['spec']));
  const containers = valueAt(template, [...podTemplatePath(manifest).slice(1), 'spec', 'containers']);
  for (const container of Array.isArray(containers) ? containers : []) {
    const env = valueAt(container, ['env']);
    if (Array.isArray(env)) {
      Object.assign(container, { env: Object.fromEntries(env.map((entry) => [valueAt(entry, ['name']), entry])) });
    }
  }
  const { name, labels, annotations } = mapAt(body, ['metadata']);
  return { metadata: { name, labels, annotations }, spec: template };
}

function differences(left: unknown, right: unknown, path: Path): Path[] {
  if (isDeepStrictEqual(left, right)) return [];
  const bothMaps = typeof left === 'object' && typeof right === 'object' && left !== null && right !== null;
  if (!bothMaps || path.at(-2) === 'env') return [path];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => {
    const step = Array.isArray(left) && Array.isArray(right) ? Number(key) : key;
    return differences(valueAt(left, [step]), valueAt(right, [step]), [...path, step]);
  });
}
