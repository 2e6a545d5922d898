import { signal, useSignal } from '@preact/signals';
import type { RunRequestReply, RequestForm, TaskView } from '../state.ts';
import { BackfillFields, type Span } from './backfill-fields.tsx';
import { callApi, wordsOf } from './call-api.ts';
import { Field } from './field.tsx';
import { Modal } from './modal.tsx';
import { RunRequest } from './run-request.ts';
import { timezone } from './store.ts';

type Kind = 'run' | 'backfill';

const open = signal<{ readonly kind: Kind; readonly task: TaskView; readonly runRequest: RunRequest } | undefined>(
  undefined,
);

/** Opens the form of one run, or of a backfill. */
export async function openRunRequest(kind: Kind, task: TaskView): Promise<void> {
  const form = await callApi<RequestForm>('GET', `/api/tasks/${task.name}/form`);
  open.value = { kind, task, runRequest: new RunRequest(task.name, form) };
}

/** The form, while it is open. */
export function RunRequestDialog() {
  const shown = open.value;
  return shown === undefined ? <></> : <OpenDialog key={`${shown.kind} ${shown.task.name}`} {...shown} />;
}

function OpenDialog({ kind, task, runRequest }: { kind: Kind; task: TaskView; runRequest: RunRequest }) {
  const isSending = useSignal(false);
  const span = useSignal<Span | undefined>(undefined);
  const { longestStepMs, usualMs, fields } = runRequest.form;
  const isImpossible = kind === 'backfill' && longestStepMs === undefined;

  const close = (): void => {
    open.value = undefined;
  };
  const send = async (): Promise<void> => {
    isSending.value = true;
    try {
      if (kind === 'backfill') {
        await callApi('POST', `/api/tasks/${task.name}/backfill`, { ...span.value, data: runRequest.completed() });
        return close();
      }
      const answer = await callApi<RunRequestReply>('POST', `/api/tasks/${task.name}/run`, {
        data: runRequest.completed(),
      });
      if (answer.status === 400) return runRequest.refuse(answer.message ?? '');
      if (answer.runId !== undefined) location.hash = `#/runs/${encodeURIComponent(answer.runId)}`;
      close();
    } catch (error) {
      runRequest.refuse(wordsOf(error));
    } finally {
      isSending.value = false;
    }
  };
  return (
    <Modal
      title={`${kind === 'run' ? 'Run' : 'Backfill'} ${task.name}`}
      submit={isSending.value ? 'Running…' : kind === 'run' ? 'Send event' : 'Start backfill'}
      isDisabled={isSending.value || isImpossible || (kind === 'backfill' && span.value === undefined)}
      onSubmit={send}
      onClose={close}
    >
      <p class="comment">{explain(kind, task, isImpossible)}</p>
      {kind === 'backfill' && longestStepMs !== undefined && (
        <BackfillFields longestStepMs={longestStepMs} usualMs={usualMs} zone={timezone.value} span={span} />
      )}
      {!isImpossible &&
        fields
          .filter(({ name }) => kind === 'run' || name !== 'window')
          .map((field) => (
            <Field key={field.name} runRequest={runRequest} field={field} path={[field.name]} zone={timezone.value} />
          ))}
      <p class="problem" role="alert">
        {runRequest.otherProblem ?? ''}
      </p>
    </Modal>
  );
}

function explain(kind: Kind, { name, method }: TaskView, isImpossible: boolean) {
  if (isImpossible)
    return `${name} takes no window: each of its runs reads everything, so there is nothing in the past to fill.`;
  if (kind === 'backfill')
    return 'One event per window, in order, until the first that fails. A window that was done is not done again.';
  return (
    <>
      One event, one call of <code>{method}</code>. What you leave out is taken from the configuration.
    </>
  );
}
