import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What is reported of one connection's bytes: `at` is when the client sent them, or got them, in ms since the epoch. */
export interface ConnectionWatch {
  fromClient(bytes: Buffer, at: number): void;
  toClient(bytes: Buffer, at: number): void;
}

export interface DelayProxy {
  readonly port: number;
  /** Counts for connections that are opened from now on. */
  setRoundTrip(ms: number): void;
  /** Breaks what is open. */
  close(): void;
}

/**
 * A TCP proxy on 127.0.0.1 that puts its target at a distance: bytes take half a round trip each way, and the first ones
 * of a connection wait for its handshake, which takes a whole one and which the loopback would do in no time.
 */
export async function startDelayProxy(
  targetPort: number,
  watch: (openedAt: number) => ConnectionWatch,
): Promise<DelayProxy> {
  let roundTripMs = 0;
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const openedAt = clock();
    open.add(client);
    client.once('close', () => open.delete(client));
    const watched = watch(openedAt);
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const half = roundTripMs / 2;
    const toUpstream = carry(upstream, half, openedAt + 2 * half);
    const toClient = carry(client, half, openedAt + 3 * half);
    client.on('data', (bytes: Buffer) => {
      watched.fromClient(bytes, clock());
      toUpstream(() => upstream.write(bytes));
    });
    upstream.on('data', (bytes: Buffer) =>
      toClient(() => {
        watched.toClient(bytes, clock());
        client.write(bytes);
      }),
    );
    client.on('end', () => toUpstream(() => upstream.end())); // the end travels as the bytes before it do
    upstream.on('end', () => toClient(() => client.end()));
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()); // a mere close leaves what is still on its way to the client
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is no string
  return {
    port,
    setRoundTrip: (ms) => {
      roundTripMs = ms;
    },
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Milliseconds since the epoch, the same in all processes, in fractions. */
export const clock = (): number => performance.timeOrigin + performance.now();

type Carry = (deliver: () => void) => void;

/** Delivers in order, each piece `delayMs` after it came, none sooner than `delayMs` after `notBefore`; to a broken end nothing. */
function carry(to: Socket, delayMs: number, notBefore: number): Carry {
  let before: Promise<void> | undefined;
  const unlessBroken = (deliver: () => void): void => {
    if (!to.destroyed) deliver();
  };
  if (delayMs === 0) return unlessBroken;
  return (deliver) => {
    const due = Math.max(clock(), notBefore) + delayMs;
    before = Promise.all([before, pause(due - clock())]).then(() => unlessBroken(deliver));
  };
}
