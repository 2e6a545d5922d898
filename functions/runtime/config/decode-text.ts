/**
 * The text of a file as editors write it: UTF-8, with or without a byte order mark, or UTF-16 with one. Throws an Error
 * that names the encoding when it is another.
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
