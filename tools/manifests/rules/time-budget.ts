import { DURATION_FORM, parseDuration } from '../../../functions/runtime/duration.ts';
import { ScheduleError } from '../cron-fields.ts';
import {
  describeActual,
  findingAt,
  numberAt,
  textAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { environmentOf, forEach, podTemplatePath, type ManifestSet, type Rule } from '../manifest-set.ts';
import { parseSchedule, shortestPeriodSeconds, type Schedule } from '../schedule.ts';

/** What a cold start may take of `timeoutSeconds`: the activator's clock runs from the request's arrival. */
export const COLD_START_SECONDS = 20;
/** Knative's `max-revision-timeout-seconds`. */
const LONGEST_TIMEOUT_SECONDS = 600;
/** queue-proxy drains for 30 s before SIGTERM, and the grace period is `timeoutSeconds`. */
const SHORTEST_TIMEOUT_SECONDS = 60;

/** RUN_BUDGET in seconds; undefined when it is missing or no duration (K020 says so). */
export function budgetSecondsOf(manifest: Manifest): number | undefined {
  const text = environmentOf(manifest, 'RUN_BUDGET').value;
  const milliseconds = text === undefined ? undefined : parseDuration(text);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

/** The chain from the task's own budget to Knative's limit. */
export const timeoutChain: Rule = {
  id: 'K020',
  title: `RUN_BUDGET + ${COLD_START_SECONDS} s <= timeoutSeconds, and ${SHORTEST_TIMEOUT_SECONDS} <= timeoutSeconds <= ${LONGEST_TIMEOUT_SECONDS}`,
  reason: 'a request that times out is sent again while its run goes on: one tick, several runs',
  check: forEach((set) => set.functions, checkChain),
};

/** Knative's default of 300 s is below a longer `timeoutSeconds`. */
export const responseStart: Rule = {
  id: 'K021',
  title: 'responseStartTimeoutSeconds equals timeoutSeconds',
  reason: 'it defaults to 300 and ends a longer run, because the answer starts when the run ends',
  check: forEach(
    (set) => set.services,
    (service) => {
      const path = [...podTemplatePath(service), 'spec', 'responseStartTimeoutSeconds'];
      const timeout = numberAt(service.body, [...path.slice(0, -1), 'timeoutSeconds']);
      const own = numberAt(service.body, path);
      return own === timeout && own !== undefined
        ? []
        : [
            findingAt(
              service,
              path,
              `expected ${timeout ?? 'the same number as timeoutSeconds'}, but ${describeActual(own)}`,
            ),
          ];
    },
  ),
};

/** The next tick finds the run over. */
export const shorterThanPeriod: Rule = {
  id: 'K022',
  title: `RUN_BUDGET + ${COLD_START_SECONDS} s is shorter than the shortest time between two ticks`,
  reason: 'a tick that meets a running one is skipped as an overlap',
  check: checkPeriod,
};

function checkChain(service: Manifest): RuleFinding[] {
  const { value: text, path: budgetPath } = environmentOf(service, 'RUN_BUDGET');
  const timeoutPath: Path = [...podTemplatePath(service), 'spec', 'timeoutSeconds'];
  const timeout = numberAt(service.body, timeoutPath);
  const budget = budgetSecondsOf(service);
  const findings: RuleFinding[] = [];
  if (budget === undefined || budget === 0) {
    findings.push(findingAt(service, budgetPath, `expected RUN_BUDGET, ${DURATION_FORM}, but ${describeActual(text)}`));
  }
  const least = Math.max(SHORTEST_TIMEOUT_SECONDS, Math.ceil((budget ?? 0) + COLD_START_SECONDS));
  const idle = numberAt(service.body, [...timeoutPath.slice(0, -1), 'idleTimeoutSeconds']);
  if (idle !== undefined && idle > (timeout ?? 0)) {
    const path = [...timeoutPath.slice(0, -1), 'idleTimeoutSeconds'];
    findings.push(
      findingAt(service, path, `expected at most timeoutSeconds, ${timeout ?? 'which is missing'}, got ${idle}`),
    );
  }
  if (timeout === undefined || timeout < least || timeout > LONGEST_TIMEOUT_SECONDS) {
    const sum =
      budget === undefined
        ? ''
        : ` (RUN_BUDGET ${text ?? ''} + ${COLD_START_SECONDS} s, at least ${SHORTEST_TIMEOUT_SECONDS})`;
    const wanted =
      least > LONGEST_TIMEOUT_SECONDS
        ? `RUN_BUDGET of at most ${LONGEST_TIMEOUT_SECONDS - COLD_START_SECONDS}s, got ${text ?? ''}; timeoutSeconds`
        : `timeoutSeconds of ${least} to ${LONGEST_TIMEOUT_SECONDS}${sum}`;
    findings.push(findingAt(service, timeoutPath, `expected ${wanted}, but ${describeActual(timeout)}`));
  }
  return findings;
}

function checkPeriod(set: ManifestSet): RuleFinding[] {
  const timed = [...set.pingSources, ...set.jobs];
  return timed.flatMap((source) => {
    const runner = runnerOf(source, set);
    const schedule = scheduleOf(source);
    const budget = runner === undefined ? undefined : budgetSecondsOf(runner);
    if (schedule === undefined || budget === undefined) return [];
    const least = budget + COLD_START_SECONDS;
    const period = shortestPeriodSeconds(schedule);
    const expected = `expected more than ${least} s between two ticks (RUN_BUDGET ${budget} s + ${COLD_START_SECONDS} s)`;
    return least < period ? [] : [findingAt(source, ['spec', 'schedule'], `${expected}, got ${period} s`)];
  });
}

/** What a tick starts: the JobSink or the Service of its name; a CronJob starts itself. */
function runnerOf(source: Manifest, set: ManifestSet): Manifest | undefined {
  if (source.kind === 'CronJob') return source;
  const toJob = textAt(source.body, ['spec', 'sink', 'ref', 'kind']) === 'JobSink';
  return (toJob ? set.jobs : set.functions).find(({ name }) => name === source.name);
}

/** The schedule of a PingSource or CronJob; undefined when it cannot be read (K023, K024 say so). */
export function scheduleOf(manifest: Manifest): Schedule | undefined {
  const zone = textAt(manifest.body, ['spec', manifest.kind === 'CronJob' ? 'timeZone' : 'timezone']);
  const expression = textAt(manifest.body, ['spec', 'schedule']);
  if (zone === undefined || expression === undefined) return undefined;
  try {
    return parseSchedule(expression, zone);
  } catch (error) {
    if (error instanceof ScheduleError) return undefined;
    throw error;
  }
}
