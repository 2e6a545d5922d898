import { CheckFailure } from './check.ts';

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
export function toFailed(error: unknown, what: string): CheckFailure {
  const { code, name, message } = error as NodeJS.ErrnoException; // Node's own errors and DOMExceptions
  const isWrongVersion = /wrong version number/.test(message); // OpenSSL has no code of its own for an answer that is not TLS
  const got = name === 'TimeoutError' ? name : isWrongVersion ? 'EPROTO' : (code ?? name);
  const isCertificate = /certificate/.test(message);
  const next =
    ADVICE[got] ?? (isCertificate ? 'look at the certificate and its authority' : 'look at the log of the other side');
  return new CheckFailure(`${what}: ${WORDS[got] ?? (message || got)}`, next, { cause: error });
}

const WORDS: Readonly<Record<string, string>> = { TimeoutError: 'no answer within 5 s', EPROTO: 'no TLS came back' };
