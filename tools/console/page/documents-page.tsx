import { signal, type Signal, useComputed, useSignal } from '@preact/signals';
import { documents } from './store.ts';
import { useEffect } from 'preact/hooks';
import type { DocumentView } from '../state.ts';
import { attempt, callApi } from './call-api.ts';

const drafts = new Map<string, Signal<Draft | undefined>>();

/** The documents in Nacos, in the order in which they are merged. What was written and not saved is kept while the page is open. */
export function DocumentsPage() {
  return (
    <div class="documents">
      <h1>Documents</h1>
      <p class="comment">
        What the functions read from Nacos, the later over the earlier. A change counts from the next run on.
      </p>
      {documents.value.map((document) => (
        <DocumentEditor key={document.dataId} document={document} draft={draftOf(document.dataId)} />
      ))}
    </div>
  );
}

function draftOf(dataId: string): Signal<Draft | undefined> {
  const draft = drafts.get(dataId) ?? signal<Draft | undefined>(undefined);
  drafts.set(dataId, draft);
  return draft;
}

interface Problems {
  readonly problems: readonly { readonly message: string; readonly tasks: readonly string[] }[];
}

/** A text, and the document that it was begun from. */
export interface Draft {
  readonly text: string;
  readonly etag: string;
}

interface EditorProps {
  readonly document: DocumentView;
  /** What the person has written; undefined while that is what Nacos has. Outlives the editor. */
  readonly draft: Signal<Draft | undefined>;
}

const CHECK_MS = 250;
const NONE: Problems = { problems: [] };

/** One document, checked while it is written, in the words in which the functions would refuse it. */
export function DocumentEditor({ document: { dataId, content, etag }, draft }: EditorProps) {
  const checked = useSignal(NONE);
  const isSaved = useSignal(false);
  const text = draft.value?.text ?? content;
  const isOvertaken = draft.value !== undefined && draft.value.etag !== etag;
  const isChanged = text !== content;
  const badLines = useComputed(() => linesOf(dataId, checked.value));
  useEffect(() => {
    if (!isChanged) checked.value = NONE;
    if (!isChanged) return;
    const timer = setTimeout(() => {
      void attempt(async () => {
        checked.value = await callApi<Problems>('POST', `/api/documents/${dataId}/check`, { content: text });
      });
    }, CHECK_MS);
    return () => clearTimeout(timer);
  }, [text, content]);

  const write = (next: string): void => {
    isSaved.value = false;
    Object.assign(draft, { value: { text: next, etag: draft.value?.etag ?? etag } });
  };
  /** What is written now stands over what the other person saved. */
  const takeOver = (): void => void Object.assign(draft, { value: { text, etag } });
  const save = (force: boolean): Promise<void> =>
    attempt(async () => {
      const answer = await callApi<Problems & { isSaved: boolean }>(
        'POST',
        `/api/documents/${dataId}`,
        {
          content: text,
          force,
        },
        { 'if-match': draft.value?.etag ?? etag },
      );
      checked.value = answer;
      isSaved.value = answer.isSaved;
      if (answer.isSaved) Object.assign(draft, { value: undefined });
    });
  const isBroken = checked.value.problems.length > 0;
  return (
    <section class="panel" aria-labelledby={`document-${dataId}`} data-document={dataId}>
      <header class="panel-head">
        <h2 id={`document-${dataId}`}>{dataId}</h2>
        <span class="fine" role="status">
          {isChanged ? 'changed, not saved' : isSaved.value ? 'saved: counts from the next run on' : ''}
        </span>
      </header>
      <div class="editor">
        <pre aria-hidden="true">
          {text.split('\n').map((_line, index) => (
            <span key={index} class={badLines.value.has(index + 1) ? 'is-bad' : ''}>
              {`${index + 1}\n`}
            </span>
          ))}
        </pre>
        <textarea
          aria-label={dataId}
          aria-invalid={isBroken}
          aria-describedby={`problems-${dataId}`}
          rows={text.split('\n').length}
          spellcheck={false}
          autocapitalize="off"
          wrap="off"
          value={text}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            if (isChanged) void save(false);
          }}
        />
      </div>
      {isOvertaken && (
        <p class="problem" role="alert">
          Somebody else has saved this document since you began to write.{' '}
          <button type="button" onClick={takeOver}>
            Keep mine
          </button>
        </p>
      )}
      <ul class="problems" role="alert" id={`problems-${dataId}`}>
        {checked.value.problems.map(({ message, tasks }) => (
          <li key={message} class="problem">
            {message} <small>would stop {tasks.join(', ')}</small>
          </li>
        ))}
      </ul>
      <footer class="buttons">
        <button type="button" disabled={!isChanged} onClick={() => Object.assign(draft, { value: undefined })}>
          Discard
        </button>
        {isBroken && isChanged && (
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

/** The lines of this document that the problems name. */
function linesOf(dataId: string, { problems }: Problems): ReadonlySet<number> {
  const lines = problems.flatMap(({ message }) =>
    [...message.matchAll(/(\S+):(\d+) /g)].filter(([, id]) => id === dataId).map(([, , line]) => Number(line)),
  );
  return new Set(lines);
}
