import { setTimeout as pause } from 'node:timers/promises';
import type { NacosSettings } from '../env.ts';
import { BodyTooLargeError, exchange, type HttpReply } from '../outbound/exchange.ts';
import { hedge, type StartAttempt } from '../outbound/hedge.ts';
import { StatusError, toUnavailable, unreachable } from './errors.ts';
import type { CredentialForm, Inquiry } from './inquiry.ts';
import { createServers } from './servers.ts';

/** A token, and how this server takes it. */
export interface Credential {
  readonly form: CredentialForm;
  readonly token: string;
}

export interface NacosRequest {
  /** Path and query below the server's context path. */
  readonly path: string;
  /** The longest answer to take. */
  readonly maxBytes: number;
  readonly credential?: Credential | undefined;
  /** A form makes the request a POST. */
  readonly form?: URLSearchParams;
}

export interface NacosReply {
  /** Undefined: the answer is larger than it may be, as `excess` says. */
  readonly reply: HttpReply | undefined;
  readonly excess: string;
  /** The server that answered. */
  readonly server: URL;
}

/** Sends requests to whichever server answers. */
export interface NacosTransport {
  /** `host:port, host:port`, for messages. */
  readonly names: string;
  /** `below /nacos (port 8848)`, for messages. */
  readonly place: string;
  readonly isSingle: boolean;
  /** The servers in the order in which a question goes to them now. */
  readonly inOrder: () => readonly URL[];
  /**
   * Asks as often as the inquiry allows, `except` a server that was asked already. Any answer below 500 but 429 resolves;
   * everything else is `unavailable: nacos`.
   */
  send(request: NacosRequest, inquiry: Inquiry, except?: URL): Promise<NacosReply>;
  /** One request to one server, which is not counted; any status resolves. Rejects with Node's own errors. */
  sendOnce(server: URL, request: NacosRequest, signal: AbortSignal): Promise<HttpReply>;
  /** Ends the requests under way, too. */
  close(): void;
}

const HEDGE_MS = 300;
const SAME_NAME_HEDGE_MS = 1000; // a single server that is slow is not asked twice at once
const RETRY_PAUSE_MS = 100;

/**
 * Each request goes to at most two servers: to the next, when there is one, as soon as the first fails or has not answered
 * for 300 ms; else, after a short pause or when it has not answered for a second, again to the same name on a new
 * connection, behind which another server may be. The server that answered last is asked first.
 */
export function createTransport(settings: NacosSettings, random: () => number): NacosTransport {
  const servers = createServers(settings, random);
  const { names, isSingle, inOrder } = servers;
  const closing = new AbortController();

  async function sendOnce(
    server: URL,
    { path, maxBytes, credential, form }: NacosRequest,
    signal: AbortSignal,
    isFresh = false,
  ): Promise<HttpReply> {
    let answered = (): void => {};
    const fresh = isFresh ? servers.createAgent(server) : undefined;
    const reply = await exchange(urlOf(server, path, credential), {
      method: form === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'bi-cron', ...headerOf(credential) },
      ...(form === undefined ? {} : { form }),
      agent: fresh ?? servers.agentFor(server),
      signal: AbortSignal.any([signal, closing.signal]),
      maxBytes,
      onConnected: (address) => {
        answered = servers.expectAnswer(address);
      },
    }).finally(() => fresh?.destroy());
    answered();
    return reply;
  }

  async function attempt(server: URL, request: NacosRequest, inquiry: Inquiry, signal: AbortSignal) {
    const form = request.credential?.form ?? 'none';
    const isRepeat = inquiry.requestsLeft(server, form, request.path) < 2;
    inquiry.countRequest(server, form, request.path);
    try {
      const reply = await sendOnce(server, request, signal, isRepeat);
      if (reply.status >= 500 || reply.status === 429) throw new StatusError(reply.status);
      servers.prefer(server);
      return { server, reply, excess: '' };
    } catch (error) {
      if (!(error instanceof BodyTooLargeError)) throw error;
      return { server, reply: undefined, excess: error.message };
    }
  }

  return {
    names,
    place: placeOf(settings.servers),
    isSingle,
    inOrder,
    sendOnce,
    send: async (request, inquiry, except) => {
      const left = (server: URL): number =>
        inquiry.requestsLeft(server, request.credential?.form ?? 'none', request.path);
      const order = inOrder().filter((server) => server !== except);
      const askable = order.toSorted((a, b) => left(b) - left(a)); // those that were not asked early come first
      const turns = (isSingle ? [...askable, ...askable] : askable).slice(0, inquiry.isEarly ? 1 : 2);
      const signal = AbortSignal.any([inquiry.signal, closing.signal]);
      const attempts = turns
        .filter((server, turn) => left(server) > (isSingle ? turn : 0))
        .map((server, turn): StartAttempt<NacosReply> => async (own) => {
          if (isSingle && turn > 0) await pause(RETRY_PAUSE_MS * (0.5 + random()), undefined, { signal: own });
          return attempt(server, request, inquiry, own);
        });
      if (attempts.length === 0) throw unreachable(names, 'none to two requests');
      const moveOn = (): void => {
        if (!isSingle && except === undefined) servers.prefer(order[attempts.length % order.length] as URL); // a third server may be up
      };
      const bothHang = setTimeout(moveOn, 2 * HEDGE_MS);
      try {
        return await hedge(attempts, isSingle ? SAME_NAME_HEDGE_MS : HEDGE_MS, signal);
      } catch (error) {
        if (!signal.aborted) moveOn();
        throw toUnavailable(names, signal, error);
      } finally {
        clearTimeout(bothHang);
      }
    },
    close: () => {
      closing.abort(unreachable(names, 'none before the client was closed'));
      servers.close();
    },
  };
}

/** The path of NACOS_SERVER_ADDR, `/nacos` without one. */
const contextOf = ({ pathname }: URL): string => (pathname === '/' ? '/nacos' : pathname.replace(/\/$/, ''));

function placeOf(servers: readonly URL[]): string {
  const contexts = new Set(servers.map(contextOf));
  return `below ${[...contexts].join(' or ')} (port ${contexts.has('/nacos') ? '8848' : 'as configured'})`;
}

/** The address of an API's path on a server. */
export function urlOf(server: URL, path: string, credential?: Credential): URL {
  const url = new URL(contextOf(server) + path, server);
  if (credential?.form === 'parameter') url.searchParams.set('accessToken', credential.token);
  return url;
}

/** The header in which a credential goes along; none for a parameter. */
export function headerOf(credential: Credential | undefined): Record<string, string> {
  if (credential?.form === 'bearer') return { authorization: `Bearer ${credential.token}` };
  return credential?.form === 'bare' ? { authorization: credential.token } : {};
}
