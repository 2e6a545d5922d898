import type { IncomingMessage } from 'node:http';

/** Why a request is refused. */
export interface Refusal {
  readonly status: 403 | 415 | 421;
  readonly message: string;
}

/** The header that every change carries. A page of another origin cannot set it without a preflight, and none is answered. */
export const CONSOLE_HEADER = 'x-bi-cron-console';

/**
 * Lets through only what the console's own page sends: a Host that names the loopback (against DNS rebinding), no
 * foreign Origin, and for changes the header above (against forged requests).
 */
export function refuseForeign({ method, headers }: IncomingMessage, port: number): Refusal | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  const { host = '', origin } = headers;
  if (!hosts.includes(host)) {
    return { status: 421, message: `host: expected one of ${hosts.join(', ')}, got ${JSON.stringify(host)}` };
  }
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: `origin: expected http://${host}, got ${JSON.stringify(origin)}` };
  const site = headers['sec-fetch-site'];
  const isNavigation = headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
    return { status: 403, message: `sec-fetch-site: expected same-origin, got ${JSON.stringify(site)}` };
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (headers[CONSOLE_HEADER] === undefined)
    return { status: 403, message: `${CONSOLE_HEADER}: expected this header on a change, got none` };
  if (headers['content-type'] !== 'application/json')
    return { status: 415, message: 'content-type: expected application/json' };
  return undefined;
}

/** The path that is asked for, without its query; a target that is no path (`*`, another host's URL) is given as it came. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? url;
}

/** Sent with everything: nothing may be loaded from elsewhere, run inline, evaluated or framed. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;
