import { signal } from '@preact/signals';
import { render } from 'preact';
import { DocumentsPage } from './documents-page.tsx';
import { FaultsPanel } from './faults-panel.tsx';
import { Header } from './header.tsx';
import { OrderDialog } from './order-dialog.tsx';
import { RunList } from './run-list.tsx';
import { RunPage } from './run-page.tsx';
import { connect, tasks } from './store.ts';
import { TaskCard } from './task-card.tsx';
import { Timeline } from './timeline.tsx';

const route = signal(location.hash);
addEventListener('hashchange', () => {
  route.value = location.hash;
  scrollTo(0, 0);
});

function App() {
  const [, view = '', parameter = ''] = route.value.split('/');
  return (
    <>
      <Header view={view === '' ? 'overview' : view} />
      <main>
        {view === 'runs' && <RunPage id={decodeURIComponent(parameter)} />}
        {view === 'documents' && <DocumentsPage />}
        {view === '' && <Overview />}
      </main>
      <OrderDialog />
    </>
  );
}

function Overview() {
  return (
    <>
      <div class="cards">
        {tasks.value.map((task) => (
          <TaskCard key={task.name} task={task} />
        ))}
      </div>
      <Timeline />
      <div class="columns">
        <RunList />
        <FaultsPanel />
      </div>
    </>
  );
}

render(<App />, document.body);
connect();
