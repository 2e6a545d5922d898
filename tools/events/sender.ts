import type { Lane } from '../backfill/drive.ts';

/** A way to a function: its URL, or this very process. */
export interface Sender extends Lane {
  /** Where it leads, in words. */
  readonly destination: string;
  close(): Promise<void>;
}
