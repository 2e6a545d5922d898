import type { TaskView } from '../state.ts';
import { attempt, post } from './call-api.ts';
import { clockTime, countdown, shortTime } from './format.ts';
import { openRunRequest } from './run-request-dialog.tsx';
import { describeRun, outcomeClass, OutcomeIcon } from './outcome-badge.tsx';
import { openPause } from './pause-dialog.tsx';
import { clock, nowMs, realAt, runs, simulatedAt, timezone, backfills } from './store.ts';

const STATE_HINTS = {
  zero: 'no process',
  cold: 'a process is starting',
  running: 'a process is at work',
  draining: 'the process finishes and ends',
} as const;
const STRIP = 16;

/** A task: when it is due, what state it is in, how its last runs ended, and what can be done with it. */
export function TaskCard({ task }: { task: TaskView }) {
  const { name, schedule, paused } = task;
  return (
    <article class={paused === undefined ? 'card' : 'card is-paused'} data-task={name} aria-labelledby={`task-${name}`}>
      <header>
        <h3 id={`task-${name}`}>{name}</h3>
        <PodChip task={task} />
      </header>
      <p class="words">{schedule?.words ?? 'On demand only'}</p>
      <p class="fine">
        {schedule === undefined ? task.method.split('/').at(-1) : <code>{schedule.expression}</code>}{' '}
        <span>{task.backend}</span>
      </p>
      <DueIn task={task} />
      <Strip task={name} />
      <p class="note">{paused === undefined ? '' : `Paused: ${paused}`}</p>
      <BackfillProgress task={name} />
      <Actions task={task} />
    </article>
  );
}

function PodChip({ task: { state, inFlight } }: { task: TaskView }) {
  const isIdle = state === 'running' && inFlight === 0;
  const hint = isIdle ? 'a process is up and has nothing to do' : STATE_HINTS[state];
  return (
    <span class={`pod is-${isIdle ? 'idle' : state}`} title={hint}>
      <i aria-hidden="true" />
      {isIdle ? 'idle' : state}
      {inFlight > 1 && ` ${inFlight}`}
      <span class="unseen">: {hint}</span>
    </span>
  );
}

function DueIn({ task: { name, next, paused } }: { task: TaskView }) {
  const [soonest] = next;
  const speed = clock.value?.speed ?? 1;
  return (
    <>
      <div class="due-in">
        <div>
          <small>
            {paused === undefined ? 'due in' : 'skips in'}
            {speed !== 1 && soonest !== undefined && ', real time'}
          </small>
          {soonest === undefined ? (
            <span class="digits">–</span>
          ) : (
            <span class="digits" role="timer" data-next={soonest}>
              {countdown(realAt(soonest) - nowMs.value)}
            </span>
          )}
        </div>
        <button
          type="button"
          disabled={soonest === undefined}
          title="Set the clock to 3 s before the next tick"
          aria-label={`Jump to the next tick of ${name}`}
          onClick={() => post('/api/clock', { jumpTo: name })}
        >
          Jump to it
        </button>
      </div>
      <p class="next">
        {next.map((slot) => (
          <time key={slot} dateTime={slot}>
            {shortTime(new Date(slot), simulatedAt(nowMs.value), timezone.value)}
          </time>
        ))}
      </p>
    </>
  );
}

/** The outcomes of the last runs, the newest at the right. By keyboard they are reached in the list of runs. */
function Strip({ task }: { task: string }) {
  const own = runs.value.filter((run) => run.task === task).slice(0, STRIP);
  const blanks = Array.from({ length: STRIP - own.length }, (_, index) => index);
  const summary = own.length === 0 ? 'No runs yet' : `Last runs, newest first: ${own.map(describeRun).join('; ')}`;
  return (
    <div class="strip" role="img" aria-label={summary}>
      {blanks.map((blank) => (
        <span key={blank} class="cell" />
      ))}
      {own.toReversed().map((run) => (
        <a
          key={run.id}
          class={`cell ${outcomeClass(run.outcome)}`}
          href={`#/runs/${encodeURIComponent(run.id)}`}
          tabIndex={-1}
          title={`${clockTime(new Date(run.slot), timezone.value)} ${describeRun(run)}`}
        >
          <OutcomeIcon outcome={run.outcome} />
        </a>
      ))}
    </div>
  );
}

function Actions({ task }: { task: TaskView }) {
  const { name, paused } = task;
  return (
    <footer>
      <button type="button" class="primary" onClick={() => void attempt(() => openRunRequest('run', task))}>
        Run now
      </button>
      <button type="button" onClick={() => void attempt(() => openRunRequest('backfill', task))}>
        Backfill
      </button>
      {paused === undefined ? (
        <button type="button" onClick={() => openPause(name)}>
          Pause
        </button>
      ) : (
        <button type="button" onClick={() => post(`/api/tasks/${name}/pause`, { reason: null })}>
          Resume
        </button>
      )}
    </footer>
  );
}

/** The latest backfill of a task; nothing when there was none. */
export function BackfillProgress({ task }: { task: string }) {
  const latest = backfills.value.find((backfill) => backfill.task === task);
  if (latest === undefined) return <></>;
  const { windows, done, state, message } = latest;
  return (
    <div class={`backfill is-${state}`}>
      <label>
        Backfill {state}: {done} of {windows}
        <progress max={windows} value={done} />
      </label>
      {state === 'running' && (
        <button type="button" onClick={() => post(`/api/tasks/${task}/backfill/stop`, {})}>
          Stop
        </button>
      )}
      {message !== undefined && <p class="problem">{message}</p>}
    </div>
  );
}
