import { computed, signal } from '@preact/signals';
import type { RunView } from '../state.ts';
import { runs, tasks } from './store.ts';

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
