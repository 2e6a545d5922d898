import { post } from './call-api.ts';
import { backfills } from './store.ts';

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
