import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { textAt } from '../manifests/manifest.ts';

const run = promisify(execFile);
const MAX_MS = 30_000;

/** No way to the function was found; the message says why, in kubectl's words where it has any. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Where a cluster's function is to be reached from here. */
export interface Forward {
  /** `http://127.0.0.1:<port>/`, the ingress of the cluster. */
  readonly url: string;
  /** The function's own host, by which the ingress routes. */
  readonly host: string;
  /** A token for the function's audience; undefined when the cluster asks for none. */
  readonly token: string | undefined;
  close(): void;
}

/** Where to look, and as whom. */
export interface ClusterOptions {
  readonly namespace: string | undefined;
  readonly context: string | undefined;
  readonly serviceAccount: string;
}

/**
 * Finds the Knative Service `task` and opens a way to it. A Service at zero has no pod to forward to, so the way leads to
 * the ingress behind its placeholder: the ExternalName Service of the same name that Knative Serving keeps. A Service
 * with an audience in its address (Eventing's OIDC authentication) is given a token of a service account.
 */
export async function forwardTo(task: string, options: ClusterOptions): Promise<Forward> {
  const scope = [
    ...(options.context === undefined ? [] : ['--context', options.context]),
    ...(options.namespace === undefined ? [] : ['--namespace', options.namespace]),
  ];
  const service = await getObject([...scope, 'get', 'services.serving.knative.dev', task, '--output', 'json'], task);
  const address = ['status', 'address'];
  const url = URL.parse(textAt(service, [...address, 'url']) ?? '');
  if (url === null)
    throw unavailable(`Knative Service ${task}: expected a ready one with status.address.url, got none`);
  const placeholder = await getObject([...scope, 'get', 'services', task, '--output', 'json'], task);
  const externalName = textAt(placeholder, ['spec', 'externalName']) ?? '';
  const [ingress = '', namespace = ''] = externalName.split('.');
  if (ingress === '' || namespace === '')
    throw unavailable(
      `Service ${task}: expected spec.externalName to name the ingress, got ${JSON.stringify(externalName)}`,
    );
  const audience = textAt(service, [...address, 'audience']);
  const token =
    audience === undefined
      ? undefined
      : (await kubectl([...scope, 'create', 'token', options.serviceAccount, '--audience', audience])).trim();
  const context = options.context === undefined ? [] : ['--context', options.context];
  const forward = await portForward([
    ...context,
    '--namespace',
    namespace,
    'port-forward',
    `service/${ingress}`,
    ':80',
  ]);
  return { ...forward, host: url.host, token };
}

async function getObject(args: readonly string[], task: string): Promise<unknown> {
  const text = await kubectl(args);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(`kubectl get ${task}: expected JSON`, { cause: error });
  }
}

async function kubectl(args: readonly string[]): Promise<string> {
  try {
    return (await run('kubectl', args, { timeout: MAX_MS, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (error) {
    throw toUnavailable(error as NodeJS.ErrnoException & { stderr?: string }); // what execFile rejects with
  }
}

function toUnavailable(error: NodeJS.ErrnoException & { stderr?: string }): UnreachableError {
  if (error.code === 'ENOENT') return unavailable('kubectl: expected it on the PATH, got none; or give --url', error);
  const lines = (error.stderr ?? '').trim().split('\n');
  return unavailable(`kubectl: ${lines.at(-1) || error.message}`, error);
}

function unavailable(message: string, cause?: unknown): UnreachableError {
  return new UnreachableError(message, { cause });
}

/** Starts `kubectl port-forward` and waits until it says which port it took. */
function portForward(args: readonly string[]): Promise<{ url: string; close: () => void }> {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const close = (): void => void child.kill();
  return new Promise((resolve, reject) => {
    let written = '';
    const fail = (got: string): void => {
      clearTimeout(overdue);
      close();
      reject(unavailable(`kubectl port-forward: expected a port, got ${got}`));
    };
    const overdue = setTimeout(() => fail(`none within ${MAX_MS} ms`), MAX_MS);
    const read = (chunk: Buffer): void => {
      written += chunk.toString('utf8');
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(written)?.[1];
      if (port === undefined) return;
      clearTimeout(overdue);
      resolve({ url: `http://127.0.0.1:${port}/`, close });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`exit status ${code}: ${written.trim().split('\n').at(-1) ?? ''}`));
  });
}
