import * as v from 'valibot';
import { DURATION_FORM, parseDuration } from './duration.ts';

/** A duration in the configuration (`2h`), read to milliseconds. */
export const duration = v.pipe(
  v.custom<string>((given) => typeof given === 'string' && (parseDuration(given) ?? 0) > 0, DURATION_FORM),
  v.transform((text) => parseDuration(text) ?? 0),
);

/** A duration with a default, written as in the configuration; null means the default. */
export const durationOr = (fallback: string) => v.nullish(duration, fallback);

/** Rows per upstream page: 1 to what the upstream API allows. */
export const pageSize = (fallback: number, max: number) =>
  v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max)), fallback);

/** An identifier; YAML reads unquoted digits as a number, which means the same. */
const identifier = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty()), v.pipe(v.number(), v.safeInteger())], 'a string'),
  v.transform(String),
);

/** A list of identifiers, empty when absent. */
export const identifiers = v.nullish(v.array(identifier), []);

/** A whole number that is not negative. */
export const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A key that may be absent or null. */
export const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema);
