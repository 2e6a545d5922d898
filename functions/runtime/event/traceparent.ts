import { randomBytes } from 'node:crypto';

const FORM = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context to send on: the caller's when it is well formed, else a new, unsampled one. */
export function readTraceparent(given: string | undefined): string {
  if (given !== undefined && FORM.test(given)) return given;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
