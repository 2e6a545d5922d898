import type { IncomingMessage } from 'node:http';
import { invalidEvent, Description } from '../run-error.ts';

/** The largest event that is read: 1 MiB. CloudEvents asks intermediaries to carry 64 KiB. */
export const MAX_BODY_BYTES = 1024 * 1024;

const MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES;

/**
 * Reads a request's body. One that is too large is read on, and forgotten, for a while: a sender that is still writing
 * when the answer comes would see a broken connection instead, and send the event again.
 */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const whole = request.iterator({ destroyOnReturn: false }); // a destroyed request has no socket, which is needed to cut it off
    for await (const chunk of whole as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      if (size > MAX_DISCARDED_BYTES) break;
    }
  } catch (error) {
    throw invalidEvent('body', 'a whole body', new Description('a broken connection'), error);
  }
  if (size > MAX_BODY_BYTES) throw invalidEvent('body', `at most ${MAX_BODY_BYTES} bytes`, new Description('more'));
  return Buffer.concat(chunks);
}
