import { useSignal, computed, signal } from '@preact/signals';
import type { RunView } from '../state.ts';
import { calendarDay, clockTime, span } from './format.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { lengthMs, PhaseBar, PHASES } from './phase-bar.tsx';
import { runs, timezone, tasks } from './store.ts';

const STEP = 25;
const USUAL_TIMES = 4; // one long run must not squeeze the bars of all others to nothing

/** The latest runs, each with where its time went; all bars share one scale. */
export function RunList() {
  const count = useSignal(STEP);
  const shown = wantedRuns.value.slice(0, count.value);
  const scaleMs = commonScale(shown.map(lengthMs));
  return (
    <section class="panel" aria-labelledby="runs-title">
      <header class="panel-head">
        <h2 id="runs-title">Runs</h2>
        <RunFilter />
      </header>
      <ul class="legend">
        {PHASES.map(([name, title]) => (
          <li key={name}>
            <i class={`swatch phase is-${name}`} />
            {title}
          </li>
        ))}
      </ul>
      {shown.length === 0 && (
        <p class="empty">
          {runs.value.length === 0
            ? 'No run yet. The first tick is on its way; Run now does not wait for it.'
            : 'No run of this kind among the latest.'}
        </p>
      )}
      <ol class="runs">
        {shown.map((run) => (
          <li key={run.id}>
            <Row run={run} scaleMs={scaleMs} />
          </li>
        ))}
      </ol>
      {wantedRuns.value.length > count.value && (
        <button type="button" class="more" onClick={() => (count.value += STEP)}>
          Show earlier runs ({wantedRuns.value.length - count.value})
        </button>
      )}
    </section>
  );
}

function Row({ run, scaleMs }: { run: RunView; scaleMs: number }) {
  const slot = new Date(run.slot);
  const isByPerson = run.kind === 'manual' || run.kind === 'backfill';
  return (
    <a class="run" href={`#/runs/${encodeURIComponent(run.id)}`} data-run={run.id}>
      <span class="run-slot">
        <b>{clockTime(slot, timezone.value)}</b> <small>{calendarDay(slot, timezone.value)}</small>
      </span>
      <span class="run-task">
        {run.task} {isByPerson && <small>{run.kind}</small>}
      </span>
      <OutcomeBadge run={run} />
      <PhaseBar run={run} scaleMs={scaleMs} />
      <span class="run-time">{run.attempts.length === 0 ? '–' : span(lengthMs(run))}</span>
      <span class="run-rows">{run.rows === undefined ? '' : `${run.rows} rows`}</span>
    </a>
  );
}

/** The longest run, but no more than a few times the usual one; longer bars are cut off at the edge. */
function commonScale(lengthsMs: readonly number[]): number {
  const sorted = lengthsMs.toSorted((one, other) => one - other);
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return Math.max(1000, Math.min(sorted.at(-1) ?? 0, USUAL_TIMES * usual));
}

const task = signal('');
const outcome = signal('');

/** The runs that the person wants to see, newest first. */
export const wantedRuns = computed<readonly RunView[]>(() =>
  runs.value.filter(
    (run) => (task.value === '' || run.task === task.value) && (outcome.value === '' || run.outcome === outcome.value),
  ),
);

/** Choices of task and outcome, of those that there are. */
export function RunFilter() {
  const outcomes = [...new Set(runs.value.map((run) => run.outcome))].toSorted();
  return (
    <div class="filter">
      <select aria-label="Task" value={task.value} onInput={({ currentTarget }) => (task.value = currentTarget.value)}>
        <option value="">all tasks</option>
        {tasks.value.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Outcome"
        value={outcome.value}
        onInput={({ currentTarget }) => (outcome.value = currentTarget.value)}
      >
        <option value="">all outcomes</option>
        {outcomes.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}
