import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { NacosSettings } from '../env.ts';
import { hedge, type Attempt } from '../outbound/hedge.ts';
import { exchange, type HttpReply } from '../outbound/exchange.ts';
import { RunError } from '../run-error.ts';

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

/**
 * Each request is sent at most twice: to the next server, when there is one, as soon as the first fails or has not
 * answered for 300 ms; else again to the same one after a short pause. The server that answered last is asked first.
 */
export function createTransport(settings: NacosSettings, random: () => number): NacosTransport {
  const { servers } = settings;
  const ca = readAuthorities(settings.caFile);
  const plain = new http.Agent({ keepAlive: true });
  let secure: https.Agent | undefined; // made when it is needed: without, TLS is not loaded yet
  const names = servers.map((server) => server.host).join(', ');
  const closing = new AbortController();
  const isSingle = servers.length === 1;
  let first = Math.floor(random() * servers.length);

  async function attempt(
    index: number,
    isRepeat: boolean,
    { path, token, form }: NacosRequest,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const server = servers[index] as URL; // the index is below the length
    if (isRepeat) await pause(RETRY_PAUSE_MS * (0.5 + random()), undefined, { signal });
    const reply = await exchange(new URL(path, server), {
      method: form === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'bi-cron', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(form === undefined ? {} : { form }),
      agent: server.protocol === 'https:' ? (secure ??= new https.Agent({ keepAlive: true, ca })) : plain,
      signal,
    });
    if (reply.status >= 500 || reply.status === 429) throw new Error(`status ${reply.status}`);
    first = index;
    return reply;
  }

  return {
    names,
    send: async (request, given) => {
      const signal = AbortSignal.any([given, closing.signal]);
      const start = first; // other requests may move `first` while this one runs
      const attempts = [0, 1].map(
        (turn): Attempt<HttpReply> =>
          (own) =>
            attempt((start + turn) % servers.length, turn > 0 && isSingle, request, own),
      );
      const moveOn = (): void => {
        first = (start + attempts.length) % servers.length; // a third server may be up
      };
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
      plain.destroy();
      secure?.destroy();
    },
  };
}

function readAuthorities(caFile: string | undefined): Buffer | undefined {
  if (caFile === undefined) return undefined;
  try {
    const authorities = readFileSync(caFile);
    void new X509Certificate(authorities); // throws; TLS itself would trust nobody and say nothing
    return authorities;
  } catch (error) {
    throw new Error(`environment: NACOS_CA_FILE: expected a readable PEM file, got ${JSON.stringify(caFile)}`, {
      cause: error,
    });
  }
}

/** The only place where Node's network errors are read. */
export function toUnavailable(names: string, signal: AbortSignal, error: unknown): RunError {
  if (signal.reason instanceof RunError) return signal.reason;
  const { code, message } = error as NodeJS.ErrnoException; // Node's own errors, or ours
  const got = signal.aborted ? 'none in time' : (code ?? message);
  return unavailable(names, got, error);
}

function unavailable(names: string, got: string, cause?: unknown): RunError {
  const message = `Nacos at ${names}: expected an answer, got ${got}`;
  return new RunError({ outcome: 'unavailable', reason: 'nacos' }, message, { cause });
}
