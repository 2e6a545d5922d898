import type { NacosSettings } from '../env.ts';
import { readLogin, type ApiVersion } from './api.ts';
import { APIS, detectVersion } from './detect-version.ts';
import { toApiError, toUnavailable } from './errors.ts';
import { orAbort } from '../deadline.ts';
import { uptimeMs } from '../uptime.ts';
import type { NacosTransport } from './transport.ts';

interface Token {
  readonly text: string;
  /** On the clock of `uptimeMs`. */
  readonly expiresAt: number;
}

/** Gives the access token to send; undefined without credentials. `refused` is one that Nacos no longer takes. */
export type GetToken = (signal: AbortSignal, refused?: string) => Promise<string | undefined>;

const LOGIN_MS = 5000; // a login outlives the asker who began it: others may wait for it

/** Logs in once for all concurrent askers, and again when the token is refused or 90 % of its life is over. */
export function createLogin(transport: NacosTransport, { credentials, api }: NacosSettings): GetToken {
  const versions: readonly ApiVersion[] = api === 'auto' ? ['v3', 'v1'] : [api];
  let login: Promise<Token> | undefined;

  async function logIn(): Promise<Token> {
    const form = new URLSearchParams(credentials);
    const { reply } = await detectVersion(
      versions,
      async (version, signal) =>
        readLogin(await transport.send({ path: APIS[version].loginPath, token: undefined, form }, signal)),
      AbortSignal.timeout(LOGIN_MS),
    );
    if (reply.kind === 'value') {
      return { text: reply.value.token, expiresAt: uptimeMs() + reply.value.ttlSeconds * 900 };
    }
    throw toApiError(reply.kind === 'notFound' ? { kind: 'invalidResponse', got: 'none' } : reply, {
      at: `Nacos at ${transport.names}`,
      what: 'an access token',
      permission: 'to log in as NACOS_USERNAME',
      field: 'NACOS_USERNAME',
      api: api === 'auto' ? 'v1 or v3' : api,
    });
  }

  function begin(): Promise<Token> {
    const begun = logIn();
    login = begun;
    begun.catch(() => {
      if (login === begun) login = undefined;
    });
    return begun;
  }

  async function findToken(refused: string | undefined): Promise<string> {
    const before = login;
    if (before !== undefined) {
      const { text, expiresAt } = await before;
      if (text !== refused && uptimeMs() < expiresAt) return text;
    }
    const renewed = login === undefined || login === before ? begin() : login; // another asker may have been first
    return (await renewed).text;
  }

  return async (signal, refused) => {
    if (credentials === undefined) return undefined;
    const found = findToken(refused);
    try {
      return await orAbort(found, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      login = undefined; // it may hang: those who wait for it go on, the next asker begins anew
      throw toUnavailable(transport.names, signal, error);
    }
  };
}
