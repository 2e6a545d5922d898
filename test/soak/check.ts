/** What one part of the soak found. */
export interface Check {
  readonly name: string;
  /** The figures, on one line. */
  readonly figures: string;
  /** What must not be; empty when nothing was lost or doubled. */
  readonly broken: readonly string[];
}
