import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Who lets callers in, and one that it lets in. */
export interface Issuer {
  /** What makes a function ask for this issuer's tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** What the caller sends. */
  readonly headers: Readonly<Record<string, string>>;
  close(): void;
}

const AUDIENCE = 'bi-cron';
const SUBJECT = 'system:serviceaccount:bi-cron:bench';

/** Opens an OpenID Connect issuer on 127.0.0.1, with an RSA key as a Kubernetes API server has one. */
export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'bench', use: 'sig' };
  const server = createServer(({ url: path }, response) => {
    const body = path === '/keys' ? { keys: [key] } : { issuer: url, jwks_uri: `${url}/keys` };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is no string
  const token = await new SignJWT({ iss: url, aud: AUDIENCE, sub: SUBJECT })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  return {
    env: { CALLER_AUTH: 'token', CALLER_ISSUER: url, CALLER_AUDIENCE: AUDIENCE, CALLER_SUBJECTS: SUBJECT },
    headers: { authorization: `Bearer ${token}` },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
