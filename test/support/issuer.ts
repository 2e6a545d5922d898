// oxlint-disable no-restricted-imports -- set-up of tests, which may use tools/
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { onTestFinished } from 'vitest';
import { TEST_TLS } from './tls.ts';
import type { TokenSettings } from '../../functions/runtime/auth/caller-settings.ts';

export const AUDIENCE = 'bi-cron';
export const SUBJECT = 'system:serviceaccount:bi-cron:pingsource-goods-onsale';

type IssuerReply = readonly [status: number, body: string];

/** An OpenID Connect issuer with one key at a time, which tests may replace, and answers that tests may spoil. */
export interface TestIssuer {
  readonly url: string;
  /** Paths that were asked for, in order, with the token that was shown. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** The key that signs from now on; the one before is forgotten. */
  rotate(algorithm?: 'RS256' | 'ES256'): Promise<SigningKey>;
  /** A token that is right but for these claims; undefined leaves one out. */
  token(claims?: Record<string, unknown>, key?: SigningKey): Promise<string>;
  /** Answers this path so from now on, instead of what is right. */
  spoil(path: '/.well-known/openid-configuration' | '/keys', answer: IssuerReply | 'hang' | undefined): void;
}

export interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

let made = 0;

/** A key that no issuer publishes. */
export async function makeKey(algorithm: 'RS256' | 'ES256' = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  made += 1;
  const id = `key-${made}`;
  return { id, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: id, use: 'sig' } };
}

/**
 * Opens an issuer on 127.0.0.1, with TLS when asked; closes with the test. As a Kubernetes API server, it answers 406 to whoever does not
 * accept the content type that it has for its keys.
 */
export async function openIssuer({ tls = false, keysType = 'application/jwk-set+json' } = {}): Promise<TestIssuer> {
  const requests: { path: string; authorization: string | undefined }[] = [];
  const spoilt = new Map<string, IssuerReply | 'hang'>();
  let key = await makeKey();
  let url = '';

  const bodyOf = (path: string): IssuerReply => {
    if (path === '/.well-known/openid-configuration')
      return [200, JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` })];
    return path === '/keys' ? [200, JSON.stringify({ keys: [key.publicJwk] })] : [404, ''];
  };
  const serve: http.RequestListener = (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, authorization: request.headers.authorization });
    const type = path === '/keys' ? keysType : 'application/json';
    const answer = accepts(request, type) ? (spoilt.get(path) ?? bodyOf(path)) : ([406, ''] as const);
    if (answer === 'hang') return;
    const [status, body] = answer;
    response.writeHead(status, { 'content-type': type, location: `${url}/keys` }).end(body);
  };
  const { serverCert: cert, serverKey } = TEST_TLS;
  const server = tls ? https.createServer({ cert, key: serverKey }, serve) : http.createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is no string

  return {
    url,
    requests,
    rotate: async (algorithm) => {
      key = await makeKey(algorithm);
      return key;
    },
    token: (claims = {}, { id, algorithm, privateKey } = key) => {
      const now = Math.floor(Date.now() / 1000);
      const right = { iss: url, aud: [AUDIENCE], sub: SUBJECT, iat: now, nbf: now, exp: now + 600 };
      return new SignJWT({ ...right, ...claims }).setProtectedHeader({ alg: algorithm, kid: id }).sign(privateKey);
    },
    spoil: (path, answer) => {
      if (answer === undefined) spoilt.delete(path);
      else spoilt.set(path, answer);
    },
  };
}

function accepts({ headers }: http.IncomingMessage, type: string): boolean {
  const accepted = new Set((headers.accept ?? '*/*').split(',').map((range) => range.split(';', 1)[0]?.trim()));
  return accepted.has('*/*') || accepted.has(type.split(';', 1)[0]);
}

/** What makes a function ask for this issuer's tokens. */
export function settingsFor(issuer: TestIssuer, changes: Partial<TokenSettings> = {}): TokenSettings {
  return {
    auth: 'token',
    issuer: issuer.url,
    audience: AUDIENCE,
    subjects: ['system:serviceaccount:bi-cron:*'],
    keys: undefined,
    keysUrl: undefined,
    ca: undefined,
    caFile: undefined,
    tokenFile: undefined,
    ...changes,
  };
}
