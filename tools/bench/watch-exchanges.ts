import type { ConnectionWatch } from './delay-proxy.ts';
import type { Exchange } from './platform.ts';

type Open = { -readonly [Key in keyof Exchange]: Exchange[Key] };
type Record = (exchange: Exchange) => void;

/** One exchange per request on an HTTP/1.1 connection without pipelining; named by its path. */
export function watchHttp1(peer: Exchange['peer'], record: Record): () => ConnectionWatch {
  return () => {
    let open: Open | undefined;
    let isAnswered = true;
    return {
      fromClient: (bytes, at) => {
        if (!isAnswered) return;
        isAnswered = false;
        const path = bytes.toString('latin1', 0, 300).split(/[ ?]/)[1] ?? '';
        open = { peer, what: path, startedAt: at, endedAt: Number.NaN };
        record(open);
      },
      toClient: (_bytes, at) => {
        isAnswered = true;
        if (open !== undefined) open.endedAt = at;
      },
    };
  };
}

const PREFACE_BYTES = 24; // PRI * HTTP/2.0 … (RFC 9113, 3.4)
const [DATA, HEADERS] = [0, 1];

/** One exchange per call on an HTTP/2 connection with one call at a time, and one, `connection`, until the server's SETTINGS. */
export function watchHttp2(peer: Exchange['peer'], record: Record): (openedAt: number) => ConnectionWatch {
  return (openedAt) => {
    const connection: Open = { peer, what: 'connection', startedAt: openedAt, endedAt: Number.NaN };
    record(connection);
    const readRequest = readFrames(PREFACE_BYTES);
    const readReply = readFrames(0);
    let call: Open | undefined;
    return {
      fromClient: (bytes, at) => {
        if (!readRequest(bytes).includes(HEADERS)) return;
        call = { peer, what: 'call', startedAt: at, endedAt: Number.NaN };
        record(call);
      },
      toClient: (bytes, at) => {
        if (Number.isNaN(connection.endedAt)) connection.endedAt = at;
        const isReply = readReply(bytes).some((type) => type === DATA || type === HEADERS);
        if (call !== undefined && isReply) call.endedAt = at;
      },
    };
  };
}

/** Gives the types of the frames whose headers have come, chunk by chunk. */
function readFrames(skip: number): (bytes: Buffer) => number[] {
  let ignored = skip;
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const types: number[] = [];
    for (;;) {
      const cut = Math.min(ignored, rest.length);
      rest = rest.subarray(cut);
      ignored -= cut;
      if (ignored > 0 || rest.length < 9) return types;
      types.push(rest[3] ?? 0);
      ignored = 9 + rest.readUIntBE(0, 3);
    }
  };
}

/**
 * How many requests had to wait for the answer of another: the longest chain of exchanges of which each began when the
 * one before was over. HTTP/2's own handshake is none. Independent requests that happen to follow one another count too,
 * so the smallest count of several starts is the true one.
 */
export function countRoundTrips(exchanges: readonly Exchange[]): number {
  let count = 0;
  let freeAt = -Infinity;
  const requests = exchanges.filter(({ what }) => what !== 'connection');
  for (const { startedAt, endedAt } of requests.toSorted((a, b) => a.endedAt - b.endedAt)) {
    if (startedAt < freeAt) continue;
    count += 1;
    freeAt = endedAt;
  }
  return count;
}
