/** One variable of the environment. */
export interface Setting<Value> {
  readonly name: string;
  /** Read where the variable is not set; written as one would set it. */
  readonly fallback?: string;
  readonly isRequired?: boolean;
  /** Its value appears in no message. */
  readonly isSecret?: boolean;
  /** The value of a text; the text is empty only where a required variable is not set. Reports what is wrong with it. */
  readonly parse: (text: string, context: SettingContext) => Value;
}

export interface SettingContext {
  /** Says what was expected, and what came: the text itself, where it may be shown. */
  readonly report: (expected: string, got: unknown) => void;
  /** Another variable's text; undefined when it is blank. */
  readonly textOf: (name: string) => string | undefined;
}

/** Reads a setting by its parser; undefined when it is not set and has no default. */
export type ReadSetting = <Value>(setting: Setting<Value>) => Value | undefined;
