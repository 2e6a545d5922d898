import { outcomeClass, OutcomeIcon } from './outcome-icon.tsx';

const OUTCOMES = ['done', 'skipped', 'rejected', 'busy', 'unavailable', 'unknown', 'missed', 'running'] as const;

/** What the marks of the timeline mean. */
export function TimelineLegend() {
  return (
    <ul class="legend">
      {OUTCOMES.map((outcome) => (
        <li key={outcome}>
          <i class={`swatch ${outcomeClass(outcome)}`}>
            <OutcomeIcon outcome={outcome} />
          </i>
          {outcome}
        </li>
      ))}
      <li>
        <i class="swatch is-done">
          <span class="cold-mark" />
        </i>
        cold start
      </li>
      <li>
        <b class="tries">×6</b>
        attempts
      </li>
      <li>
        <i class="swatch is-due" />
        due
      </li>
    </ul>
  );
}
