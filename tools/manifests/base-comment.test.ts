import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readScenario } from './fixtures/scenarios.ts';
import { numberAt, textAt } from './manifest.ts';
import { BACKEND_LABEL, podTemplatePath, toManifestSet } from './manifest-set.ts';
import { budgetSecondsOf, scheduleOf } from './rules/time-budget.ts';
import { shortestPeriodSeconds } from './schedule.ts';

const KNATIVE = join(import.meta.dirname, '../../knative');

/** The rows `#  name  280 s  300 s …` of a comment. */
async function rowsOf(file: string): Promise<string[][]> {
  const text = await readFile(join(KNATIVE, file), 'utf8');
  const rows = [...text.matchAll(/^#\s+([a-z0-9-]+(?: +\d+ s)+(?: +[a-z0-9-]+)?)$/gm)];
  return sorted(rows.map(([, row = '']) => row.replaceAll(' s', '').split(/ +/)));
}

function sorted(rows: string[][]): string[][] {
  return rows.sort(([left = ''], [right = '']) => left.localeCompare(right));
}

describe('the tables in the comments', () => {
  it('base/kustomization.yaml has the numbers of the files', async () => {
    const { functions, pingSources } = toManifestSet(await readScenario('base'));
    const expected = functions.map((service) => {
      const source = pingSources.find(({ name }) => name === service.name);
      const schedule = source && scheduleOf(source);
      return [
        service.name,
        budgetSecondsOf(service),
        numberAt(service.body, [...podTemplatePath(service), 'spec', 'timeoutSeconds']),
        schedule && shortestPeriodSeconds(schedule),
        textAt(service.body, ['metadata', 'labels', BACKEND_LABEL]),
      ].map(String);
    });
    expect(await rowsOf('base/kustomization.yaml')).toEqual(sorted(expected));
  });

  it('components/job/cron-job/kustomization.yaml has the numbers of the files', async () => {
    const { jobs } = toManifestSet(await readScenario('cron-job'));
    const deadline = ['spec', 'jobTemplate', 'spec', 'activeDeadlineSeconds'];
    const expected = jobs.map((job) => [job.name, budgetSecondsOf(job), numberAt(job.body, deadline)].map(String));
    expect(await rowsOf('components/job/cron-job/kustomization.yaml')).toEqual(sorted(expected));
  });
});
