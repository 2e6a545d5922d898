import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RunDetail } from '../state.ts';
import { callApi } from './call-api.ts';
import { calendarDay, clockTime, span } from './format.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { describeAttempt, lengthMs, PhaseBar } from './phase-bar.tsx';
import { nowMs, runs, timezone } from './store.ts';
import { Json, Pairs, Panel, Verdicts } from './run-parts.tsx';

/** One run: what came, what it read, what it asked, what it answered, and what Knative does with that. */
export function RunPage({ id }: { id: string }) {
  const run = runs.value.find((one) => one.id === id);
  const detail = useSignal<RunDetail | undefined>(undefined);
  const state = run && `${run.attempts.length} ${run.attempts.at(-1)?.status} ${run.outcome} ${run.reason}`;
  useEffect(() => {
    if (run === undefined) return;
    void callApi<RunDetail>('GET', `/api/runs/${encodeURIComponent(id)}`).then((answer) => (detail.value = answer));
  }, [id, state]);

  if (run === undefined) return <p class="empty">This run is not among the latest any more.</p>;
  const slot = new Date(run.slot);
  const known = detail.value;
  const last = known?.answers.at(-1);
  return (
    <article class="run-page" data-outcome={run.outcome}>
      <a class="back" href="#/">
        ← Overview
      </a>
      <header>
        <h1>
          {run.task}{' '}
          <span>
            {clockTime(slot, timezone.value)} <small>{calendarDay(slot, timezone.value)}</small>
          </span>
        </h1>
        <OutcomeBadge run={run} />
      </header>
      {run.message !== undefined && <p class="said">{run.message}</p>}
      <p class="fine">
        {run.kind} · {run.runKey ?? run.id}
      </p>
      {run.kind === 'missed' && (
        <p class="said">This tick passed while nobody sent events. Knative does not catch up.</p>
      )}
      {run.attempts.length > 0 && (
        <Panel title={run.attempts.length === 1 ? 'One attempt' : `${run.attempts.length} attempts`} wide>
          <PhaseBar run={run} scaleMs={Math.max(lengthMs(run, nowMs.value), 1)} nowMs={nowMs.value} />
          <ol class="attempts">
            {run.attempts.map((attempt, index) => (
              <li key={index}>
                +{span(attempt.startMs - run.startedAtMs)}: {describeAttempt(attempt)}
              </li>
            ))}
          </ol>
        </Panel>
      )}
      {last !== undefined && last.verdicts.length > 0 && (
        <Panel title="What Knative does with it" wide>
          <Verdicts verdicts={last.verdicts} />
        </Panel>
      )}
      {known !== undefined && (
        <div class="parts">
          {known.event !== undefined && (
            <Panel title="Event">
              <Pairs pairs={Object.entries(known.event.attributes)} />
              <Json value={known.event.data} />
            </Panel>
          )}
          {run.kind !== 'missed' && (
            <Panel title="Effective configuration">
              {known.configProblem !== undefined && <p class="problem">{known.configProblem}</p>}
              <table class="config">
                <tbody>
                  {known.config.map(({ key, value, origin }) => (
                    <tr key={key}>
                      <th scope="row">{key}</th>
                      <td>{value}</td>
                      <td class="origin">{origin}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
          )}
          {known.calls.map((call, index) => (
            <Panel key={index} title={`Request: ${call.method}`}>
              <p class="fine">
                {call.outcome}
                {call.deadlineMs !== undefined && `, ${span(call.deadlineMs)} to the deadline`}
              </p>
              <Json value={call.request} />
            </Panel>
          ))}
          {last !== undefined && (
            <Panel title={`Reply${last.status === undefined ? '' : `: ${last.status}`}`}>
              <Json value={last.body} />
            </Panel>
          )}
          {last?.line !== undefined && (
            <Panel title="Log line">
              <Json value={last.line} />
            </Panel>
          )}
        </div>
      )}
    </article>
  );
}
