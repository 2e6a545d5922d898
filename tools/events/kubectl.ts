import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { listAt, textAt } from '../manifests/manifest.ts';

const MAX_MS = 30_000;
const MAX_CHARACTERS = 16 * 1024 * 1024; // etcd's objects are smaller by far

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
  /** A token for the function's audience, and whose it is; undefined when the function asks for none. */
  readonly caller: { readonly token: string; readonly identity: string } | undefined;
  close(): void;
}

/** Where to look, and as whom. */
export interface ClusterOptions {
  readonly namespace: string | undefined;
  readonly context: string | undefined;
  readonly serviceAccount: string;
  /** What the token is made for, where the Service does not tell. */
  readonly audience: string | undefined;
  /** An existing token; none is made then. */
  readonly token: string | undefined;
}

/**
 * Finds the Knative Service `task` and opens a way to it. A Service at zero has no pod to forward to, so the way leads to
 * the ingress behind its placeholder: the ExternalName Service of the same name that Knative Serving keeps. A function with
 * CALLER_AUTH=token is given a token of a service account, made for its CALLER_AUDIENCE.
 */
export async function forwardTo(task: string, options: ClusterOptions): Promise<Forward> {
  const { context, namespace } = options;
  const kubectl: Kubectl = (...args) =>
    runKubectl([
      ...(context === undefined ? [] : ['--context', context]),
      ...(namespace === undefined ? [] : ['--namespace', namespace]),
      ...args,
    ]);
  const service = await getObject(kubectl, 'services.serving.knative.dev', task);
  const url = URL.parse(textAt(service, ['status', 'address', 'url']) ?? '');
  if (url === null)
    throw new UnreachableError(`Knative Service ${task}: expected a ready one with status.address.url, got none`);
  const placeholder = await getObject(kubectl, 'services', task);
  const externalName = textAt(placeholder, ['spec', 'externalName']) ?? '';
  const [ingress = '', ingressNamespace = ''] = externalName.split('.');
  if (ingress === '' || ingressNamespace === '')
    throw new UnreachableError(
      `Service ${task}: expected spec.externalName to name the ingress, got ${JSON.stringify(externalName)}`,
    );
  const caller = options.token === undefined ? await createCaller(kubectl, service, options) : undefined;
  const forward = await portForward([
    ...(context === undefined ? [] : ['--context', context]),
    '--namespace',
    ingressNamespace,
    'port-forward',
    `service/${ingress}`,
    ':80',
  ]);
  return { ...forward, host: url.host, caller };
}

type Kubectl = (...args: readonly string[]) => Promise<string>;

async function createCaller(
  kubectl: Kubectl,
  service: unknown,
  { serviceAccount, audience }: ClusterOptions,
): Promise<Forward['caller']> {
  const made = audience ?? (await readAudience(kubectl, service));
  if (made === undefined) return undefined;
  const token = (await kubectl('create', 'token', serviceAccount, '--audience', made)).trim();
  const namespace = textAt(service, ['metadata', 'namespace']) ?? 'default';
  return { token, identity: `system:serviceaccount:${namespace}:${serviceAccount}, audience ${made}` };
}

/** CALLER_AUDIENCE of the Service; undefined when it asks for no token. Throws UnreachableError when it asks for one and does not say for what. */
async function readAudience(kubectl: Kubectl, service: unknown): Promise<string | undefined> {
  const variable = createVariableReader(kubectl, service);
  if ((await variable('CALLER_AUTH')) !== 'token') return undefined;
  const audience = await variable('CALLER_AUDIENCE');
  if (audience !== undefined) return audience;
  throw new UnreachableError(
    'token: expected CALLER_AUDIENCE in the environment of the Service, got none that can be read; give --audience or --token',
  );
}

