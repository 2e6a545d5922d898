import brokerRecording from '../../tools/stack/senders/fixtures/broker-requests.json' with { type: 'json' };
import pingSourceRecording from '../../tools/stack/senders/fixtures/pingsource-requests.json' with { type: 'json' };
import type { RecordedRequest } from './recording-sink.ts';

/** Requests recorded from Knative on a cluster, by scenario. */
const recordedByBroker: ReadonlyMap<string, RecordedRequest[]> = Map.groupBy(
  brokerRecording.requests,
  ({ scenario }) => scenario,
);
export const recordedByPingSource: readonly RecordedRequest[] = pingSourceRecording.requests;

/** The recorded request(s) of one scenario; throws when the recording has none. */
export function recordedScenario(scenario: string): [RecordedRequest, ...RecordedRequest[]] {
  const [first, ...others] = recordedByBroker.get(scenario) ?? [];
  if (first === undefined) throw new Error(`fixtures/broker-requests.json: no scenario ${JSON.stringify(scenario)}`);
  return [first, ...others];
}

/** The value of a header; throws when the request has none. */
export function headerOf(request: RecordedRequest | undefined, name: string): string {
  const rawHeaders = request?.rawHeaders ?? [];
  const value = rawHeaders[rawHeaders.indexOf(name) + 1];
  if (!rawHeaders.includes(name) || value === undefined) throw new Error(`request: no header ${name}`);
  return value;
}

/** A request with what differs from cluster to cluster replaced by its shape: host names, addresses, random ids. */
export function shapeOf({ method, url, httpVersion, rawHeaders, body }: RecordedRequest): object {
  const lines = Array.from({ length: rawHeaders.length / 2 }, (_, n) => {
    const [name = '', value = ''] = rawHeaders.slice(2 * n, 2 * n + 2);
    return `${name}: ${name === 'Host' ? '<host>' : shapeOfValue(value)}`;
  });
  return { method, url, httpVersion, lines, body };
}

function shapeOfValue(value: string): string {
  return value
    .replace(/^http:\/\/[^/]+$/, '<url>')
    .replace(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, '<uuid4>')
    .replaceAll(/\d+\.\d+\.\d+\.\d+/g, '<ip>');
}
