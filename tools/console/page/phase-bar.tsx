import type { AttemptView, PhaseName, RunView } from '../state.ts';
import { span } from './format.ts';
import { nowMs } from './store.ts';

const TITLES: Readonly<Record<PhaseName, string>> = {
  hold: 'cold start',
  config: 'configuration',
  resolve: 'find and connect',
  call: 'call',
  rest: 'rest',
};

export const PHASES = Object.entries(TITLES) as [PhaseName, string][]; // Object.entries loses the key type

/** How long a run took from its event to its end, or to now; waits between attempts included. */
export function lengthMs(run: RunView): number {
  return Math.max(0, (run.endedAtMs ?? nowMs.value) - run.startedAtMs);
}

/** A run's attempts along its time, each cut into its phases; `scaleMs` is the time that fills the width. */
export function PhaseBar({ run, scaleMs }: { run: RunView; scaleMs: number }) {
  const share = (ms: number): string => `${(100 * ms) / scaleMs}%`;
  const isCut = lengthMs(run) > scaleMs * 1.01;
  return (
    <span class={isCut ? 'phase-bar is-cut' : 'phase-bar'} role="img" aria-label={describe(run)} title={describe(run)}>
      {run.attempts.map((attempt, index) => {
        const total = (attempt.endMs ?? nowMs.value) - attempt.startMs;
        return (
          <span
            key={index}
            class={attempt.endMs === undefined ? 'attempt is-open' : 'attempt'}
            style={{ left: share(attempt.startMs - run.startedAtMs), width: share(Math.max(total, 0)) }}
          >
            {attempt.phases.map(({ name, ms }) => (
              <span key={name} class={`phase is-${name}`} style={{ flexGrow: Math.max(ms, 0.01) }} />
            ))}
          </span>
        );
      })}
    </span>
  );
}

/** The attempts of a run as a list: when each was sent, what was answered, and what its time went into. */
export function Attempts({ run }: { run: RunView }) {
  return (
    <ol class="attempts">
      {run.attempts.map((attempt, index) => (
        <li key={index}>
          <span>+{span(attempt.startMs - run.startedAtMs)}</span>
          <b>{statusOf(attempt)}</b>
          {notable(attempt).map(({ name, ms }) => (
            <span key={name}>
              <i class={`swatch phase is-${name}`} />
              {TITLES[name]} {span(ms)}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}

function describe({ attempts }: RunView): string {
  if (attempts.length === 0) return 'never sent';
  return attempts.map((attempt, index) => `attempt ${index + 1}: ${describeAttempt(attempt)}`).join('; ');
}

/** `503, cold start 120 ms, configuration 4 ms`. */
function describeAttempt(attempt: AttemptView): string {
  return [statusOf(attempt), ...notable(attempt).map(({ name, ms }) => `${TITLES[name]} ${span(ms)}`)].join(', ');
}

function statusOf({ status, endMs }: AttemptView): string {
  return endMs === undefined ? 'under way' : String(status ?? 'no answer');
}

function notable({ phases }: AttemptView): AttemptView['phases'] {
  return phases.filter(({ ms }) => ms >= 1);
}
