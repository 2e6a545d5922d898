import {
  describeActual,
  findingAt,
  listAt,
  numberAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { containerPath, forEach, podTemplatePath, type Rule } from '../manifest-set.ts';
import { budgetSecondsOf, COLD_START_SECONDS } from './time-budget.ts';

/** Kubernetes waits 10 s before the first retry of a Job's pod and doubles it each time, to 6 minutes at most. */
const FIRST_BACKOFF_SECONDS = 10;
const LONGEST_BACKOFF_SECONDS = 360;
/** Exit codes of `once` after which a second try is wrong: rejected, unknown. 75 (unavailable) is the one to repeat. */
const FINAL_EXIT_CODES = [1, 70];

/** Long enough for every try, and no longer. */
export const jobDeadline: Rule = {
  id: 'K060',
  title: `activeDeadlineSeconds = (backoffLimit + 1) x (RUN_BUDGET + ${COLD_START_SECONDS} s) + the waits between`,
  reason: 'a shorter deadline kills a run inside of its budget, a Job without one may hang without end',
  check: forEach((set) => set.jobs, checkDeadline),
};

/** Which end is worth a second try. */
export const podFailure: Rule = {
  id: 'K061',
  title: 'A Job fails at once on exit codes 1 and 70, tries again on 75, and does not count an eviction',
  reason: 'rejected (1) would fail again, after unknown (70) the work may have happened',
  check: forEach((set) => set.jobs, checkPodFailure),
};

/** The scheduler of Kubernetes must not do what the function's admission prevents. */
export const cronJobGuard: Rule = {
  id: 'K062',
  title: 'A CronJob forbids concurrent runs and sets startingDeadlineSeconds',
  reason: 'Jobs do not share a process: nothing else keeps two runs of one task apart',
  check: forEach(
    (set) => set.jobs.filter(({ kind }) => kind === 'CronJob'),
    (job) => {
      const policy = valueAt(job.body, ['spec', 'concurrencyPolicy']);
      const deadline = numberAt(job.body, ['spec', 'startingDeadlineSeconds']);
      return [
        ...(policy === 'Forbid'
          ? []
          : [findingAt(job, ['spec', 'concurrencyPolicy'], `expected "Forbid", but ${describeActual(policy)}`)]),
        ...(deadline !== undefined && deadline >= 10
          ? []
          : [
              findingAt(
                job,
                ['spec', 'startingDeadlineSeconds'],
                `expected at least 10, but ${describeActual(deadline)}`,
              ),
            ]),
      ];
    },
  ),
};

/** kubernetes names the Jobs of a CronJob `<cronjob>-<minutes since 1970>`; the downward API knows it by this label. */
const JOB_NAME_LABEL = "metadata.labels['batch.kubernetes.io/job-name']";

/** What the run key of a CronJob's pod is made from. */
export const jobName: Rule = {
  id: 'K063',
  title: 'A CronJob gives its pods the name of their Job in JOB_NAME',
  reason: 'without it a retried pod has a run key of its own, and what the first one did is done again',
  check: forEach(
    (set) => set.jobs.filter(({ kind }) => kind === 'CronJob'),
    (job) => {
      const env: Path = [...containerPath(job), 'env'];
      const index = listAt(job.body, env).findIndex((entry) => valueAt(entry, ['name']) === 'JOB_NAME');
      const field = valueAt(job.body, [...env, index, 'valueFrom', 'fieldRef', 'fieldPath']);
      return field === JOB_NAME_LABEL
        ? []
        : [
            findingAt(
              job,
              index === -1 ? env : [...env, index],
              `expected JOB_NAME from the field ${JOB_NAME_LABEL}, but ${describeActual(field)}`,
            ),
          ];
    },
  ),
};

function jobSpecPath(job: Manifest): Path {
  return podTemplatePath(job).slice(0, -1);
}

function checkDeadline(job: Manifest): RuleFinding[] {
  const tries = (numberAt(job.body, [...jobSpecPath(job), 'backoffLimit']) ?? 6) + 1;
  const path = [...jobSpecPath(job), 'activeDeadlineSeconds'];
  const deadline = numberAt(job.body, path);
  const budget = budgetSecondsOf(job);
  if (budget === undefined)
    return [findingAt(job, path, 'expected RUN_BUDGET in env to compute it from, but it is missing')];
  let expected = tries * (budget + COLD_START_SECONDS);
  for (let retry = 0; retry < tries - 1; retry += 1) {
    expected += Math.min(FIRST_BACKOFF_SECONDS * 2 ** retry, LONGEST_BACKOFF_SECONDS);
  }
  return deadline === expected
    ? []
    : [
        findingAt(
          job,
          path,
          `expected ${expected} (${tries} tries with RUN_BUDGET ${budget} s), but ${describeActual(deadline)}`,
        ),
      ];
}

function checkPodFailure(job: Manifest): RuleFinding[] {
  const findings: RuleFinding[] = [];
  const spec = jobSpecPath(job);
  const restart: Path = [...podTemplatePath(job), 'spec', 'restartPolicy'];
  const policy = valueAt(job.body, restart);
  if (policy !== 'Never') findings.push(findingAt(job, restart, `expected "Never", but ${describeActual(policy)}`));
  const rules: Path = [...spec, 'podFailurePolicy', 'rules'];
  const entries = listAt(job.body, rules);
  const failing = entries.flatMap((entry) =>
    valueAt(entry, ['action']) === 'FailJob' && valueAt(entry, ['onExitCodes', 'operator']) === 'In'
      ? listAt(entry, ['onExitCodes', 'values'])
      : [],
  );
  if (FINAL_EXIT_CODES.some((code) => !failing.includes(code)) || failing.length !== FINAL_EXIT_CODES.length) {
    findings.push(findingAt(job, rules, `expected FailJob on exit codes In [1,70], got ${JSON.stringify(failing)}`));
  }
  const ignoresEviction = entries.some(
    (entry) =>
      valueAt(entry, ['action']) === 'Ignore' &&
      listAt(entry, ['onPodConditions']).some((condition) => valueAt(condition, ['type']) === 'DisruptionTarget'),
  );
  if (!ignoresEviction)
    findings.push(findingAt(job, rules, 'expected Ignore on the pod condition DisruptionTarget, but it is missing'));
  return findings;
}
