import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import type { TokenIssuer } from '../caller-journeys.ts';

/** An issuer whose keys can be changed while it runs. */
export interface OidcIssuer extends TokenIssuer {
  /** From now on the first of these signs, and these alone are published. */
  rotate(...keys: readonly SigningKey[]): void;
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

const CLIENTS = { allowed: 'bi-cron:scheduler', foreign: 'bi-cron-evil:scheduler' };
const SECRET = randomUUID();
const RESOURCE = 'urn:audience:';

export function makeSigningKey(kid: string): SigningKey {
  return { kid, privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
}

/** Opens oidc-provider on a free port, with clients that get tokens by their credentials (RFC 6749 4.4, RFC 8707, RFC 9068). */
export async function openOidcIssuer(...keys: readonly SigningKey[]): Promise<OidcIssuer> {
  let answer: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is no string
  const rotate = (...next: readonly SigningKey[]): void => {
    answer = createProvider(url, next).callback();
  };
  rotate(...keys);
  const [first] = keys;
  if (first === undefined) throw new Error('keys: expected at least one, got none');

  return {
    subject: CLIENTS.allowed,
    signingKey: first.privateKey,
    env: { CALLER_AUTH: 'token', CALLER_ISSUER: url, CALLER_AUDIENCE: 'bi-cron', CALLER_SUBJECTS: 'bi-cron:*' },
    rotate,
    token: async (audience = url, who = 'allowed') => {
      const form = { grant_type: 'client_credentials', resource: `${RESOURCE}${audience}` };
      const credentials = [CLIENTS[who], SECRET].map(encodeURIComponent).join(':');
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
        body: new URLSearchParams(form),
      });
      const body = (await response.json()) as { access_token?: string }; // RFC 6749 5.1
      if (body.access_token === undefined)
        throw new Error(`oidc-provider: expected a token, got ${JSON.stringify(body)}`);
      return body.access_token;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function createProvider(url: string, keys: readonly SigningKey[]): Provider {
  const jwks = keys.map(({ kid, privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig' }));
  return new Provider(url, {
    jwks: { keys: jwks },
    clients: Object.values(CLIENTS).map((client_id) => ({
      client_id,
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: '',
          audience: resource.slice(RESOURCE.length),
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
}
