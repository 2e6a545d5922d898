import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { TokenSettings } from './caller-settings.ts';
import { uptimeMs } from '../uptime.ts';
import { createIssuer, keysUnavailableError } from './issuer.ts';

const cacheMaxAgeMs = 600_000; // a key that the issuer withdrew counts no longer than this
const cooldownMs = 30_000; // tokens that name unknown keys cost the issuer no more than a request in this time

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly fetchedAt: number;
}

/**
 * Finds the key that a token names among the issuer's, which are fetched at once and kept for ten minutes. A token with an
 * unknown key makes them be fetched again (the issuer may have changed them), once for all who wait. jose's own
 * `createRemoteJWKSet` does the same, but needs the global `Headers`, which costs a cold start 20 to 40 ms.
 */
export function createKeys(settings: TokenSettings, monotonicMs: () => number = uptimeMs): JWTVerifyGetKey {
  const issuer = createIssuer(settings);
  let pending: Promise<KeySet> | undefined;
  let kept: KeySet | undefined;

  async function fetchKeys(): Promise<KeySet> {
    try {
      const find = createLocalJWKSet(await issuer.readKeys());
      kept = { find, fetchedAt: monotonicMs() };
      return kept;
    } catch (error) {
      throw error instanceof errors.JWKSInvalid
        ? keysUnavailableError(settings.issuer, 'a document of another form', error)
        : error;
    } finally {
      pending = undefined;
    }
  }

  const refetch = (): Promise<KeySet> => (pending ??= fetchKeys());
  const isOlder = ({ fetchedAt }: KeySet, ms: number): boolean => monotonicMs() - fetchedAt >= ms;

  refetch().catch(() => {}); // the first caller asks again
  return async (header, token) => {
    const known = kept === undefined || isOlder(kept, cacheMaxAgeMs) ? await refetch() : kept;
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !isOlder(known, cooldownMs)) throw error;
      return (await refetch()).find(header, token);
    }
  };
}
