import type { ComponentChildren } from 'preact';
import type { RunDetail, RunView } from '../state.ts';
import { span } from './format.ts';

export function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="panel">
      <header class="panel-head">
        <h2>{title}</h2>
      </header>
      {children}
    </section>
  );
}

export function Pairs({ pairs }: { pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl class="pairs">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A JSON value, indented; keys stand out. */
export function Json({ value }: { value: unknown }) {
  if (value === undefined || value === '') return <p class="fine">nothing</p>;
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const parts = text.split(/("(?:[^"\\]|\\.)*"(?=:))/);
  return (
    <pre class="json" tabIndex={0}>
      {parts.map((part, index) => (index % 2 === 1 ? <b key={index}>{part.slice(1, -1)}</b> : part))}
    </pre>
  );
}

/** What the run read, each key with the place that decided it. */
export function Config({ detail: { config, configProblem } }: { detail: RunDetail }) {
  return (
    <Panel title="Effective configuration">
      {configProblem !== undefined && <p class="problem">{configProblem}</p>}
      <table class="config">
        <tbody>
          {config.map(({ key, value, origin }) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>{value}</td>
              <td class="origin">{origin}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** What the backend received; attempts of the same request are told as one. */
export function Calls({ calls }: { calls: RunDetail['calls'] }) {
  const groups = Map.groupBy(calls, ({ method, request }) => JSON.stringify([method, request]));
  return (
    <>
      {[...groups].map(([key, same]) => (
        <Panel key={key} title={`Request: ${same[0]?.method}${same.length > 1 ? `, ${same.length} times` : ''}`}>
          {[...new Set(same.map(tellCall))].map((ending) => (
            <p key={ending} class="fine">
              {ending}
            </p>
          ))}
          <Json value={same[0]?.request} />
        </Panel>
      ))}
    </>
  );
}

function tellCall({ outcome, deadlineMs }: RunDetail['calls'][number]): string {
  return deadlineMs === undefined ? outcome : `${outcome}, ${span(deadlineMs)} to the deadline`;
}

/** What each of Knative's senders does with the status of a run. */
export function DeliveryResults({
  run,
  verdicts,
}: {
  run: RunView;
  verdicts: RunDetail['answers'][number]['verdicts'];
}) {
  const isTick = run.kind === 'scheduled';
  return (
    <Panel title={isTick ? 'What Knative does with it' : 'What Knative would do with it'}>
      <p class="fine">{isTick ? tellTick(run) : 'A person sent this event, once. From a sender of the cluster:'}</p>
      <table class="verdicts">
        <thead>
          <tr>
            <th scope="col">sender</th>
            <th scope="col">gets</th>
            <th scope="col">and then</th>
          </tr>
        </thead>
        <tbody>
          {verdicts.map(({ sender, status, verdict }) => (
            <tr key={sender}>
              <th scope="row">{sender}</th>
              <td>{status ?? 'no answer'}</td>
              <td>{verdict}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function tellTick({ attempts, isLost, endedAtMs }: RunView): string {
  const times = attempts.length === 1 ? 'once' : `${attempts.length} times`;
  if (endedAtMs === undefined) return `Here a PingSource has sent it ${times} and is still at it.`;
  return `Here a PingSource sent it ${times}; the tick ${isLost ? 'is lost' : 'was acknowledged'}.`;
}
