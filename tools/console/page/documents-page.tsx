import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DocumentView } from '../state.ts';
import { callApi } from './call-api.ts';
import { documents } from './store.ts';

interface Saved {
  readonly isSaved: boolean;
  readonly problems: readonly { readonly message: string; readonly tasks: readonly string[] }[];
}

/** The documents in Nacos, in the order in which they are merged. */
export function DocumentsPage() {
  return (
    <div class="documents">
      <p class="comment">
        What the functions read from Nacos, the later over the earlier. A change counts from the next run on.
      </p>
      {documents.value.map((document) => (
        <Editor key={document.dataId} document={document} />
      ))}
    </div>
  );
}

function Editor({ document: { dataId, content } }: { document: DocumentView }) {
  const draft = useSignal(content);
  const stored = useSignal(content);
  const saved = useSignal<Saved | undefined>(undefined);
  const isChanged = draft.value !== stored.value;
  useEffect(() => {
    if (!isChanged) draft.value = content; // somebody else's change, and none of ours to lose
    stored.value = content;
  }, [content]);

  const save = async (force: boolean): Promise<void> => {
    saved.value = await callApi<Saved>('POST', `/api/documents/${dataId}`, { content: draft.value, force });
  };
  const lines = draft.value.split('\n').length;
  return (
    <section class="panel" aria-labelledby={`document-${dataId}`} data-document={dataId}>
      <header class="panel-head">
        <h2 id={`document-${dataId}`}>{dataId}</h2>
        <span class="fine">{isChanged ? 'changed' : saved.value?.isSaved === true ? 'saved' : ''}</span>
      </header>
      <div class="editor">
        <pre aria-hidden="true">{Array.from({ length: lines }, (_, index) => index + 1).join('\n')}</pre>
        <textarea
          aria-label={dataId}
          rows={Math.max(lines, 8)}
          spellcheck={false}
          autocapitalize="off"
          wrap="off"
          value={draft.value}
          onInput={({ currentTarget }) => (draft.value = currentTarget.value)}
        />
      </div>
      <ul class="problems" role="alert">
        {saved.value?.problems.map(({ message, tasks }) => (
          <li key={message} class="problem">
            {message} <small>{tasks.join(', ')}</small>
          </li>
        ))}
      </ul>
      <footer class="buttons">
        <button type="button" disabled={!isChanged} onClick={() => (draft.value = stored.value)}>
          Discard
        </button>
        {saved.value?.isSaved === false && isChanged && (
          <button type="button" onClick={() => void save(true)}>
            Save it broken
          </button>
        )}
        <button type="button" class="primary" disabled={!isChanged} onClick={() => void save(false)}>
          Check and save
        </button>
      </footer>
    </section>
  );
}
