import { useSignal } from '@preact/signals';
import type { TaskView } from '../state.ts';
import { BackfillProgress } from './backfill-progress.tsx';
import { callApi } from './call-api.ts';
import { clockTime, countdown } from './format.ts';
import { openOrder } from './order-dialog.tsx';
import { outcomeClass } from './outcome-badge.tsx';
import { nowMs, realAt, runs, timezone } from './store.ts';

const STATE_HINTS = {
  zero: 'no process',
  cold: 'a process is starting',
  running: 'a process is up',
  draining: 'the process finishes and ends',
} as const;
const STRIP = 16;

/** A task: when it is due, what state it is in, how its last runs ended, and what can be done with it. */
export function TaskCard({ task }: { task: TaskView }) {
  const { name, schedule, state, inFlight, paused, next } = task;
  const [soonest] = next;
  return (
    <article class={paused === undefined ? 'card' : 'card is-paused'} data-task={name} aria-labelledby={`task-${name}`}>
      <header>
        <h3 id={`task-${name}`}>{name}</h3>
        <span class={`pod is-${state}`} title={STATE_HINTS[state]}>
          <i aria-hidden="true" />
          {state}
          {inFlight > 1 && ` ${inFlight}`}
        </span>
      </header>
      <p class="words">{schedule?.words ?? 'On demand only'}</p>
      <p class="fine">
        {schedule === undefined ? task.method : <code>{schedule.expression}</code>} {task.backend}
      </p>
      <div class="due-in">
        {soonest === undefined ? (
          <span class="digits">–</span>
        ) : (
          <span class="digits" role="timer" data-next={soonest}>
            {countdown(realAt(soonest) - nowMs.value)}
          </span>
        )}
        <span class="next">
          {next.map((slot) => (
            <time key={slot} dateTime={slot}>
              {clockTime(new Date(slot), timezone.value)}
            </time>
          ))}
        </span>
        <button
          type="button"
          class="icon"
          disabled={soonest === undefined}
          title="Set the clock to 3 s before the next tick"
          aria-label={`Jump to the next tick of ${name}`}
          onClick={() => void callApi('POST', '/api/clock', { jumpTo: name })}
        >
          ⇥
        </button>
      </div>
      <Strip task={name} />
      <p class="note">{paused === undefined ? '' : `Paused: ${paused}`}</p>
      <BackfillProgress task={name} />
      <Actions task={task} />
    </article>
  );
}

/** The outcomes of the last runs, the newest at the right. */
function Strip({ task }: { task: string }) {
  const own = runs.value.filter((run) => run.task === task).slice(0, STRIP);
  const blanks = Array.from({ length: STRIP - own.length }, (_, index) => index);
  return (
    <div class="strip">
      {blanks.map((blank) => (
        <span key={blank} class="cell" />
      ))}
      {own.toReversed().map((run) => (
        <a
          key={run.id}
          class={`cell ${outcomeClass(run.outcome)}`}
          href={`#/runs/${encodeURIComponent(run.id)}`}
          aria-label={`${clockTime(new Date(run.slot), timezone.value)} ${run.outcome}`}
          title={`${clockTime(new Date(run.slot), timezone.value)} ${run.outcome}`}
        />
      ))}
    </div>
  );
}

function Actions({ task }: { task: TaskView }) {
  const problem = useSignal('');
  const { name, paused } = task;
  const order = async (path: string, body: unknown): Promise<void> => {
    try {
      problem.value = '';
      await callApi('POST', path, body);
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <footer>
      <button type="button" class="primary" onClick={() => void openOrder('run', task)}>
        Run now
      </button>
      <button type="button" onClick={() => void openOrder('backfill', task)}>
        Backfill
      </button>
      <button
        type="button"
        onClick={() =>
          void order(`/api/tasks/${name}/pause`, { reason: paused === undefined ? 'by the console' : null })
        }
      >
        {paused === undefined ? 'Pause' : 'Resume'}
      </button>
      {problem.value !== '' && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </footer>
  );
}
