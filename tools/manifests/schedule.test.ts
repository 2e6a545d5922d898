import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCronFields, ScheduleError } from './cron-fields.ts';
import { firesOnDay, nextRuns, parseSchedule, shortestPeriodSeconds, timezoneProblem } from './schedule.ts';
import { ZONE_NAMES } from './zone-names.ts';

interface Recorded {
  readonly cases: readonly {
    readonly schedule: string;
    readonly timezone: string;
    readonly from?: string;
    readonly runs?: readonly string[];
    readonly refused?: string;
  }[];
}
const { cases } = JSON.parse(
  readFileSync(new URL('../../test/support/manifests/robfig-cron.json', import.meta.url), 'utf8'),
) as Recorded;
const accepted = cases.filter((entry) => entry.runs !== undefined);
const refused = cases.filter((entry) => entry.refused !== undefined);

describe('against robfig/cron 3.0.1', () => {
  it.each(accepted)('$schedule in $timezone from $from has the same next six runs', (entry) => {
    const runs = nextRuns(parseSchedule(entry.schedule, entry.timezone), new Date(entry.from ?? ''), 6);
    expect(runs.map((run) => run.toISOString().replace('.000', ''))).toEqual(entry.runs);
  });

  it.each(refused)('$schedule is refused too', ({ schedule, timezone }) => {
    expect(() => parseSchedule(schedule, timezone)).toThrow(ScheduleError);
  });
});

describe('parseSchedule', () => {
  it.each([
    ['TZ=UTC 0 0 * * *', 'expected no zone in the schedule (PingSource has the field timezone)'],
    ['CRON_TZ=UTC 0 0 * * *', 'expected no zone in the schedule (PingSource has the field timezone)'],
    ['@every 10m', 'expected five or six fields, PingSource refuses @every'],
    ['*-5 * * * *', 'minute: expected no range that begins with * or ?, got "*-5"'],
    ['1,,2 * * * *', 'minute: expected a number, got ""'],
    ['+5 * * * *', 'minute: expected a number, got "+5"'],
    ['60 * * * *', 'minute: expected 0 to 59, got "60"'],
    ['0 0 * * 7', 'day of week: expected 0 to 6, got "7"'],
    ['0 0 * foo *', 'month: expected a number or a name, got "foo"'],
    ['0 0 * *', 'expected 5 fields, or 6 with leading seconds, got 4'],
    ['', 'expected 5 fields, or 6 with leading seconds, got 0'],
  ])('refuses %j: %s', (expression, message) => {
    expect(() => parseSchedule(expression, 'UTC')).toThrow(new ScheduleError(message));
  });

  it('refuses a zone by the name of the field that holds it', () => {
    expect(() => parseSchedule('0 0 * * *', 'Asia/Peking')).toThrow(
      new ScheduleError('expected an IANA zone such as "Asia/Shanghai", got "Asia/Peking"'),
    );
  });
});

describe('parseCronFields', () => {
  it('refuses what it cannot read with a ScheduleError, never with another', () => {
    const word = fc.stringMatching(/^[0-9*?,/a-zA-Z@-]{0,6}$/);
    const isReadOrRefused = (expression: string): boolean => {
      try {
        return parseCronFields(expression).minute.values.length > 0;
      } catch (error) {
        return error instanceof ScheduleError;
      }
    };
    const property = fc.property(fc.array(word, { maxLength: 7 }), (words) => isReadOrRefused(words.join(' ')));
    expect(fc.check(property)).toMatchObject({ failed: false });
  });
});

