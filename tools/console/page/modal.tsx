import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface ModalProps {
  readonly title: string;
  readonly submit: string;
  readonly isDisabled?: boolean;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A form over the page: Escape, the cross and Cancel close it. After a submission the first wrong field has the focus. */
export function Modal({ title, submit, isDisabled = false, onSubmit, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('.field input, .field select, footer button')?.focus(); // not the cross
  }, []);
  const close = (): void => dialog.current?.close();
  return (
    <dialog ref={dialog} class="modal" onClose={onClose} aria-labelledby="modal-title">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void onSubmit().then(() => dialog.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
        }}
      >
        <header class="panel-head">
          <h2 id="modal-title">{title}</h2>
          <button type="button" class="icon" aria-label="Close" onClick={close}>
            ✕
          </button>
        </header>
        {children}
        <footer>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isDisabled}>
            {submit}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
