import { signal, type Signal } from '@preact/signals';
import { DocumentEditor, type Draft } from './document-editor.tsx';
import { documents } from './store.ts';

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
