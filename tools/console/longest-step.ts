import { findLargestWindow, windowProblemsOf } from '../backfill/largest-window.ts';
import { overlapOf } from '../backfill/overlap.ts';
import type { LocalCluster } from '../dev/local-cluster.ts';
import type { LocalTask } from '../dev/task-pool.ts';

const LONGEST_ASKED_MS = 3650 * 86_400_000;

/**
 * The longest slice of a backfill, ms, that the task takes with its configured overlap: what `bi-cron backfill` cuts when
 * nobody says otherwise, so that both have the same run keys. Undefined when it takes none. Throws the RunError of a
 * configuration that the function would refuse.
 */
export function findLongestStep({ config, clock }: LocalCluster, { definition }: LocalTask): number | undefined {
  const now = clock.now();
  const overlapMs = overlapOf(config.effective(definition).options);
  const largestMs = findLargestWindow(windowProblemsOf(definition, now), LONGEST_ASKED_MS, now) ?? 0;
  return largestMs > overlapMs ? largestMs - overlapMs : undefined;
}
