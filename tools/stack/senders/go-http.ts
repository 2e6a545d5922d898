/** A header line as it goes over the wire. */
export type HeaderLine = readonly [name: string, value: string];

export interface KnativeRequest {
  readonly sink: URL;
  readonly namespace: string;
  readonly contentLength: number;
  /** The sender's own headers, names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The header lines with which a request reaches a function behind Knative Serving: first what Go's net/http writes
 * itself, then everything else in canonical case, sorted by name, with the headers of Serving's activator and
 * queue-proxy among it. Their addresses are the loopback's here.
 */
export function knativeHeaders({ sink, namespace, contentLength, headers }: KnativeRequest): HeaderLine[] {
  const rest: HeaderLine[] = Object.entries({
    ...headers,
    'accept-encoding': 'gzip',
    forwarded: 'for=127.0.0.1',
    'k-proxy-request': 'activator',
    'kn-namespace': namespace,
    'x-forwarded-for': '127.0.0.1, 127.0.0.1',
  }).map(([name, value]) => [canonical(name), value]);
  return [
    ['Host', sink.host],
    ['User-Agent', 'Go-http-client/1.1'],
    ['Content-Length', String(contentLength)],
    ...rest.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
}

/** Go's textproto.CanonicalMIMEHeaderKey: `x-request-id` becomes `X-Request-Id`. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/**
 * RFC 3339 in UTC with up to nine fraction digits and no trailing zeros, as Go's time.RFC3339Nano prints it:
 * `2026-11-22T05:40:00.49652449Z`, `2026-11-22T05:40:00Z`. A Date ends at the millisecond: the six digits behind it
 * are drawn from `random`, so that a reader meets the precision that Go's clock has.
 */
export function goTimestamp(at: Date, random: () => number): string {
  const [seconds = '', millis = ''] = at.toISOString().slice(0, -1).split('.');
  const belowMillis = String(Math.floor(random() * 1_000_000)).padStart(6, '0');
  const fraction = `${millis}${belowMillis}`.replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
