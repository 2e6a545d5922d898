import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../project.ts';
import { nextRuns, parseSchedule } from './schedule.ts';

/** A row of what robfig/cron fires for a generated schedule: see the file's first lines. Seconds since 1970. */
interface Row {
  readonly expression: string;
  readonly timezone: string;
  readonly from: number;
  readonly ticks: readonly number[];
}

const rows = readFileSync(path.join(ROOT, 'test/support/manifests/robfig-ticks.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): Row => {
    const [expression = '', timezone = '', start = '', gaps = ''] = line.split('\t');
    const from = Number(start);
    let at = from;
    return {
      expression,
      timezone,
      from,
      ticks: gaps.split(' ').flatMap((gap) => (gap === '' ? [] : [(at += Number(gap))])),
    };
  });

const AT_MIDNIGHT = 'robfig loses the whole day when the clock moves on at midnight';
const LESS_THAN_AN_HOUR =
  'robfig loses or repeats ticks of a day on which the clock moves by less than an hour, or at a quarter';

/** Rows that differ, by zone, all within a day of a change of the clock: how many, and why they are left. */
const DIFFERENT: Readonly<Record<string, readonly [rows: number, reason: string]>> = {
  'Africa/Cairo': [6, AT_MIDNIGHT],
  'America/Santiago': [1, AT_MIDNIGHT],
  'Asia/Beirut': [4, AT_MIDNIGHT],
  'Atlantic/Azores': [1, AT_MIDNIGHT],
  'Australia/Lord_Howe': [18, LESS_THAN_AN_HOUR],
  'Pacific/Chatham': [3, LESS_THAN_AN_HOUR],
};

const ticksOf = ({ expression, timezone, from }: Row): number[] =>
  nextRuns(parseSchedule(expression, timezone), new Date(from * 1000), 5).map((tick) => tick.getTime() / 1000);
const differs = (row: Row): boolean => JSON.stringify(ticksOf(row)) !== JSON.stringify(row.ticks);

describe("robfig/cron's ticks", () => {
  it('are 10,000 rows of many zones', () => {
    expect(rows).toHaveLength(10_000);
    expect(new Set(rows.map(({ timezone }) => timezone)).size).toBeGreaterThan(20);
  });

  it('are ours in every zone whose clock is not listed', () => {
    const usual = rows.filter(({ timezone }) => !(timezone in DIFFERENT));
    expect(usual.filter(differs)).toEqual([]);
  });

  it.each(Object.entries(DIFFERENT))('differ in %s in %j', (zone, [count]) => {
    expect(rows.filter((row) => row.timezone === zone && differs(row))).toHaveLength(count);
  });
});
