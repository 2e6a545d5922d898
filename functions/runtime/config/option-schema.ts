import * as v from 'valibot';
import { DURATION_FORM, parseDuration } from '../duration.ts';
import type { Option, Options } from '../options.ts';

/** A duration in the configuration (`2h`), read to milliseconds. */
export const duration = v.pipe(
  v.custom<string>((given) => typeof given === 'string' && (parseDuration(given) ?? 0) > 0, DURATION_FORM),
  v.transform((text) => parseDuration(text) ?? 0),
);

/** A duration with a default, written as in the configuration; null means the default. */
export const durationOr = (fallback: string) => v.nullish(duration, fallback);

/** A key that may be absent or null. */
export const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema);

/** An identifier; YAML reads unquoted digits as a number, which means the same. */
const identifier = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty()), v.pipe(v.number(), v.safeInteger())], 'a string'),
  v.transform(String),
);

/** The schema of a task's own keys. */
export function optionSchemas(options: Options): Record<string, v.GenericSchema> {
  return Object.fromEntries(Object.entries(options).map(([key, option]) => [key, optionSchema(option)]));
}

/** The schema of one option; null means its default. */
export function optionSchema(option: Option): v.GenericSchema {
  const schema = schemaOfKind(option);
  if (option.fallback !== undefined) return v.nullish(schema, option.fallback);
  return option.isOptional === true ? v.nullish(schema) : schema;
}

function schemaOfKind({ kind, max = Infinity }: Option): v.GenericSchema {
  switch (kind) {
    case 'duration':
      return duration;
    case 'identifiers':
      return v.array(identifier);
    case 'pageSize':
      return v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));
    case 'text':
      return v.pipe(v.string(), v.nonEmpty());
    case 'wholeNumber':
      return v.pipe(v.number(), v.safeInteger(), v.minValue(0));
  }
}
