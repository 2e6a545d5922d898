import type { RunDetail, RunView } from '../state.ts';
import { Panel } from './run-parts.tsx';

/** What each of Knative's senders does with the status of a run. */
export function Verdicts({ run, verdicts }: { run: RunView; verdicts: RunDetail['answers'][number]['verdicts'] }) {
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
