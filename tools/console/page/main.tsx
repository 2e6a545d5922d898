import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { CommandsPanel } from './commands-panel.tsx';
import { DocumentsPage } from './documents-page.tsx';
import { FaultsPanel } from './faults-panel.tsx';
import { Header } from './header.tsx';
import { RunRequestDialog } from './run-request-dialog.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { RunList } from './run-list.tsx';
import { RunPage } from './run-page.tsx';
import { connect, link, runs, tasks } from './store.ts';
import { ServicesPanel } from './services-panel.tsx';
import { TaskCard } from './task-card.tsx';
import { Timeline } from './timeline.tsx';

const PAGES = new Set(['', 'runs', 'documents']);
const route = signal(location.hash);
addEventListener('hashchange', () => {
  route.value = location.hash;
  scrollTo(0, 0);
  document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }); // the next Tab goes into the new page
});

effect(() => {
  document.title = `${titleOf(route.value)} · bi-cron`;
});

function App() {
  const [, view = '', parameter = ''] = route.value.split('/');
  return (
    <>
      <Header view={view === '' ? 'overview' : view} />
      <main tabIndex={-1}>
        {link.value !== 'connecting' && (
          <>
            {view === 'runs' && <RunPage id={decode(parameter)} />}
            {view === 'documents' && <DocumentsPage />}
            {view === '' && <Overview />}
            {!PAGES.has(view) && <NoSuchPage />}
          </>
        )}
      </main>
      <RunRequestDialog />
      <PauseDialog />
    </>
  );
}

function NoSuchPage() {
  return (
    <section class="panel">
      <h1>There is no such page</h1>
      <p>
        <code>{route.value}</code> leads nowhere. <a href="#/">Overview</a>
      </p>
    </section>
  );
}

/** As it stands where it is no percent-encoded text. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function Overview() {
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <section class="cards" aria-labelledby="tasks-title">
        <h2 class="unseen" id="tasks-title">
          Tasks
        </h2>
        {tasks.value.map((task) => (
          <TaskCard key={task.name} task={task} />
        ))}
      </section>
      <Timeline />
      <div class="columns">
        <RunList />
        <FaultsPanel />
      </div>
      <ServicesPanel />
      <CommandsPanel />
    </>
  );
}

function titleOf(hash: string): string {
  const [, view = '', parameter = ''] = hash.split('/');
  if (view === 'documents') return 'Documents';
  if (!PAGES.has(view)) return 'No such page';
  const run = view === 'runs' ? runs.value.find(({ id }) => id === decode(parameter)) : undefined;
  return run === undefined ? 'Overview' : `${run.task} ${run.outcome}`;
}

render(<App />, document.body);
connect();
