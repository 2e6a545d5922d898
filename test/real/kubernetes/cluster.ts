import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import path from 'node:path';
import { run, startServer, waitUntilUp, type Server } from '../processes.ts';
import { findFreePort } from '../../../tools/stack/free-port.ts';

/** What kubeadm sets, and the auth component expects. */
const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** A Kubernetes API server on an etcd of its own, without nodes and without controllers. */
export interface Cluster {
  readonly values: ClusterValues;
  /** Ends the API server and starts it anew, on the same data and port, with these keys for service accounts. */
  restart(keys: SigningKeys): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterValues {
  /** Of the API server, such as `https://127.0.0.1:20123`. */
  readonly url: string;
  /** PEM file with the authority of its certificate. */
  readonly caFile: string;
  /** For kubectl, as a member of system:masters. */
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** One JSON line per request, written when it was answered. */
  readonly auditLog: string;
  /** PEM file with the private key that signed when it started. */
  readonly signingKey: string;
}

export interface SigningKeys {
  /** PEM file of the private key that signs. */
  readonly signing: string;
  /** PEM files of the keys that are published. */
  readonly published: readonly string[];
}

/**
 * Starts both; resolves when the API server says that it is ready. With `isOwnIssuer` it is the issuer by its own URL and says
 * where its keys are, as managed clusters do.
 */
export async function startCluster(built: string, folder: string, isOwnIssuer = false): Promise<Cluster> {
  const [etcdPort, peerPort, port] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const inFolder = (name: string): string => path.join(folder, name);
  mkdirSync(folder, { recursive: true });
  const token = randomUUID();
  const values: ClusterValues = {
    url: `https://127.0.0.1:${port}`,
    caFile: inFolder('certificates/apiserver.crt'),
    kubeconfig: inFolder('kubeconfig'),
    kubectl: path.join(built, 'kubectl'),
    auditLog: inFolder('audit.log'),
    signingKey: makeKey(inFolder('first.key')),
  };
  writeFileSync(inFolder('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  writeFileSync(inFolder('audit-policy.yaml'), AUDIT_POLICY);
  writeFileSync(values.kubeconfig, kubeconfigFor(values, token), { mode: 0o600 });

  const etcd = startEtcd(built, folder, etcdPort, peerPort);
  let apiServer: Server | undefined;
  const start = async ({ signing, published }: SigningKeys): Promise<void> => {
    const flags = {
      'etcd-servers': `http://127.0.0.1:${etcdPort}`,
      'bind-address': '127.0.0.1',
      'secure-port': String(port),
      'cert-dir': path.dirname(values.caFile),
      'service-cluster-ip-range': '10.96.0.0/16',
      'advertise-address': '127.0.0.1',
      'endpoint-reconciler-type': 'none', // Endpoints refuse a loopback address
      'authorization-mode': 'RBAC',
      'token-auth-file': inFolder('tokens.csv'),
      'service-account-issuer': isOwnIssuer ? values.url : ISSUER,
      ...(isOwnIssuer ? { 'service-account-jwks-uri': `${values.url}/openid/v1/jwks` } : {}),
      'service-account-signing-key-file': signing,
      'audit-policy-file': inFolder('audit-policy.yaml'),
      'audit-log-path': values.auditLog,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const keys = published.map((file) => `--service-account-key-file=${file}`);
    const server = startServer(path.join(built, 'kube-apiserver'), [...args, ...keys], inFolder('kube-apiserver.log'));
    apiServer = server;
    await waitUntilUp(server, () => expectReady(values, token));
  };
  const stop = async (): Promise<void> => {
    await apiServer?.stop('SIGKILL'); // it would wait a minute for its watchers
    await etcd.stop('SIGKILL');
  };
  try {
    await start({ signing: values.signingKey, published: [values.signingKey] });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    values,
    stop,
    restart: async (keys) => {
      await apiServer?.stop('SIGKILL');
      await start(keys);
    },
  };
}

/** Makes a private key for service account tokens and gives its file's name back. */
export function makeKey(file: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return file;
}

/** Runs kubectl as the cluster's administrator, or with another kubeconfig. Resolves to what it printed. */
export function kubectl({ kubectl: program, kubeconfig }: ClusterValues, ...args: readonly string[]): Promise<string> {
  return run(program, args, { env: { KUBECONFIG: kubeconfig } });
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{ level: Metadata }]
`;

function startEtcd(built: string, folder: string, port: number, peerPort: number): Server {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const flags = {
    'data-dir': path.join(folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': 'true', // nothing has to survive this machine
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return startServer(path.join(built, 'etcd'), args, path.join(folder, 'etcd.log'));
}

function kubeconfigFor({ url, caFile }: ClusterValues, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster: { server: url, 'certificate-authority': caFile } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'admin', context: { cluster: 'real', user: 'admin' } }],
    'current-context': 'admin',
  });
}

/** Rejects unless the API server answers 200 and `ok` on /readyz. */
function expectReady({ url, caFile }: ClusterValues, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!existsSync(caFile)) return reject(new Error('it has no certificate yet'));
    const options = { ca: readFileSync(caFile), headers: { authorization: `Bearer ${token}` }, timeout: 5000 };
    const question = request(`${url}/readyz`, options, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`/readyz answers ${response.statusCode}`));
    });
    question.once('timeout', () => question.destroy(new Error('/readyz does not answer')));
    question.once('error', reject).end();
  });
}