describe('timezoneProblem', () => {
  it.each(['Asia/Shanghai', 'UTC', 'PRC', 'Etc/GMT-14', 'Asia/Chongqing', 'America/Port-au-Prince', 'W-SU'])(
    'takes %s',
    (zone) => {
      expect(timezoneProblem(zone)).toBeUndefined();
    },
  );

  it.each(['', '+08:00', 'GMT+8', 'CST', 'Local', 'Prc', 'US/pacific', 'Mars/Olympus', 'Asia/Shangai'])(
    'refuses %j',
    (zone) => {
      expect(timezoneProblem(zone)).toContain(`got ${JSON.stringify(zone)}`);
    },
  );

  it.each([
    ['asia/shanghai', 'Asia/Shanghai'],
    ['Asia/KolKata', 'Asia/Kolkata'],
    ['Asia/CALCUTTA', 'Asia/Calcutta'],
    ['us/pacific', 'US/Pacific'],
    ['etc/gmt-14', 'Etc/GMT-14'],
    ['America/port-au-prince', 'America/Port-au-Prince'],
  ])('of %s says that it is spelled %s', (zone, spelled) => {
    expect(timezoneProblem(zone)).toContain(`(it is spelled ${spelled})`);
  });

  it('takes every name of Node, and no name of Go in another case', () => {
    const names = [...ZONE_NAMES].filter((name) => name !== 'Factory'); // a placeholder, which Node refuses
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !ZONE_NAMES.has(name))).toEqual([]);
    expect(names.filter((name) => timezoneProblem(name) !== undefined)).toEqual([]);
    const otherCases = names
      .flatMap((name) => [name.toLowerCase(), name.toUpperCase()])
      .filter((name) => !names.includes(name));
    expect(otherCases.filter((name) => timezoneProblem(name) === undefined)).toEqual([]);
    expect(timezoneProblem('Factory')).toContain('got "Factory"');
  });
});

describe('shortestPeriodSeconds', () => {
  it.each([
    ['3-59/10 * * * *', 600],
    ['7 * * * *', 3600],
    ['45 2 * * *', 86_400],
    ['11,41 * * * *', 1800],
    ['0,59 0 * * *', 3540],
    ['0 0,23 * * *', 3600],
    ['*/20 * * * * *', 20],
    ['@monthly', 86_400],
  ])('of %s is %i', (expression, seconds) => {
    expect(shortestPeriodSeconds(parseSchedule(expression, 'UTC'))).toBe(seconds);
  });
});

describe('nextRuns', () => {
  it('never come closer than the shortest period', () => {
    const values = (max: number) => fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values(59), values(23), (minutes, hours) => {
        const schedule = parseSchedule(`${minutes.join(',')} ${hours.join(',')} * * *`, 'Asia/Shanghai');
        const runs = nextRuns(schedule, new Date('2026-11-22T00:00:00Z'), 12).map((run) => run.getTime() / 1000);
        const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? 0));
        expect(Math.min(...gaps)).toBe(shortestPeriodSeconds(schedule));
      }),
      { numRuns: 50 },
    );
  });

  it('is empty for a day that no calendar has', () => {
    expect(nextRuns(parseSchedule('0 0 31 2 *', 'UTC'), new Date('2026-01-01T00:00:00Z'), 5)).toEqual([]);
  });

  it('begins strictly after the given instant', () => {
    const [next] = nextRuns(parseSchedule('45 2 * * *', 'Asia/Shanghai'), new Date('2026-11-22T18:45:00Z'), 1);
    expect(next?.toISOString()).toBe('2026-11-23T18:45:00.000Z');
  });
});

describe('firesOnDay', () => {
  it('takes either of two restricted day fields, and both when one is *', () => {
    const either = parseSchedule('0 0 13 * 5', 'UTC').fields;
    const onlyWeek = parseSchedule('0 0 * * 5', 'UTC').fields;
    expect([
      firesOnDay(either, 2026, 11, 13),
      firesOnDay(either, 2026, 11, 20),
      firesOnDay(either, 2026, 11, 21),
    ]).toEqual([true, true, false]);
    expect([firesOnDay(onlyWeek, 2026, 11, 20), firesOnDay(onlyWeek, 2026, 11, 21)]).toEqual([true, false]);
  });
});
