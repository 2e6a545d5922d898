import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CONSOLE_HEADER, refuseForeign } from './guard.ts';

const PORT = 4180;
const host = `127.0.0.1:${PORT}`;
const change = { host, 'content-type': 'application/json', [CONSOLE_HEADER]: '1' };

function judge(method: string, headers: Record<string, string>): number | undefined {
  return refuseForeign({ method, headers } as unknown as IncomingMessage, PORT)?.status; // the two fields that the guard reads
}

describe('refuseForeign', () => {
  it.each([
    ['the page itself', 'GET', { host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    [
      'a link from elsewhere, which only shows the page',
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ],
    ['the feed', 'GET', { host, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['localhost', 'GET', { host: `localhost:${PORT}` }],
    ['[::1]', 'GET', { host: `[::1]:${PORT}` }],
    ['a change from the page', 'POST', { ...change, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }],
    ['a change by curl', 'POST', change],
  ])('lets through %s', (_name, method, headers) => {
    expect(judge(method, headers as Record<string, string>)).toBeUndefined();
  });

  it.each([
    ['a rebound name', 421, 'GET', { host: `console.example:${PORT}` }],
    ['another port', 421, 'GET', { host: '127.0.0.1:80' }],
    ['no Host', 421, 'GET', {}],
    ['a foreign Origin', 403, 'GET', { host, origin: 'https://example.com' }],
    ['an opaque Origin', 403, 'POST', { ...change, origin: 'null' }],
    ['the other name of the loopback as Origin', 403, 'POST', { ...change, origin: `http://localhost:${PORT}` }],
    [
      'a script or image of another site',
      403,
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    ['another port of this host', 403, 'GET', { host, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
    ['a change without our header', 403, 'POST', { host, 'content-type': 'application/json' }],
    ["a form's change", 415, 'POST', { ...change, 'content-type': 'text/plain' }],
    ['a deletion without our header', 403, 'DELETE', { host }],
  ])('refuses %s with %s', (_name, status, method, headers) => {
    expect(judge(method, headers as Record<string, string>)).toBe(status);
  });
});
