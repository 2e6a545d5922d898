import { createServer, type ServerHttp2Session, type ServerHttp2Stream, type Settings } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a scripted gRPC peer does with a request, frame by frame. */
export type Handle = (stream: ServerHttp2Stream) => void;

export const GRPC_HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** Headers and status in one frame. */
export const trailersOnly =
  (status: string, message = '', headers: Readonly<Record<string, string>> = {}): Handle =>
  (stream) => {
    const trailers = { 'grpc-status': status, 'grpc-message': message };
    stream.respond({ ...GRPC_HEADERS, ...trailers, ...headers }, { endStream: true });
  };

/** An HTTP/2 server that does this with every request, until the test is over. */
export async function serveHttp2(
  handle: Handle,
  settings: Settings = {},
): Promise<{ port: number; streams: () => number }> {
  const sessions = new Set<ServerHttp2Session>();
  let streams = 0;
  const server = createServer({ settings });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => session.destroy());
  });
  server.on('stream', (stream) => {
    streams += 1;
    stream.on('error', () => {}); // it was reset, by either side
    handle(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  return { port, streams: () => streams };
}
