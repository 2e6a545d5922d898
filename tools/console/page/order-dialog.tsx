import { signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { OrderAnswer, RequestForm, TaskView } from '../state.ts';
import { BackfillFields, type Span } from './backfill-fields.tsx';
import { callApi } from './call-api.ts';
import { Field } from './field.tsx';
import { Order } from './order.ts';
import { timezone } from './store.ts';

type Kind = 'run' | 'backfill';

const open = signal<{ readonly kind: Kind; readonly task: TaskView; readonly order: Order } | undefined>(undefined);

/** Opens the form of one run, or of a backfill. */
export async function openOrder(kind: Kind, task: TaskView): Promise<void> {
  const form = await callApi<RequestForm>('GET', `/api/tasks/${task.name}/form`);
  open.value = { kind, task, order: new Order(task.name, form) };
}

/** The form, while it is open. */
export function OrderDialog() {
  const shown = open.value;
  return shown === undefined ? <></> : <OpenDialog key={`${shown.kind} ${shown.task.name}`} {...shown} />;
}

function OpenDialog({ kind, task, order }: { kind: Kind; task: TaskView; order: Order }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isSending = useSignal(false);
  const span = useSignal<Span | undefined>(undefined);
  const { longestStepMs, fields } = order.form;
  const isImpossible = kind === 'backfill' && longestStepMs === undefined;
  useEffect(() => dialog.current?.showModal(), []);

  const close = (): void => {
    open.value = undefined;
  };
  const send = async (): Promise<void> => {
    isSending.value = true;
    try {
      if (kind === 'backfill') {
        await callApi('POST', `/api/tasks/${task.name}/backfill`, { ...span.value, data: order.completed() });
        return close();
      }
      const answer = await callApi<OrderAnswer>('POST', `/api/tasks/${task.name}/run`, { data: order.completed() });
      if (answer.status === 400) return order.refuse(answer.message ?? '');
      if (answer.runId !== undefined) location.hash = `#/runs/${encodeURIComponent(answer.runId)}`;
      close();
    } catch (error) {
      order.refuse(error instanceof Error ? error.message : String(error));
    } finally {
      isSending.value = false;
    }
  };
  return (
    <dialog ref={dialog} class="order" onClose={close} aria-labelledby="order-title">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <header class="panel-head">
          <h2 id="order-title">
            {kind === 'run' ? 'Run' : 'Backfill'} {task.name}
          </h2>
          <button type="button" class="icon" aria-label="Close" onClick={() => dialog.current?.close()}>
            ✕
          </button>
        </header>
        <p class="comment">
          {kind === 'run' ? (
            <>
              One event, one call of <code>{task.method}</code>. What you leave out is taken from the configuration.
            </>
          ) : (
            'One event per window, in order, until the first that fails. A window that was done is not done again.'
          )}
        </p>
        {isImpossible && <p class="problem">This task takes no window.</p>}
        {kind === 'backfill' && longestStepMs !== undefined && (
          <BackfillFields longestStepMs={longestStepMs} zone={timezone.value} span={span} />
        )}
        {fields
          .filter(({ name }) => kind === 'run' || name !== 'window')
          .map((field) => (
            <Field key={field.name} order={order} field={field} path={[field.name]} zone={timezone.value} />
          ))}
        <p class="problem" role="alert">
          {order.otherProblem ?? ''}
        </p>
        <footer>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isSending.value || isImpossible}>
            {isSending.value ? 'Running…' : kind === 'run' ? 'Send event' : 'Start backfill'}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
