import { useSignal } from '@preact/signals';
import type { RunView, TaskView } from '../state.ts';
import { clockTime, shortTime, span } from './format.ts';
import { describeRun, outcomeClass, OutcomeIcon } from './outcome-badge.tsx';
import { nowMs, realAt, runs, simulatedAt, tasks, timezone } from './store.ts';

const RANGES = [
  { title: '1 min', pastMs: 60_000 },
  { title: '5 min', pastMs: 300_000 },
  { title: '1 h', pastMs: 3_600_000 },
] as const;
const FUTURE_SHARE = 0.25;
const MIN_SHARE = 0.015; // a bar must stay visible, clickable, and show its mark
const MAX_ROWS = 3;

interface Scale {
  readonly startMs: number;
  readonly lengthMs: number;
}

/** Runs and coming ticks of every task along real time, the present a quarter from the right. */
export function Timeline() {
  const range = useSignal<(typeof RANGES)[number]>(RANGES[0]);
  const lengthMs = range.value.pastMs / (1 - FUTURE_SHARE);
  const scale = { startMs: nowMs.value - range.value.pastMs, lengthMs };
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">
          Timeline <small>real time; arrow keys go from run to run</small>
        </h2>
        <div class="segments" role="group" aria-label="Range">
          {RANGES.map((one) => (
            <button
              type="button"
              key={one.title}
              aria-pressed={one === range.value}
              onClick={() => (range.value = one)}
            >
              {one.title}
            </button>
          ))}
        </div>
      </header>
      <div class="timeline" onKeyDown={walk}>
        <div class="lane axis" aria-hidden="true">
          <span />
          <div class="track">
            {[1, 2 / 3, 1 / 3].map((share) => (
              <span key={share} class="mark" style={{ left: at(scale, nowMs.value - range.value.pastMs * share) }}>
                −{span(range.value.pastMs * share)}
              </span>
            ))}
            <span class="mark is-now" style={{ left: at(scale, nowMs.value) }}>
              now
            </span>
          </div>
        </div>
        {tasks.value.map((task) => (
          <Lane key={task.name} task={task} scale={scale} />
        ))}
      </div>
      <TimelineLegend />
    </section>
  );
}

/** The bars are one stop of the tab key; arrow keys move among them, lane by lane in the order of time. */
function walk(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  const bars = [...event.currentTarget.querySelectorAll<HTMLElement>('a.bar')];
  const next = bars[bars.findIndex((bar) => bar === event.target) + (step ?? 0)];
  if (step === undefined || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function Lane({ task, scale }: { task: TaskView; scale: Scale }) {
  const shown = stack(
    runs.value.filter((run) => run.task === task.name && (run.endedAtMs ?? nowMs.value) > scale.startMs),
    scale,
  );
  return (
    <div class="lane">
      <span class="lane-name">{task.name}</span>
      <div class="track">
        <span class="now-line" style={{ left: at(scale, nowMs.value) }} />
        {task.next.map((slot) => {
          const due = realAt(slot);
          if (due > scale.startMs + scale.lengthMs) return undefined;
          return (
            <span
              key={slot}
              class="due"
              style={{ left: at(scale, due) }}
              title={`due ${shortTime(new Date(slot), simulatedAt(nowMs.value), timezone.value)}`}
            />
          );
        })}
        {shown.map(({ run, row }) => (
          <Bar key={run.id} run={run} row={row} scale={scale} />
        ))}
      </div>
    </div>
  );
}

function Bar({ run, row, scale }: { run: RunView; row: number; scale: Scale }) {
  const ownMs = Math.max((run.endedAtMs ?? nowMs.value) - run.startedAtMs, MIN_SHARE * scale.lengthMs);
  const label = `${run.task} ${clockTime(new Date(run.slot), timezone.value)}: ${describeRun(run)}`;
  return (
    <a
      href={`#/runs/${encodeURIComponent(run.id)}`}
      class={`bar ${outcomeClass(run.outcome)} row-${row}`}
      style={{ left: at(scale, run.startedAtMs), width: `${(100 * ownMs) / scale.lengthMs}%` }}
      tabIndex={run === runs.value[0] ? 0 : -1}
      title={label}
      aria-label={label}
    >
      {run.isCold && <span class="cold-mark" />}
      <OutcomeIcon outcome={run.outcome} />
      {run.attempts.length > 1 && (
        <>
          <b class="tries">×{run.attempts.length}</b>
          {run.attempts.map(({ startMs }, index) => (
            <i key={index} class="try" style={{ left: `${(100 * (startMs - run.startedAtMs)) / ownMs}%` }} />
          ))}
        </>
      )}
    </a>
  );
}

function at({ startMs, lengthMs }: Scale, ms: number): string {
  return `${(100 * (ms - startMs)) / lengthMs}%`;
}

/** Gives each run the first row that is free at its start, so that overlapping runs lie above each other. */
function stack(newestFirst: readonly RunView[], { lengthMs }: Scale): { run: RunView; row: number }[] {
  const freeAt: number[] = [];
  return newestFirst.toReversed().map((run) => {
    const free = freeAt.findIndex((ms) => ms <= run.startedAtMs);
    const row = Math.min(free === -1 ? freeAt.length : free, MAX_ROWS - 1);
    freeAt[row] = Math.max(run.endedAtMs ?? nowMs.value, run.startedAtMs + MIN_SHARE * lengthMs);
    return { run, row };
  });
}

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
