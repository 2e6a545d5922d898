import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { BackendConfig } from '../../../functions/runtime/config/schema.ts';
import type { NacosSettings } from '../../../functions/runtime/env.ts';
import { headerOf, type Credential } from '../../../functions/runtime/nacos/transport.ts';
import type { HttpReply } from '../../../functions/runtime/outbound/exchange.ts';
import { CheckFailure } from './check.ts';

/** An answer with what the runtime's own client does not keep: when it came. */
export interface Probed extends HttpReply {
  /** Half way between request and answer, milliseconds since the epoch. */
  readonly atMs: number;
}

const PROBE_MS = 5000;
const MAX_BYTES = 16 * 1024 * 1024; // Nacos' own limits are below a quarter of it

/** One GET, without a second try. Rejects with Node's own error, or a TimeoutError after 5 s. */
export function probeUrl(url: URL, { caFile }: NacosSettings, credential?: Credential): Promise<Probed> {
  const signal = AbortSignal.timeout(PROBE_MS);
  const startedAt = Date.now();
  const transport = url.protocol === 'https:' ? https : http;
  const options: https.RequestOptions = {
    agent: false,
    signal,
    headers: { 'user-agent': 'bi-cron-doctor', ...headerOf(credential) },
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject((signal.aborted ? signal.reason : error) as Error); // AbortSignal.timeout gives a DOMException, which is an Error
    const request = transport.get(url, options, (response) => {
      const atMs = (startedAt + Date.now()) / 2;
      const chunks: Buffer[] = [];
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        read += chunk.length;
        if (read > MAX_BYTES) response.destroy(new Error(`an answer of more than ${MAX_BYTES} bytes`));
      });
      response.once('error', fail);
      response.once('end', () => {
        const { statusCode = 0, headers } = response;
        const bytes = Buffer.concat(chunks);
        resolve({ status: statusCode, headers, bytes, body: bytes.toString('utf8'), atMs });
      });
    });
    request.once('error', fail);
  });
}

/** Opens a TCP connection and closes it. Rejects with Node's own error, or a TimeoutError. */
export function connectTcp(address: string, timeoutMs: number): Promise<void> {
  return closeWhenReady(connect(split(address)), 'connect', timeoutMs);
}

/** Makes a TLS handshake as the channel would. Rejects with Node's own error, or a TimeoutError. */
export async function tlsHandshake(address: string, tls: BackendConfig['tls'], timeoutMs: number): Promise<void> {
  const { host, port } = split(address);
  const read = (file: string | null | undefined) => (file === null || file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([read(tls.ca), read(tls.cert), read(tls.key)]);
  const servername = tls.serverName ?? host;
  const given = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return closeWhenReady(
    connectTls({ host, port, servername, ALPNProtocols: ['h2'], ...given }),
    'secureConnect',
    timeoutMs,
  );
}

function closeWhenReady(socket: Socket, ready: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(ready, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
    socket.setTimeout(timeoutMs, () => socket.destroy(new DOMException('no answer', 'TimeoutError')));
  });
}

/** `[::1]:50051` to its parts. */
function split(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ''), port: Number(address.slice(colon + 1)) };
}

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: compare host and port with the running server (Nacos: 8848, not 9848)',
  ENOTFOUND: 'the name is unknown to DNS: check its spelling, and the namespace of an in-cluster name',
  EAI_AGAIN: 'DNS does not answer: is the network up, does an egress policy block port 53?',
  ECONNRESET: 'something cut the connection: a firewall, or TLS spoken to a plain port (or the other way round)',
  EHOSTUNREACH: 'no route: check the network, VPN and egress policy',
  ETIMEDOUT: 'packets get lost: check firewall and egress policy',
  TimeoutError: 'it accepts connections but does not answer in time: look at its load and its log',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate is self-signed: trust it through NACOS_CA_FILE, or tls.ca for a backend',
  SELF_SIGNED_CERT_IN_CHAIN: 'a private authority signed it: trust it through NACOS_CA_FILE, or tls.ca for a backend',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not trusted: name it in NACOS_CA_FILE, or tls.ca for a backend',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate has another name: use that name, or tls.serverName for a backend',
  CERT_HAS_EXPIRED: 'the certificate has expired: renew it (or is the clock of this machine wrong?)',
  EPROTO: 'TLS was spoken to a plain port: use http:// for Nacos, tls.mode insecure for a backend',
  ENOENT: 'the file does not exist: is its volume mounted?',
};

/** A network or file error of Node, with what to try next. */
export function toCheckFailure(error: unknown, what: string): CheckFailure {
  const { code, name, message } = error as NodeJS.ErrnoException; // Node's own errors and DOMExceptions
  const isWrongVersion = /wrong version number/.test(message); // OpenSSL has no code of its own for an answer that is not TLS
  const got = name === 'TimeoutError' ? name : isWrongVersion ? 'EPROTO' : (code ?? name);
  const isCertificate = /certificate/.test(message);
  const next =
    ADVICE[got] ?? (isCertificate ? 'look at the certificate and its authority' : 'look at the log of the other side');
  return new CheckFailure(`${what}: ${WORDS[got] ?? (message || got)}`, next, { cause: error });
}

const WORDS: Readonly<Record<string, string>> = { TimeoutError: 'no answer within 5 s', EPROTO: 'no TLS came back' };
