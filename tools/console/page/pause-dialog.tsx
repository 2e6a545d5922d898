import { signal, useSignal } from '@preact/signals';
import { callApi, wordsOf } from './call-api.ts';
import { Modal } from './modal.tsx';

const open = signal<string | undefined>(undefined);

/** Asks why a task is to be paused. */
export function openPause(task: string): void {
  open.value = task;
}

/** The question, while it is asked. */
export function PauseDialog() {
  const task = open.value;
  return task === undefined ? <></> : <OpenDialog key={task} task={task} />;
}

function OpenDialog({ task }: { task: string }) {
  const reason = useSignal('');
  const problem = useSignal('');
  const close = (): void => {
    open.value = undefined;
  };
  const pause = async (): Promise<void> => {
    try {
      await callApi('POST', `/api/tasks/${task}/pause`, { reason: reason.value.trim() || 'by the console' });
      close();
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <Modal title={`Pause ${task}`} submit="Pause" onSubmit={pause} onClose={close}>
      <p class="comment">Ticks are skipped until it is resumed; events that a person sends still run.</p>
      <div class="field">
        <label for="pause-reason">
          reason <small>stands in the answer and the log line of each skipped tick</small>
        </label>
        <input
          id="pause-reason"
          placeholder="by the console"
          autocomplete="off"
          value={reason.value}
          onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
        />
        <p class="problem" role="alert">
          {problem.value}
        </p>
      </div>
    </Modal>
  );
}