/** Reads variables of a Service's container as Kubernetes makes them: `env` wins over `envFrom`, a later entry over an earlier one. */
function createVariableReader(kubectl: Kubectl, service: unknown): (name: string) => Promise<string | undefined> {
  const container = ['spec', 'template', 'spec', 'containers', 0];
  const [env, envFrom] = [listAt(service, [...container, 'env']), listAt(service, [...container, 'envFrom'])];
  const objects = new Map<string, Promise<unknown>>();
  const read = async (kind: 'configmaps' | 'secrets', name: string | undefined, key: string) => {
    if (name === undefined) return undefined;
    const id = `${kind}/${name}`;
    const object = objects.get(id) ?? getObject(kubectl, kind, name).catch(() => undefined); // optional ones need not be there, a Secret may be forbidden
    objects.set(id, object);
    const text = textAt(await object, ['data', key]);
    return text === undefined || kind === 'configmaps' ? text : Buffer.from(text, 'base64').toString('utf8');
  };
  return async (name) => {
    const own = env.findLast((entry) => textAt(entry, ['name']) === name);
    if (own !== undefined) {
      const from = (kind: string, field: string): string | undefined => textAt(own, ['valueFrom', kind, field]);
      return (
        textAt(own, ['value']) ??
        (await read('configmaps', from('configMapKeyRef', 'name'), from('configMapKeyRef', 'key') ?? '')) ??
        (await read('secrets', from('secretKeyRef', 'name'), from('secretKeyRef', 'key') ?? ''))
      );
    }
    for (const source of envFrom.toReversed()) {
      const prefix = textAt(source, ['prefix']) ?? '';
      if (!name.startsWith(prefix)) continue;
      const key = name.slice(prefix.length);
      const value =
        (await read('configmaps', textAt(source, ['configMapRef', 'name']), key)) ??
        (await read('secrets', textAt(source, ['secretRef', 'name']), key));
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

async function getObject(kubectl: Kubectl, kind: string, name: string): Promise<unknown> {
  const text = await kubectl('get', kind, name, '--output', 'json');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const start = JSON.stringify(text.slice(0, 80));
    throw new UnreachableError(`kubectl get ${kind} ${name}: expected JSON, got ${start}`, { cause: error });
  }
}

/** Runs kubectl to its end; what it wrote to standard output. */
async function runKubectl(args: readonly string[]): Promise<string> {
  const child = startKubectl(args);
  const written = { stdout: '', stderr: '' };
  return new Promise((resolve, reject) => {
    const fail = (got: string, cause?: unknown): void => {
      child.end();
      reject(new UnreachableError(`kubectl: ${got}`, { cause }));
    };
    const overdue = setTimeout(() => fail(`expected an end within ${MAX_MS / 1000} s, got none`), MAX_MS);
    for (const name of ['stdout', 'stderr'] as const)
      child.process[name].setEncoding('utf8').on('data', (chunk: string) => {
        written[name] += chunk;
        if (written[name].length > MAX_CHARACTERS) fail(`expected at most ${MAX_CHARACTERS} characters, got more`);
      });
    child.process.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'expected it on the PATH, got none; or give --url' : error.message, error),
    );
    child.process.once('close', (code, signal) => {
      clearTimeout(overdue);
      if (code === 0) resolve(written.stdout);
      else fail(lastLine(written.stderr) || `exit status ${code ?? signal}`);
    });
  });
}

/** Starts `kubectl port-forward` and waits until it says which port it took. */
function portForward(args: readonly string[]): Promise<{ url: string; close: () => void }> {
  const child = startKubectl(args);
  return new Promise((resolve, reject) => {
    let written = '';
    const fail = (got: string): void => {
      clearTimeout(overdue);
      child.end();
      reject(new UnreachableError(`kubectl port-forward: expected a port, got ${got}`));
    };
    const overdue = setTimeout(() => fail(`none within ${MAX_MS / 1000} s`), MAX_MS);
    const read = (chunk: string): void => {
      written = `${written}${chunk}`.slice(-4096); // it writes a line for each connection
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(written)?.[1];
      if (port === undefined) return;
      clearTimeout(overdue);
      resolve({ url: `http://127.0.0.1:${port}/`, close: child.end });
    };
    child.process.stdout.setEncoding('utf8').on('data', read);
    child.process.stderr.setEncoding('utf8').on('data', read);
    child.process.once('error', (error) => fail(error.message));
    child.process.once('exit', (code) => fail(`exit status ${code}: ${lastLine(written)}`));
  });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly end: () => void;
}

/**
 * kubectl in a process group of its own: a Ctrl-C in the terminal reaches this process alone, which may still need its
 * port-forward. It is ended with this process, whatever ends it.
 */
function startKubectl(args: readonly string[]): Child {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = (): void => {
    running.delete(end);
    if (running.size === 0) stopWatching();
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // it has just ended
    }
  };
  if (running.size === 0) watch();
  running.add(end);
  child.once('close', end);
  return { process: child, end };
}

const FATAL = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What ends each child that is up. */
const running = new Set<() => void>();

function watch(): void {
  process.on('exit', endAll);
  for (const signal of FATAL) process.on(signal, onSignal);
}

function stopWatching(): void {
  process.off('exit', endAll);
  for (const signal of FATAL) process.off(signal, onSignal);
}

function endAll(): void {
  for (const end of running) end();
}

/** Without other listeners the signal ends this process, as it would by default. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.kill(process.pid, signal);
}
