import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { JSONWebKeySet } from 'jose';
import { isTrustworthy, type TokenSettings } from './caller-settings.ts';
import { exchange } from '../outbound/exchange.ts';
import { requireCertificate } from '../outbound/pem.ts';
import { isObject } from '../object.ts';
import { RunError } from '../run-error.ts';
import { readTokenFile } from '../token-file.ts';

/** Who makes the tokens, and publishes the keys that verify them. */
export interface Issuer {
  /** The issuer's keys of now. Throws `unavailable: issuer`. */
  readKeys(): Promise<JSONWebKeySet>;
}

/** A Kubernetes API server gives its keys as the first alone, most others as the second. */
const KEYS_TYPES = 'application/jwk-set+json, application/json';

const MAX_BYTES = 1024 * 1024;
const timeoutMs = 3000; // for discovery and keys together; a sender repeats the event afterwards

/**
 * Finds the keys by OpenID Connect Discovery 1.0, unless CALLER_JWKS_URI says where they are. Redirects are not followed.
 * The token of CALLER_TOKEN_FILE goes to the issuer's own origin and to CALLER_JWKS_URI, never to where a document points.
 */
export function createIssuer({ issuer, keysUrl, ca, caFile, tokenFile }: TokenSettings): Issuer {
  const own = new Set([new URL(issuer).origin, keysUrl?.origin]);
  let found = keysUrl;

  async function findKeys(signal: AbortSignal): Promise<URL> {
    const place = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const described = await get(place, 'application/json', signal);
    if (described['issuer'] !== issuer) throw keysUnavailableError(issuer, 'the description of another issuer');
    const uri = described['jwks_uri'];
    const url = typeof uri === 'string' ? URL.parse(uri) : null;
    if (url === null || !isTrustworthy(url))
      throw keysUnavailableError(issuer, 'a description without an https:// jwks_uri');
    return url;
  }

  async function get(url: URL, accept: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const agent = await createAgent(url);
    const headers: Record<string, string> = { 'user-agent': 'bi-cron', accept };
    if (tokenFile !== undefined && own.has(url.origin)) headers['authorization'] = `Bearer ${await readOwnToken()}`;
    const reply = await exchange(url, { method: 'GET', headers, agent, signal, maxBytes: MAX_BYTES }).catch(
      (error: unknown) => {
        const { code, message } = error as NodeJS.ErrnoException; // Node's own errors
        throw keysUnavailableError(url.origin, signal.aborted ? 'none in time' : (code ?? message), error);
      },
    );
    const isRedirect = reply.status >= 300 && reply.status < 400;
    const hint = isRedirect ? ' (redirects are not followed: CALLER_JWKS_URI may name the place of the keys)' : '';
    if (reply.status !== 200) throw keysUnavailableError(url.origin, `status ${reply.status}${hint}`);
    return parse(reply.body) ?? refuse(url);
  }

  async function createAgent(url: URL): Promise<http.Agent> {
    if (url.protocol === 'http:') return new http.Agent();
    try {
      const authorities = caFile === undefined ? ca : await readFile(caFile, 'utf8');
      if (authorities === undefined) return new https.Agent();
      requireCertificate(authorities);
      return new https.Agent({ ca: authorities });
    } catch (error) {
      const name = caFile === undefined ? 'CALLER_CA' : 'CALLER_CA_FILE';
      throw keysUnavailableError(url.origin, `no readable certificate in ${name}`, error);
    }
  }

  async function readOwnToken(): Promise<string> {
    try {
      return await readTokenFile(tokenFile ?? '');
    } catch (error) {
      throw keysUnavailableError(issuer, 'no token in CALLER_TOKEN_FILE', error);
    }
  }

  return {
    readKeys: async () => {
      const signal = AbortSignal.timeout(timeoutMs);
      found ??= await findKeys(signal);
      return (await get(found, KEYS_TYPES, signal)) as unknown as JSONWebKeySet; // jose checks its form
    },
  };
}

/** The keys are unavailable: no token can be verified, and the sender may try again. */
export function keysUnavailableError(where: string, got: string, cause?: unknown): RunError {
  const message = `issuer at ${where}: expected its keys, got ${got}`;
  return new RunError({ outcome: 'unavailable', reason: 'issuer' }, message, { cause });
}

function refuse(url: URL): never {
  throw keysUnavailableError(url.origin, 'no JSON object');
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
