import { readFile } from 'node:fs/promises';
import { invalidConfig } from './run-error.ts';

const MAX_BYTES = 1024 * 1024;

/**
 * A file of the fallback directory; undefined when there is none. Throws `rejected: config` when it cannot be read, is
 * larger than 1 MiB, or is no text.
 */
export async function readFallbackFile(file: string): Promise<string | undefined> {
  const fail = (expected: string, got: string, cause: unknown): never => {
    throw invalidConfig('NACOS_FALLBACK_DIR', `${file}: expected ${expected}, got ${got}`, cause);
  };
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what readFile rejects with
    return code === 'ENOENT' ? undefined : fail('a readable file', String(code), error);
  }
  if (bytes.length > MAX_BYTES) return fail('at most 1 MiB', `${bytes.length} bytes`, undefined);
  try {
    return decodeText(bytes);
  } catch (error) {
    return fail('text in UTF-8 or UTF-16', (error as Error).message, error); // what decodeText throws
  }
}

/**
 * The text of a file as editors write it: UTF-8, with or without a byte order mark, or UTF-16 with one. Throws an Error
 * that names what it is instead.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.subarray(0, 64).includes(0)) throw new Error('UTF-16 without a byte order mark, or no text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // without its mark
  } catch {
    throw new Error('bytes that are no UTF-8');
  }
}
