import { useComputed, useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DocumentView } from '../state.ts';
import { attempt, callApi } from './call-api.ts';

interface Problems {
  readonly problems: readonly { readonly message: string; readonly tasks: readonly string[] }[];
}

interface EditorProps {
  readonly document: DocumentView;
  /** What the person has written; undefined while that is what Nacos has. Outlives the editor. */
  readonly draft: Signal<string | undefined>;
}

const CHECK_MS = 250;
const NONE: Problems = { problems: [] };

/** One document, checked while it is written, in the words in which the functions would refuse it. */
export function DocumentEditor({ document: { dataId, content }, draft }: EditorProps) {
  const checked = useSignal(NONE);
  const isSaved = useSignal(false);
  const text = draft.value ?? content;
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
    Object.assign(draft, { value: next });
  };
  const save = (force: boolean): Promise<void> =>
    attempt(async () => {
      const answer = await callApi<Problems & { isSaved: boolean }>('POST', `/api/documents/${dataId}`, {
        content: text,
        force,
      });
      checked.value = answer;
      isSaved.value = answer.isSaved;
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
