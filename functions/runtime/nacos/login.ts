import { setTimeout as pause } from 'node:timers/promises';
import type { NacosSettings } from '../env.ts';
import type { HttpReply } from '../outbound/exchange.ts';
import { orAbort } from '../deadline.ts';
import { RunError } from '../run-error.ts';
import { uptimeMs } from '../uptime.ts';
import { MAX_STATE_BYTES, readLogin, wordsOf, type ApiReply, type ApiVersion } from './api.ts';
import { APIS } from './detect-version.ts';
import { isGatewayStatus, StatusError, toApiError, toUnavailable } from './errors.ts';
import type { Inquiry } from './inquiry.ts';
import type { NacosTransport } from './transport.ts';

/** What a login gave: a token, or permission to go on without one, because the server requires none. */
export interface Access {
  /** Undefined on a server without authentication. */
  readonly token: string | undefined;
  /** The API version in which the server answered the login. */
  readonly version: ApiVersion;
  /** On the clock of `uptimeMs`. */
  readonly expiresAt: number;
  /** Whose login it was. */
  readonly inquiry: Inquiry;
}

/** Does the server answer what is to be asked without a token? */
export type IsOpen = (server: URL, version: ApiVersion, signal: AbortSignal) => Promise<boolean>;

/**
 * Gives what to send with a question; undefined without credentials. With `refused`, which Nacos no longer takes, logs in
 * again, or gives undefined when the inquiry allows no further login.
 */
export type GetAccess = (inquiry: Inquiry, isOpen: IsOpen, refused?: Access) => Promise<Access | undefined>;

export interface LoginOptions {
  /** Called once for a server that has authentication off. */
  readonly warn?: (message: string) => void;
  /** Called with each token that a login gave. */
  readonly onToken?: (token: string) => void;
  /** After how long a server that refused a login is asked again: a starting one does not know its users yet. */
  readonly againMs?: number;
}

const LOGIN_MS = 5000; // a login outlives the caller that began it: others may wait for it
const NEXT_SERVER_MS = 1000;
const OTHER_VERSION_MS = 2000; // a loaded server takes its time to check a password
const RETRY_PAUSE_MS = 100;
const USER_CACHE_MS = 2000; // of nacos AbstractCheckedUserService: users are known after up to 5 s
const AGAIN = ', a server that started within the last seconds may refuse a valid one';

