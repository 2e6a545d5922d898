import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { appArguments } from '../stack/function-process.ts';
import { compiledProtos } from '../build/compiled-protos-plugin.ts';
import { ROOT } from '../project.ts';
import type { Variant } from './measure-start.ts';
import { TASK } from './platform.ts';

/** The framework's own entry, the file behind `npx functions-framework`. */
const FRAMEWORK = path.join(ROOT, 'node_modules/@google-cloud/functions-framework/build/src/main.js');
const PEERS = path.join(import.meta.dirname, 'peers');

/** The application, built as for the image. */
export const APP_DIR = path.join(ROOT, 'dist/bench/app');

/** Ours as the image starts it. */
export function imageVariant(appDir = APP_DIR): Variant {
  return { name: 'ours', args: appArguments(appDir), env: { FUNCTION_TARGET: TASK } };
}

type Name = 'floor' | 'bare' | 'ours' | 'verified' | 'express' | 'naive';

/** Floor, the least that Node can do the job with (`peers/bare.cjs`), ours, ours behind a verified token, ours on the framework's Express host, naive peer. */
export async function listVariants(issuer: Issuer): Promise<Record<Name, Variant>> {
  const ours = imageVariant();
  const bundle = await buildForFramework(TASK, path.join(ROOT, 'dist/bench'));
  const framework = (source: string, signature: string): readonly string[] => [
    FRAMEWORK,
    `--source=${source}`,
    `--target=${TASK}`,
    `--signature-type=${signature}`,
  ];
  return {
    floor: { name: 'floor: node:http hello', args: [path.join(PEERS, 'floor.cjs')] },
    bare: { name: 'bare: node:http and node:http2, nothing validated', args: [path.join(PEERS, 'bare.cjs')] },
    ours,
    verified: { ...ours, name: 'ours, callers verified', env: { ...ours.env, ...issuer.env }, headers: issuer.headers },
    express: { name: 'ours on the Express host', args: framework(bundle, 'http') },
    naive: {
      name: 'naive: framework + SDK',
      args: framework(path.join(PEERS, 'naive/index.js'), 'cloudevent'),
      env: { NODE_CLUSTER_CLIENT_PORT: '0' }, // else the SDK's config client may follow another process's
    },
  };
}

/**
 * Bundles one task for the Functions Framework's Express host: the same code as in the image, but the framework stays
 * outside, since the task must register with the one that serves. Returns the file.
 */
async function buildForFramework(task: string, outDir: string): Promise<string> {
  const outfile = path.join(outDir, `${task}.cjs`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: [`functions/${task}/index.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    external: ['@google-cloud/functions-framework'],
    plugins: [compiledProtos(path.join(ROOT, 'protos'))],
  });
  return outfile;
}

/** An issuer of callers’ tokens, and a caller with such a token. */
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
