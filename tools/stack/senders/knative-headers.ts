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
