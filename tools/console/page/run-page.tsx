import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RunDetail, RunView } from '../state.ts';
import { attempt, callApi } from './call-api.ts';
import { calendarDay, clockTime } from './format.ts';
import { meaningOf } from './meaning.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { Attempts, lengthMs, PhaseBar } from './phase-bar.tsx';
import { Calls, Config, Json, Pairs, Panel } from './run-parts.tsx';
import { runs, timezone } from './store.ts';
import { DeliveryResults } from './run-parts.tsx';

/** One run: what came, what it read, what it asked, what it answered, and what Knative does with that. */
export function RunPage({ id }: { id: string }) {
  const run = runs.value.find((one) => one.id === id);
  const detail = useSignal<RunDetail | undefined>(undefined);
  const state = JSON.stringify([run?.outcome, run?.attempts.map(({ status, isLogged }) => [status, isLogged])]);
  useEffect(() => {
    if (run === undefined) return;
    void attempt(async () => {
      detail.value = await callApi<RunDetail>('GET', `/api/runs/${encodeURIComponent(id)}`);
    });
  }, [id, state]);

  return (
    <article class="run-page" data-outcome={run?.outcome}>
      <a class="back" href="#/">
        ← Overview
      </a>
      {run === undefined ? (
        <p class="empty">This run is not among the latest any more: they are kept while make dev runs.</p>
      ) : (
        <>
          <Head run={run} holder={detail.value?.holder} />
          {run.attempts.length > 0 && (
            <Panel title={run.attempts.length === 1 ? 'One attempt' : `${run.attempts.length} attempts`}>
              <PhaseBar run={run} scaleMs={Math.max(lengthMs(run), 1)} />
              <Attempts run={run} />
            </Panel>
          )}
          {detail.value !== undefined && <Parts run={run} detail={detail.value} />}
        </>
      )}
    </article>
  );
}

function Head({ run, holder }: { run: RunView; holder: RunDetail['holder'] }) {
  const slot = new Date(run.slot);
  return (
    <>
      <header>
        <h1>
          {run.task}{' '}
          <span>
            {clockTime(slot, timezone.value)}{' '}
            <small>
              {calendarDay(slot, timezone.value)}, {timezone.value}
            </small>
          </span>
        </h1>
        <OutcomeBadge run={run} />
      </header>
      <p class="meaning">{meaningOf(run)}</p>
      {run.message !== undefined && <p class="said">{run.message}</p>}
      <p class="fine">
        {run.kind} · {run.runKey ?? run.id}
      </p>
      {holder !== undefined && (
        <p class="fine">
          met{' '}
          {holder.runId === undefined ? (
            holder.runKey
          ) : (
            <a href={`#/runs/${encodeURIComponent(holder.runId)}`}>{holder.runKey}</a>
          )}
        </p>
      )}
    </>
  );
}

function Parts({ run, detail }: { run: RunView; detail: RunDetail }) {
  const last = detail.answers.at(-1);
  return (
    <>
      {last !== undefined && last.verdicts.length > 0 && <DeliveryResults run={run} verdicts={last.verdicts} />}
      <div class="parts">
        {detail.event !== undefined && (
          <Panel title="Event">
            <Pairs pairs={Object.entries(detail.event.attributes)} />
            <Json value={detail.event.data} />
          </Panel>
        )}
        {run.kind !== 'missed' && <Config detail={detail} />}
        <Calls calls={detail.calls} />
        {last !== undefined && (
          <Panel title={`Reply${last.status === undefined ? '' : `: ${last.status}`}`}>
            <Json value={last.body} />
          </Panel>
        )}
        {last?.line !== undefined && (
          <Panel title={`Log line${run.attempts.length > 1 ? ' of the last attempt' : ''}`}>
            <Json value={last.line} />
          </Panel>
        )}
      </div>
    </>
  );
}
