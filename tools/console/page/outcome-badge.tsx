import type { RunView } from '../state.ts';
import { outcomeClass, OutcomeIcon } from './outcome-icon.tsx';

/** An outcome by shape, word and colour. */
export function OutcomeBadge({ run }: { run: RunView }) {
  const reason = run.reason !== undefined && run.reason !== run.outcome ? run.reason : undefined;
  return (
    <span class={`badge ${outcomeClass(run.outcome)}`}>
      <span class="glyph">
        <OutcomeIcon outcome={run.outcome} />
      </span>
      {run.outcome}
      {reason !== undefined && <span class="reason">{reason}</span>}
      {run.isLost && run.kind === 'scheduled' && <span class="reason is-lost">lost</span>}
    </span>
  );
}

/** A run in one phrase, for those who hear or hover it. */
export function describeRun(run: RunView): string {
  const tries = run.attempts.length;
  const parts = [
    [run.outcome, run.reason !== run.outcome && run.reason].filter(Boolean).join(', '),
    (run.kind === 'manual' || run.kind === 'backfill') && run.kind,
    run.isCold && 'cold start',
    tries > 1 && `${tries} attempts`,
    run.isLost && run.kind === 'scheduled' && 'lost',
  ];
  return parts.filter(Boolean).join(', ');
}
