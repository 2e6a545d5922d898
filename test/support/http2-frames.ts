import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const TYPE = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7 } as const;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PREFACE_BYTES = 24;
const FRAME_HEADER_BYTES = 9;

/** One request that has arrived whole, and the frames that may answer it. */
export interface FramePeer {
  readonly streamId: number;
  /** HEADERS, the last frame of the stream when told so: the status and the headers of a response in one, or trailers. */
  headers(fields: Readonly<Record<string, string>>, isEnd?: boolean): void;
  /** DATA with one message of gRPC. */
  message(bytes?: Buffer): void;
  /** RST_STREAM. */
  reset(code: number): void;
  /** GOAWAY: streams above this one were not and will not be processed. */
  goaway(lastStreamId: number, code?: number): void;
  /** FIN. */
  end(): void;
  /** TCP RST. */
  destroy(): void;
}

/**
 * For tests: an HTTP/2 server that answers requests by the frames that the test gives, wherever they may lead: node:http2
 * would not send a GOAWAY below a stream that it has opened. `connections` counts. Closes with the test.
 */
export async function serveFrames(
  onRequest: (peer: FramePeer, count: number) => void,
): Promise<{ address: string; requests: () => number }> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // the client may break the connection
    const send = (type: number, flags: number, streamId: number, payload: Buffer): void =>
      void socket.write(frame(type, flags, streamId, payload));
    let pending = Buffer.alloc(0);
    let isGreeted = false;
    send(TYPE.settings, 0, 0, Buffer.alloc(0));
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      if (!isGreeted && pending.length < PREFACE_BYTES) return;
      if (!isGreeted) pending = pending.subarray(PREFACE_BYTES);
      isGreeted = true;
      while (pending.length >= FRAME_HEADER_BYTES) {
        const end = FRAME_HEADER_BYTES + pending.readUIntBE(0, 3);
        if (pending.length < end) return;
        const [type, flags, streamId] = [pending.readUInt8(3), pending.readUInt8(4), pending.readUInt32BE(5)];
        const payload = pending.subarray(FRAME_HEADER_BYTES, end);
        pending = pending.subarray(end);
        if (type === TYPE.settings && (flags & ACK) === 0) send(TYPE.settings, ACK, 0, Buffer.alloc(0));
        else if (type === TYPE.ping && (flags & ACK) === 0) send(TYPE.ping, ACK, 0, payload);
        else if ((type === TYPE.data || type === TYPE.headers) && (flags & END_STREAM) !== 0) {
          requests += 1;
          onRequest(peerOf(socket, streamId, send), requests);
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

function peerOf(
  socket: Socket,
  streamId: number,
  send: (type: number, flags: number, streamId: number, payload: Buffer) => void,
): FramePeer {
  return {
    streamId,
    headers: (fields, isEnd = false) =>
      send(TYPE.headers, END_HEADERS | (isEnd ? END_STREAM : 0), streamId, encodeFields(fields)),
    message: (bytes = Buffer.alloc(0)) =>
      send(TYPE.data, 0, streamId, Buffer.concat([Buffer.from([0]), uint32(bytes.length), bytes])),
    reset: (code) => send(TYPE.rstStream, 0, streamId, uint32(code)),
    goaway: (lastStreamId, code = 0) => send(TYPE.goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code)])),
    end: () => void socket.end(),
    destroy: () => void socket.resetAndDestroy(),
  };
}

function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** HPACK: each field a literal without indexing (RFC 7541, 6.2.2). */
function encodeFields(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.concat([encodeLength(value.length), Buffer.from(value, 'latin1')]);
  return Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** An integer with a prefix of 7 bits, up to 254 (RFC 7541, 5.1). */
function encodeLength(length: number): Buffer {
  if (length > 254) throw new RangeError('expected a name or value of at most 254 characters');
  return Buffer.from(length < 127 ? [length] : [127, length - 127]);
}
