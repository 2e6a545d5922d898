import { setTimeout as pause } from 'node:timers/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { RunError } from '../run-error.ts';
import { uptimeMs } from '../uptime.ts';
import type { TokenSettings } from './caller-settings.ts';
import { createIssuer, keysUnavailableError } from './issuer.ts';

/** Finds the key that a token names, among those of CALLER_JWKS or the issuer's own. Throws `unavailable: issuer`. */
export function createKeys(settings: TokenSettings, monotonicMs: () => number = uptimeMs): JWTVerifyGetKey {
  return settings.keys === undefined ? createFetchedKeys(settings, monotonicMs) : createGivenKeys(settings.keys);
}

/** A key that is not among them may be a new one of the issuer: the sender repeats the event, and an operator renews them. */
function createGivenKeys(given: JSONWebKeySet): JWTVerifyGetKey {
  const find = createLocalJWKSet(given);
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const message = `CALLER_JWKS: expected the key that the token names, got ${given.keys.length} other(s); renew it from \`kubectl get --raw /openid/v1/jwks\``;
      throw new RunError({ outcome: 'unavailable', reason: 'issuer' }, message, { field: 'CALLER_JWKS', cause: error });
    }
  };
}

const cacheMaxAgeMs = 600_000; // a key that the issuer withdrew counts no longer than this
const cooldownMs = 30_000; // tokens that name unknown keys cost the issuer no more than a request in this time
const failureCooldownMs = 1000; // between two requests to an issuer that fails; callers in between wait

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly fetchedAt: number;
}

/**
 * Fetches the issuer's keys at once and keeps them for ten minutes. A token with an unknown key makes them be fetched again
 * (the issuer may have changed them), once for all who wait. jose's own `createRemoteJWKSet` does the same, but needs the
 * global `Headers`, which costs a cold start 20 to 40 ms.
 */
function createFetchedKeys(settings: TokenSettings, monotonicMs: () => number): JWTVerifyGetKey {
  const issuer = createIssuer(settings);
  let pending: Promise<KeySet> | undefined;
  let kept: KeySet | undefined;
  let failure: { readonly error: unknown; readonly at: number } | undefined;

  async function fetchKeys(): Promise<KeySet> {
    try {
      if (failure !== undefined) await pause(Math.max(0, failure.at + failureCooldownMs - monotonicMs()));
      const find = createLocalJWKSet(await issuer.readKeys());
      failure = undefined;
      kept = { find, fetchedAt: monotonicMs() };
      return kept;
    } catch (caught) {
      const isForm = caught instanceof errors.JWKSInvalid;
      const error = isForm ? keysUnavailableError(settings.issuer, 'a document of another form', caught) : caught;
      failure = { error, at: monotonicMs() };
      throw error;
    } finally {
      pending = undefined;
    }
  }

  const refetch = (): Promise<KeySet> => (pending ??= fetchKeys());
  const isOlder = (at: number, ms: number): boolean => monotonicMs() - at >= ms;

  refetch().catch(() => {}); // the first caller asks again
  return async (header, token) => {
    const known = kept === undefined || isOlder(kept.fetchedAt, cacheMaxAgeMs) ? await refetch() : kept;
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (failure !== undefined && !isOlder(failure.at, cooldownMs)) throw failure.error; // it might have been a new one
      if (!isOlder(known.fetchedAt, cooldownMs)) throw error;
      return (await refetch()).find(header, token);
    }
  };
}
