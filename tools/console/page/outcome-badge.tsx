import type { Outcome, RunView } from '../state.ts';

const GLYPHS: Readonly<Record<Outcome, string>> = {
  done: '✓',
  skipped: '»',
  rejected: '✕',
  busy: '∥',
  unavailable: '↻',
  unknown: '?',
  missed: '◌',
  running: '●',
  'no answer': '!',
};

/** The class that gives an outcome its colour. */
export function outcomeClass(outcome: Outcome): string {
  return `is-${outcome.replace(' ', '-')}`;
}

/** An outcome by shape, word and colour. */
export function OutcomeBadge({ run }: { run: RunView }) {
  const reason = run.reason !== undefined && run.reason !== run.outcome ? run.reason : undefined;
  return (
    <span class={`badge ${outcomeClass(run.outcome)}`}>
      <span class="glyph" aria-hidden="true">
        {GLYPHS[run.outcome]}
      </span>
      {run.outcome}
      {reason !== undefined && <span class="reason">{reason}</span>}
      {run.isLost && run.kind === 'scheduled' && <span class="reason">lost</span>}
    </span>
  );
}
