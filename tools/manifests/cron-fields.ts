/** The values at which each field of a schedule fires, ascending; `star` where the text said `*`, which decides how days combine. */
export interface CronFields {
  readonly second: CronField;
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  /** 0 is Sunday. */
  readonly dayOfWeek: CronField;
}
export interface CronField {
  readonly values: readonly number[];
  readonly star: boolean;
}

/** A schedule that PingSource's webhook refuses, or takes as something its writer cannot have meant. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

interface Bounds {
  readonly field: keyof CronFields;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS = [
  { field: 'second', title: 'second', min: 0, max: 59, names: [] },
  { field: 'minute', title: 'minute', min: 0, max: 59, names: [] },
  { field: 'hour', title: 'hour', min: 0, max: 23, names: [] },
  { field: 'dayOfMonth', title: 'day of month', min: 1, max: 31, names: [] },
  { field: 'month', title: 'month', min: 1, max: 12, names: MONTHS },
  { field: 'dayOfWeek', title: 'day of week', min: 0, max: 6, names: DAYS },
] as const satisfies readonly Bounds[];

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 0 1 1 *'],
  ['@annually', '0 0 0 1 1 *'],
  ['@monthly', '0 0 0 1 * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@daily', '0 0 0 * * *'],
  ['@midnight', '0 0 0 * * *'],
  ['@hourly', '0 0 * * * *'],
]);

/**
 * Reads a schedule by the grammar of robfig/cron 3.0.1 with the options PingSource gives it: five fields, or six with leading
 * seconds, or a descriptor. Refused although robfig takes them: a zone prefix (PingSource has `timezone`), `*-5` (robfig ignores the
 * 5), an empty list element and a signed number.
 */
export function parseCronFields(expression: string): CronFields {
  if (/^(CRON_)?TZ=/.test(expression)) {
    throw new ScheduleError('expected no zone in the schedule (PingSource has the field timezone)');
  }
  const text = expression.trim();
  if (text.startsWith('@every')) throw new ScheduleError('expected five or six fields, PingSource refuses @every');
  const parts = (text.startsWith('@') ? descriptor(text) : text).split(/\s+/);
  if (text === '' || parts.length < 5 || parts.length > 6) {
    throw new ScheduleError(`expected 5 fields, or 6 with leading seconds, got ${text === '' ? 0 : parts.length}`);
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = FIELDS.map((bounds, index) =>
    parseField(parts.length === 5 ? (['0', ...parts][index] ?? '') : (parts[index] ?? ''), bounds),
  );
  if (!second || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) throw new Error('FIELDS has six entries');
  return { second, minute, hour, dayOfMonth, month, dayOfWeek };
}

function descriptor(text: string): string {
  const fields = DESCRIPTORS.get(text);
  if (fields === undefined) {
    throw new ScheduleError(`expected one of ${[...DESCRIPTORS.keys()].join(', ')}, got ${JSON.stringify(text)}`);
  }
  return fields;
}

function parseField(text: string, bounds: Bounds): CronField {
  const values = new Set<number>();
  let star = false;
  for (const element of text.split(',')) {
    const range = parseRange(element, bounds);
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
    star ||= range.star;
  }
  return { values: [...values].sort((left, right) => left - right), star };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly star: boolean;
}

function parseRange(element: string, bounds: Bounds): Range {
  const { title, min, max } = bounds;
  const refuse = (expected: string): never => {
    throw new ScheduleError(`${title}: expected ${expected}, got ${JSON.stringify(element)}`);
  };
  const [span = '', stepText, ...moreSteps] = element.split('/');
  const [low = '', high, ...moreEnds] = span.split('-');
  if (moreSteps.length > 0) refuse('one slash at most');
  if (moreEnds.length > 0) refuse('one hyphen at most');
  const step =
    stepText === undefined ? 1 : /^\d+$/.test(stepText) ? Number(stepText) : refuse('a whole number as step');
  if (step === 0) refuse('a step of at least 1');
  if (low === '*' || low === '?') {
    if (high !== undefined) refuse('no range that begins with * or ?');
    return { from: min, to: max, step, star: step === 1 };
  }
  const valueOf = (word: string): number => {
    const named = bounds.names.indexOf(word.toLowerCase());
    if (named !== -1) return named + min;
    return /^\d+$/.test(word) ? Number(word) : refuse(bounds.names.length > 0 ? 'a number or a name' : 'a number');
  };
  const from = valueOf(low);
  const to = high !== undefined ? valueOf(high) : stepText !== undefined ? max : from;
  if (from < min || to > max) refuse(`${min} to ${max}`);
  if (from > to) refuse('a range that ascends');
  return { from, to, step, star: false };
}
