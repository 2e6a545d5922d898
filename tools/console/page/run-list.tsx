import { calendarDay, clockTime, span } from './format.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { lengthMs, PhaseBar, PHASES } from './phase-bar.tsx';
import { nowMs, runs, timezone } from './store.ts';

const SHOWN = 30;

/** The latest runs, each with where its time went; all bars share one scale. */
export function RunList() {
  const shown = runs.value.slice(0, SHOWN);
  const scaleMs = Math.max(1000, ...shown.map((run) => lengthMs(run, nowMs.value)));
  return (
    <section class="panel" aria-labelledby="runs-title">
      <header class="panel-head">
        <h2 id="runs-title">Runs</h2>
        <ul class="legend">
          {PHASES.map(([name, title]) => (
            <li key={name}>
              <i class={`swatch phase is-${name}`} />
              {title}
            </li>
          ))}
        </ul>
      </header>
      {shown.length === 0 && <p class="empty">The first tick is on its way.</p>}
      <ol class="runs">
        {shown.map((run) => {
          const slot = new Date(run.slot);
          return (
            <li key={run.id}>
              <a class="run" href={`#/runs/${encodeURIComponent(run.id)}`} data-run={run.id}>
                <span class="run-slot">
                  <b>{clockTime(slot, timezone.value)}</b> <small>{calendarDay(slot, timezone.value)}</small>
                </span>
                <span class="run-task">
                  {run.task} {(run.kind === 'manual' || run.kind === 'backfill') && <small>{run.kind}</small>}
                </span>
                <OutcomeBadge run={run} />
                <PhaseBar run={run} scaleMs={scaleMs} nowMs={nowMs.value} />
                <span class="run-time">{run.attempts.length === 0 ? '–' : span(lengthMs(run, nowMs.value))}</span>
                <span class="run-rows">{run.rows === undefined ? '' : `${run.rows} rows`}</span>
              </a>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
