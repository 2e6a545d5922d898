import { readFile } from 'node:fs/promises';

const MAX_LENGTH = 16 * 1024;

/**
 * The bearer token in a file, read each time: Kubernetes replaces the file of a projected token before it expires.
 * Rejects when the file cannot be read or holds anything but one token (RFC 6750 `b64token`), which is never shown.
 */
export async function readTokenFile(file: string): Promise<string> {
  const text = (await readFile(file, 'utf8')).trim();
  if (text.length > MAX_LENGTH || !/^[\w.~+/-]+=*$/.test(text)) throw new Error('expected one bearer token');
  return text;
}
