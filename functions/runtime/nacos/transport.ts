import { setTimeout as pause } from 'node:timers/promises';
import type { NacosSettings } from '../env.ts';
import { exchange, type HttpReply } from '../outbound/exchange.ts';
import { hedge, type Attempt } from '../outbound/hedge.ts';
import { toUnavailable, unavailable } from './errors.ts';
import { createServers } from './servers.ts';

export interface NacosRequest {
  /** Path and query below the server's address. */
  readonly path: string;
  readonly token: string | undefined;
  /** A form makes the request a POST. */
  readonly form?: URLSearchParams;
}

/** Sends requests to whichever server answers. */
export interface NacosTransport {
  /** `host:port, host:port`, for messages. */
  readonly names: string;
  /** Any answer below 500 but 429 resolves; everything else is `unavailable: nacos`. */
  send(request: NacosRequest, signal: AbortSignal): Promise<HttpReply>;
  /** Ends the requests under way, too. */
  close(): void;
}

const HEDGE_MS = 300;
const RETRY_PAUSE_MS = 100;
const ATTEMPTS = 2;

/**
 * Each request is sent at most twice: to the next server, when there is one, as soon as the first fails or has not
 * answered for 300 ms; else again to the same one after a short pause. The server that answered last is asked first.
 */
export function createTransport(settings: NacosSettings, random: () => number): NacosTransport {
  const servers = createServers(settings, random);
  const { names, isSingle } = servers;
  const closing = new AbortController();

  async function attempt(server: URL, { path, token, form }: NacosRequest, signal: AbortSignal): Promise<HttpReply> {
    const reply = await exchange(new URL(path, server), {
      method: form === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'bi-cron', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(form === undefined ? {} : { form }),
      agent: servers.agentFor(server),
      signal,
    });
    if (reply.status >= 500 || reply.status === 429) throw new Error(`status ${reply.status}`);
    servers.prefer(server);
    return reply;
  }

  async function repeat(server: URL, request: NacosRequest, signal: AbortSignal): Promise<HttpReply> {
    await pause(RETRY_PAUSE_MS * (0.5 + random()), undefined, { signal });
    return attempt(server, request, signal);
  }

  return {
    names,
    send: async (request, given) => {
      const signal = AbortSignal.any([given, closing.signal]);
      const order = servers.inOrder(); // other requests may move on while this one runs
      const [first, second] = [...order, ...order] as [URL, URL]; // there is at least one
      const attempts: Attempt<HttpReply>[] = [
        (own) => attempt(first, request, own),
        (own) => (isSingle ? repeat : attempt)(second, request, own),
      ];
      const moveOn = (): void => servers.prefer(order[ATTEMPTS] ?? first); // a third server may be up
      const bothHang = setTimeout(moveOn, 2 * HEDGE_MS);
      try {
        return await hedge(attempts, isSingle ? Infinity : HEDGE_MS, signal);
      } catch (error) {
        if (!signal.aborted) moveOn();
        throw toUnavailable(names, signal, error);
      } finally {
        clearTimeout(bothHang);
      }
    },
    close: () => {
      closing.abort(unavailable(names, 'none before the client was closed'));
      servers.close();
    },
  };
}
