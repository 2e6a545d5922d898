import { findLargestWindow, windowProblemsOf } from '../backfill/largest-window.ts';
import { overlapOf } from '../backfill/overlap.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import type { LocalTask } from '../dev/task-pool.ts';

/** How a backfill is cut when nobody says otherwise: as `bi-cron backfill` cuts it, so that both have the same run keys. */
export interface BackfillCut {
  /** How far each window reaches back before its slice, ms; by the task's configuration. */
  readonly overlapMs: number;
  /** The longest slice that the task takes with that overlap, ms. */
  readonly longestStepMs: number;
}

const LONGEST_ASKED_MS = 3650 * 86_400_000;

/** Undefined when the task takes no window. Throws the RunError of a configuration that the function would refuse. */
export function findCut({ config, clock }: LocalCluster, { definition }: LocalTask): BackfillCut | undefined {
  const now = clock.now();
  const overlapMs = overlapOf(config.effective(definition).options);
  const largestMs = findLargestWindow(windowProblemsOf(definition, now), LONGEST_ASKED_MS, now) ?? 0;
  return largestMs > overlapMs ? { overlapMs, longestStepMs: largestMs - overlapMs } : undefined;
}
