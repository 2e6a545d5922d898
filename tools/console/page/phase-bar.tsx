import type { AttemptView, PhaseName, RunView } from '../state.ts';
import { span } from './format.ts';

const TITLES: Readonly<Record<PhaseName, string>> = {
  hold: 'cold start',
  config: 'configuration',
  resolve: 'find and connect',
  call: 'call',
  rest: 'rest',
};

export const PHASES = Object.entries(TITLES) as [PhaseName, string][]; // Object.entries loses the key type

/** How long a run took from its event to its end, waits between attempts included. */
export function lengthMs(run: RunView, nowMs: number): number {
  return Math.max(0, (run.endedAtMs ?? nowMs) - run.startedAtMs);
}

/** A run's attempts along its time, each cut into its phases; `scaleMs` is the time that fills the width. */
export function PhaseBar({ run, scaleMs, nowMs }: { run: RunView; scaleMs: number; nowMs: number }) {
  const share = (ms: number): string => `${(100 * ms) / scaleMs}%`;
  return (
    <span class="phase-bar" role="img" aria-label={describe(run)} title={describe(run)}>
      {run.attempts.map((attempt, index) => {
        const total = (attempt.endMs ?? nowMs) - attempt.startMs;
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

function describe({ attempts }: RunView): string {
  if (attempts.length === 0) return 'never sent';
  return attempts.map((attempt, index) => `attempt ${index + 1}: ${describeAttempt(attempt)}`).join('; ');
}

/** `503, cold start 120 ms, configuration 4 ms`. */
export function describeAttempt({ status, phases, endMs }: AttemptView): string {
  const parts = phases.filter(({ ms }) => ms >= 1).map(({ name, ms }) => `${TITLES[name]} ${span(ms)}`);
  return [endMs === undefined ? 'under way' : (status ?? 'no answer'), ...parts].join(', ');
}