/** One server's answer to a login. */
type Judgement =
  | { readonly kind: 'accepted'; readonly access: Omit<Access, 'inquiry'> }
  | { readonly kind: 'refused'; readonly got: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Logs in once for all concurrent callers, and again when the token is refused or 90 % of its life is over. */
export function createLogin(
  transport: NacosTransport,
  { credentials, api }: NacosSettings,
  { warn = () => {}, onToken = () => {}, againMs = USER_CACHE_MS }: LoginOptions = {},
): GetAccess {
  const versions: readonly ApiVersion[] = api === 'auto' ? ['v3', 'v1'] : [api];
  const notBefore = new Map<string, number>(); // when a server may judge again, on the clock of uptimeMs
  let login: { readonly access: Promise<Access>; readonly isEarly: boolean } | undefined;
  let isWarned = false;
  let failure: unknown; // of the last login that was not judged

  /** Until one server accepts or two judgements refuse: the next server's, or the same one's 2 s later. */
  async function logIn(inquiry: Inquiry, isOpen: IsOpen, signal: AbortSignal): Promise<Access> {
    const turns = transport.inOrder().toSorted((a, b) => inquiry.loginsLeft(b) - inquiry.loginsLeft(a));
    turns.splice(inquiry.isEarly ? 1 : 2);
    let refusal: string | undefined;
    for (let server = turns.shift(); server !== undefined; server = turns.shift()) {
      if (inquiry.loginsLeft(server) <= 0 || signal.aborted) continue;
      await pauseBefore(server, signal);
      inquiry.countLogin(server);
      const judgement = await judge(server, inquiry, isOpen, signal);
      if (judgement.kind === 'accepted') return { ...judgement.access, inquiry };
      const isRefused = judgement.kind === 'refused';
      if (isRefused && refusal !== undefined) break;
      if (isRefused) refusal = judgement.got;
      else failure = judgement.error;
      const mayRepeat = isRefused || (transport.isSingle && !(judgement.error instanceof RunError));
      if (turns.length === 0 && mayRepeat && !inquiry.isEarly) turns.push(server);
    }
    if (refusal === undefined) throw toUnavailable(transport.names, signal, failure);
    throw toError({ kind: 'forbidden', got: refusal + AGAIN, isPermission: false });
  }

  async function pauseBefore(server: URL, signal: AbortSignal): Promise<void> {
    const leftMs = (notBefore.get(server.href) ?? 0) - uptimeMs();
    if (leftMs > 0) await pause(leftMs, undefined, { signal });
  }

  async function judge(server: URL, inquiry: Inquiry, isOpen: IsOpen, signal: AbortSignal): Promise<Judgement> {
    let unsupported: ApiReply<unknown> = { kind: 'invalidResponse', got: 'none' };
    try {
      for (const [index, version] of versions.entries()) {
        const isLast = index === versions.length - 1;
        const answer = await sendLogin(server, version, isLast, signal);
        if (answer === undefined) {
          if (inquiry.loginsLeft(server) <= 0) break;
          inquiry.countLogin(server); // the other version's path may be the only one that is passed on
          continue;
        }
        if (answer.status === 429 || isGatewayStatus(answer.status)) throw new StatusError(answer.status);
        const reply = readLogin(answer);
        if (reply.kind === 'value') {
          const { token, ttlSeconds } = reply.value;
          onToken(token);
          return { kind: 'accepted', access: { token, version, expiresAt: uptimeMs() + ttlSeconds * 900 } };
        }
        if (reply.kind === 'forbidden' || answer.status >= 500) {
          notBefore.set(server.href, uptimeMs() + againMs);
          return await explainRefusal(server, version, answer, isOpen, signal);
        }
        if (reply.kind !== 'unsupportedApi') throw toError(reply);
        unsupported = reply;
      }
      throw toError(unsupported);
    } catch (error) {
      notBefore.set(server.href, uptimeMs() + RETRY_PAUSE_MS);
      return { kind: 'failed', error };
    }
  }

  /** Undefined: no answer within 2 s, and there is another version to try. */
  async function sendLogin(
    server: URL,
    version: ApiVersion,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<HttpReply | undefined> {
    const request = {
      path: APIS[version].loginPath,
      form: new URLSearchParams(credentials),
      maxBytes: MAX_STATE_BYTES,
    };
    const limit = AbortSignal.timeout(transport.isSingle ? OTHER_VERSION_MS : NEXT_SERVER_MS);
    const isLimited = !transport.isSingle || !isLast;
    try {
      return await transport.sendOnce(server, request, isLimited ? AbortSignal.any([signal, limit]) : signal);
    } catch (error) {
      if (isLast || !transport.isSingle || !limit.aborted || signal.aborted) throw error;
      return undefined;
    }
  }

  /** A refusal counts only where authentication is on: a server without it checks every login all the same. */
  async function explainRefusal(
    server: URL,
    version: ApiVersion,
    answer: HttpReply,
    isOpen: IsOpen,
    signal: AbortSignal,
  ): Promise<Judgement> {
    const { status } = answer;
    const words = wordsOf(answer);
    const got = words === '' ? String(status) : `${status} ${JSON.stringify(words)}`;
    if (status < 500 && SERVER_TROUBLE.test(words))
      return { kind: 'failed', error: toError({ kind: 'invalidResponse', got }) };
    const state = await readAuthEnabled(server, version, signal);
    // 3.x says that it is on where only its admin API asks for a token, too
    const isOff =
      state?.version === 'v3' && state.isEnabled ? await isOpen(server, version, signal) : state?.isEnabled === false;
    if (isOff) {
      if (!isWarned) warn(`Nacos at ${server.host}: its authentication is off: going on without NACOS_USERNAME`);
      isWarned = true;
      return { kind: 'accepted', access: { token: undefined, version, expiresAt: Infinity } };
    }
    if (state === undefined && status >= 500) return { kind: 'failed', error: new StatusError(status) };
    return { kind: 'refused', got };
  }

  /** Is authentication on, and which version said so? Undefined when the server does not say. */
  async function readAuthEnabled(server: URL, version: ApiVersion, signal: AbortSignal) {
    for (const asked of [version, version === 'v1' ? 'v3' : 'v1'] as const) {
      const { path, maxBytes, read } = APIS[asked].isAuthEnabled; // 3.x answers a login of v1, but not this question
      const reply = await transport.sendOnce(server, { path, maxBytes }, signal).then(read, () => undefined);
      if (reply?.kind === 'value') return { isEnabled: reply.value, version: asked };
    }
    return undefined;
  }

  function toError(reply: ApiReply<unknown>): RunError {
    const failure =
      reply.kind === 'value' || reply.kind === 'notFound' ? ({ kind: 'invalidResponse', got: 'none' } as const) : reply;
    return toApiError(failure, {
      at: `Nacos at ${transport.names}`,
      what: 'an access token',
      permission: 'to log in as NACOS_USERNAME',
      field: 'NACOS_USERNAME',
      api: `${versions.toReversed().join(' or ')} ${transport.place}`,
    });
  }

  function begin(inquiry: Inquiry, isOpen: IsOpen): Promise<Access> {
    const begun = { access: logIn(inquiry, isOpen, AbortSignal.timeout(LOGIN_MS)), isEarly: inquiry.isEarly };
    login = begun;
    begun.access.catch(() => {
      if (login === begun) login = undefined;
    });
    return begun.access;
  }

  async function findAccess(
    inquiry: Inquiry,
    isOpen: IsOpen,
    refused: Access | undefined,
  ): Promise<Access | undefined> {
    const before = login;
    if (before !== undefined) {
      const access = await before.access.catch((error: unknown) => {
        if (!before.isEarly || inquiry.isEarly) throw error;
        return undefined; // an early login that failed is never an answer
      });
      if (access !== undefined && access !== refused && uptimeMs() < access.expiresAt) return access;
    }
    if (login !== undefined && login !== before) return login.access; // another caller was first
    const mayLogIn = transport.inOrder().some((server) => inquiry.loginsLeft(server) > 0);
    if (refused !== undefined && !mayLogIn) return undefined;
    return begin(inquiry, isOpen);
  }

  return async (inquiry, isOpen, refused) => {
    if (credentials === undefined) return undefined;
    const found = findAccess(inquiry, isOpen, refused);
    try {
      return await orAbort(found, inquiry.signal);
    } catch (error) {
      if (!inquiry.signal.aborted) throw error;
      login = undefined; // it may hang: those who wait for it go on, the next caller logs in again
      throw toUnavailable(transport.names, inquiry.signal, error);
    }
  };
}

/** r-nacos's text with 403 while its raft has no leader: the password was not checked. */
const SERVER_TROUBLE = /transport error|raft|leader/i;
