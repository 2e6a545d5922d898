import type { RunView, Outcome } from '../state.ts';

/** One stroke per outcome on a 16 by 16 field: told apart without colour, and whatever fonts there are. */
const STROKES: Readonly<Record<Outcome, string>> = {
  done: 'M3 8.5l3.2 3.3L13 4.7',
  skipped: 'M3 4l4 4-4 4M9 4l4 4-4 4',
  rejected: 'M4 4l8 8M12 4l-8 8',
  busy: 'M5.5 4v8M10.5 4v8',
  unavailable: 'M12.6 8.6A4.7 4.7 0 1 1 11.2 4.6M11.6 1.8v3.2H8.4',
  unknown: 'M5.6 6a2.4 2.4 0 1 1 3.7 2C8.4 8.6 8 9 8 9.9M8 12.8v.1',
  missed:
    'M8 3a5 5 0 0 1 5 5M13 8a5 5 0 0 1-.9 2.9M9.3 12.8a5 5 0 0 1-2.6 0M3.9 10.9A5 5 0 0 1 3 8M3.9 5.1A5 5 0 0 1 5.2 3.9',
  running: 'M5.5 3.5l6 4.5-6 4.5z',
  'no answer': 'M8 3.2v5.6M8 12.3v.1',
};

/** The class that gives an outcome its colour. */
export function outcomeClass(outcome: Outcome): string {
  return `is-${outcome.replace(' ', '-')}`;
}

export function OutcomeIcon({ outcome }: { outcome: Outcome }) {
  return (
    <svg class="icon-stroke" viewBox="0 0 16 16" aria-hidden="true">
      <path d={STROKES[outcome]} />
    </svg>
  );
}

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
