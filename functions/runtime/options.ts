/**
 * What a task may be configured with below `tasks.<name>`: plain data, so that a task's module loads nothing.
 * `config/option-schema.ts` validates by it.
 */
export type Option<Value = unknown> = {
  readonly kind: keyof Kinds;
  /** Counts when the key is absent or null, written as in the configuration. */
  readonly fallback?: unknown;
  /** May the key be absent or null, without a fallback? */
  readonly isOptional?: true;
  /** The largest number allowed. */
  readonly max?: number;
  /** Carries the type of the value only; never set. */
  readonly value?: Value;
};

/** The kinds of option, and what each is read to. */
interface Kinds {
  /** Text such as `2h`, read to milliseconds. */
  duration: number;
  /** A list, empty when absent. */
  identifiers: string[];
  /** Rows per upstream page, from 1 up. */
  pageSize: number;
  /** Not negative. */
  wholeNumber: number;
  /** Not empty. */
  text: string;
}

/** The options of a task by their keys. */
export type Options = Readonly<Record<string, Option>>;

/** What a task gets of its options. */
export type OptionValues<Declared extends Options> = {
  readonly [Key in keyof Declared]: Declared[Key] extends Option<infer Value> ? Value : never;
};

/** A duration such as `2h`, read to milliseconds. */
export const duration: Option<number> = { kind: 'duration' };

/** A duration with a default, written as in the configuration. */
export const durationOr = (fallback: string): Option<number> => ({ kind: 'duration', fallback });

/** Rows per upstream page: 1 to what the upstream API allows. */
export const pageSize = (fallback: number, max: number): Option<number> => ({ kind: 'pageSize', fallback, max });

/** A list of identifiers, empty when absent. */
export const identifiers: Option<string[]> = { kind: 'identifiers', fallback: [] };

/** A whole number that is not negative. */
export const wholeNumber: Option<number> = { kind: 'wholeNumber' };

/** Free text with a default. */
export const textOr = (fallback: string): Option<string> => ({ kind: 'text', fallback });

/** A key that may be absent or null. */
export const optional = <Value>(option: Option<Value>): Option<Value | null | undefined> => ({
  ...option,
  isOptional: true,
});
