import { connect } from 'node:net';

/** What came back on a connection of its own: the status line's number (undefined without one) and the text behind the headers. */
export interface RawAnswer {
  readonly status: number | undefined;
  readonly body: string;
  /** How many responses there were. */
  readonly count: number;
}

export type HeaderLine = readonly [name: string, value: string];

/** Bytes of a request; `content-length` is added unless the headers say how long the body is. */
export function request(
  headers: readonly HeaderLine[],
  body: string | Uint8Array = '',
  start = 'POST / HTTP/1.1',
): Buffer {
  const bytes = Buffer.from(body);
  const isFramed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const lines: HeaderLine[] = [
    ['Host', 'fn'],
    ['Connection', 'close'],
    ...headers,
    ...(isFramed ? [] : [['Content-Length', String(bytes.length)] as const]),
  ];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${start}\r\n${head}\r\n`, 'latin1'), bytes]);
}

/** Writes the pieces, each when the one before is on its way, and reads until the other side closes. Never rejects. */
export function exchangeRaw(url: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve(parse(Buffer.concat(chunks).toString('utf8'))));
    const write = async (): Promise<void> => {
      for await (const piece of pieces) {
        if (socket.destroyed) return;
        if (!socket.write(piece)) await new Promise((drained) => socket.once('drain', drained).once('close', drained));
      }
    };
    void write();
  });
}

function parse(text: string): RawAnswer {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  return {
    status: status === undefined ? undefined : Number(status),
    body,
    count: text.split(/^HTTP\/1\.1 /m).length - 1,
  };
}
