import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { uptimeMs } from '../uptime.ts';

interface Connection {
  /** Requests that are being answered. */
  active: number;
  /** What had come when it was last idle: more than that is the beginning of a request. */
  received: number;
  idleSince: number;
}

export interface Connections {
  /** To be called for every request: its connection is in use until the answer is out. */
  use(request: IncomingMessage, response: ServerResponse): void;
}

const REUSE_MS = 100; // a sender's next request may be under way already
const BEGINNING_MS = 1000; // a request whose headers take longer is a slow sender's

/**
 * Keeps a server to so many connections. One more takes the place of an idle one: of the oldest that has carried no request,
 * else of the one that has been idle longest, which a sender's pool would use last; else of one whose request has been
 * beginning for a second. Where there is none the newcomer is cut off, and sends again.
 */
export function limitConnections(server: Server, max: number): Connections {
  const connections = new Map<Socket, Connection>(); // the one that was used last is the last
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { active: 0, received: 0, idleSince: uptimeMs() });
    socket.once('close', () => connections.delete(socket));
    if (connections.size > max) setImmediate(makeRoom, socket); // what has arrived by now is read before anybody is taken for idle
  });

  function makeRoom(newcomer: Socket): void {
    if (connections.size <= max) return;
    const unanswered = [...connections].filter(([socket, { active }]) => socket !== newcomer && active === 0);
    const idle = unanswered.filter(([socket, { received }]) => socket.bytesRead === received);
    const isFor = (ms: number, { idleSince }: Connection): boolean => uptimeMs() - idleSince >= ms;
    const unused = idle.find(([, { received }]) => received === 0);
    const used = idle.find(([, connection]) => isFor(REUSE_MS, connection));
    const beginning = unanswered.find(([, connection]) => isFor(BEGINNING_MS, connection));
    const [leaving] = unused ?? used ?? beginning ?? [newcomer];
    leaving.destroy();
  }

  return {
    use: ({ socket }, response) => {
      const connection = connections.get(socket);
      if (connection === undefined) return;
      connection.active += 1;
      response.once('close', () => {
        connection.active -= 1;
        if (!connections.delete(socket)) return;
        connections.set(socket, Object.assign(connection, { received: socket.bytesRead, idleSince: uptimeMs() }));
      });
    },
  };
}
