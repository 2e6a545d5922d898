import { createHash } from 'node:crypto';
import type { DocumentRef } from '../../../functions/runtime/env-values.ts';
import type { Bootstrap } from '../../../functions/runtime/env.ts';
import { validateConfig, type TaskConfig } from '../../../functions/runtime/config/validate.ts';
import { parseConfigDocument, type ConfigDocument } from '../../../functions/runtime/config/parse.ts';
import { mergeTrees } from '../../../functions/runtime/config/merge.ts';
import { isObject } from '../../../functions/runtime/object.ts';
import { APIS } from '../../../functions/runtime/nacos/detect-version.ts';
import { urlOf } from '../../../functions/runtime/nacos/transport.ts';
import { RunError } from '../../../functions/runtime/run-error.ts';
import type { Task } from '../../../functions/runtime/task.ts';
import { CheckFailure, type CheckRunner, type Finding } from './check.ts';
import { probeUrl, toCheckFailure, type Probed } from './probe.ts';
import type { NacosAccess } from './nacos-checks.ts';

type Read = { readonly document: ConfigDocument | undefined };

/** Each data ID: found, md5, type, parsed? Undefined when one that is required cannot be used. */
export async function checkDocuments(
  bootstrap: Bootstrap,
  access: NacosAccess,
  runner: CheckRunner,
): Promise<ConfigDocument[] | undefined> {
  const read: (Read | undefined)[] = [];
  for (const ref of bootstrap.documents) {
    read.push(await runner.check('document', ref.dataId, () => readOne(ref, bootstrap, access)));
  }
  if (read.includes(undefined)) return undefined;
  return read.flatMap((one) => one?.document ?? []);
}

async function readOne(
  { dataId, optional }: DocumentRef,
  { nacos }: Bootstrap,
  access: NacosAccess,
): Promise<Finding<Read>> {
  const { group, namespace } = nacos;
  const { path, read } = APIS[access.version].document({ dataId, group }, namespace);
  const answer = await probeUrl(urlOf(access.server, path, access.credential), nacos, access.credential).catch(
    (error: unknown) => {
      throw toCheckFailure(error, dataId);
    },
  );
  const reply = read(answer);
  const place = `group ${group}, namespace ${JSON.stringify(namespace)}`;
  if (reply.kind === 'notFound') {
    if (optional) return { detail: `optional, and not there (${place})`, value: { document: undefined } };
    throw new CheckFailure(
      `not there: ${place}`,
      'compare data ID, NACOS_GROUP and NACOS_NAMESPACE (the ID, not the name) with the Nacos console, or publish it',
    );
  }
  if (reply.kind === 'forbidden') {
    const isToken = access.credential !== undefined && !reply.isPermission;
    const what = isToken ? 'the token was refused' : 'forbidden';
    throw new CheckFailure(`${what} (${reply.got}): ${place}`, adviceForRefusal(dataId, nacos, access, isToken));
  }
  if (reply.kind !== 'value')
    throw new CheckFailure(`no document came, but ${reply.got}`, 'look at the log of Nacos and of the proxy before it');
  const text = reply.value;
  if (text.includes('\0') || text.includes('\uFFFD'))
    throw new CheckFailure(
      'other bytes than UTF-8 text came',
      'something between Nacos and here changes the answer: look at proxies',
    );
  const document = parse(dataId, text);
  const { md5, type } = describe(answer);
  const ownMd5 = md5Of(text);
  const keys = document === undefined ? 'without any key' : `keys ${Object.keys(document.value).join(', ')}`;
  const detail = `md5 ${ownMd5}, type ${type ?? 'not given'}, ${Buffer.byteLength(text)} bytes, ${keys}`;
  if (md5 !== undefined && md5 !== ownMd5)
    throw new CheckFailure(
      `${detail}; Nacos says md5 ${md5}`,
      'something on the way changes the text: a proxy, or another encoding than UTF-8',
    );
  if (document === undefined && !optional)
    throw new CheckFailure(detail, 'an empty document is an error unless its data ID ends in ? in NACOS_DATA_IDS');
  const behind = await findLaggards({ dataId, optional }, nacos, access, ownMd5);
  const marked =
    answer.headers['isbeta'] === 'true' ? `${detail}; a beta publication, for some addresses only` : detail;
  if (behind.length === 0) return { detail: marked, value: { document } };
  const warn = { next: 'that server lags behind: look at its log, and whether it has joined its cluster' };
  return { detail: `${marked}; not the same at ${behind.join(', ')}`, warn, value: { document } };
}

/** The servers that have another text of the document, or none. */
async function findLaggards(
  { dataId }: DocumentRef,
  nacos: Bootstrap['nacos'],
  access: NacosAccess,
  md5: string,
): Promise<string[]> {
  const { path, read } = APIS[access.version].document({ dataId, group: nacos.group }, nacos.namespace);
  const differs = await Promise.all(
    access.others.map(async (server) => {
      const answer = await probeUrl(urlOf(server, path, access.credential), nacos, access.credential).catch(
        () => undefined,
      ); // its own check says so
      const reply = answer === undefined ? undefined : read(answer);
      if (reply?.kind === 'notFound') return [server.host];
      return reply?.kind === 'value' && md5Of(reply.value) !== md5 ? [server.host] : [];
    }),
  );
  return differs.flat();
}

const md5Of = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex');

/** What to do about a 403: nothing about permissions without a login. */
function adviceForRefusal(
  dataId: string,
  { credentials, namespace, group }: Bootstrap['nacos'],
  { version }: NacosAccess,
  isToken: boolean,
): string {
  if (credentials === undefined) return 'the server wants a login: set NACOS_USERNAME and NACOS_PASSWORD';
  if (isToken) return 'do all servers of the cluster have the same token secret key? Is it a proxy that answers?';
  const isPublic = namespace === '' || namespace === 'public';
  const resource = isPublic ? `${version === 'v3' ? 'public' : ''}:*:*` : `${namespace}:${group}:config/${dataId}`;
  return `give a role of the user ${credentials.username} the permission ${resource} with action r, and ${
    isPublic ? 'that covers the instances, too' : `${namespace}:<group>:naming/<service> for each backend`
  }`;
}

function parse(dataId: string, text: string): ConfigDocument | undefined {
  try {
    return parseConfigDocument(dataId, text);
  } catch (error) {
    throw refuse(error, 'correct the document in Nacos; it counts from the next run on');
  }
}

/** Where the two APIs put md5 and type. */
function describe({ headers, body }: Probed): { md5: string | undefined; type: string | undefined } {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  if (headers['content-md5'] !== undefined || headers['config-type'] !== undefined)
    return { md5: text(headers['content-md5']), type: text(headers['config-type']) };
  try {
    const envelope: unknown = JSON.parse(body);
    const data = isObject(envelope) ? envelope['data'] : undefined;
    return isObject(data)
      ? { md5: text(data['md5']), type: text(data['contentType']) }
      : { md5: undefined, type: undefined };
  } catch {
    return { md5: undefined, type: undefined };
  }
}

/** DEPLOY_ENV against `env`, then what each task reads. */
export async function checkConfig(
  tasks: readonly Task[],
  documents: readonly ConfigDocument[],
  { deployEnv }: Bootstrap,
  runner: CheckRunner,
): Promise<ReadonlyMap<string, TaskConfig>> {
  const configs = new Map<string, TaskConfig>();
  const isSame = await runner.check('config', 'DEPLOY_ENV', () => {
    const env = mergeTrees(documents.map(({ value }) => value))['env'];
    if (env !== deployEnv)
      throw new CheckFailure(
        `DEPLOY_ENV is ${JSON.stringify(deployEnv)}, the configuration says env: ${JSON.stringify(env ?? null)}`,
        'this process reads another environment: check NACOS_NAMESPACE and NACOS_SERVER_ADDR, or the key env',
      );
    return Promise.resolve({ detail: `env: ${deployEnv}`, value: true });
  });
  for (const task of tasks) {
    if (!isSame) {
      runner.skip('config', task.name, 'DEPLOY_ENV and env differ');
      continue;
    }
    const config = await runner.check('config', task.name, () => Promise.resolve(readOwn(task, documents, deployEnv)));
    if (config !== undefined) configs.set(task.name, config);
  }
  return configs;
}

function readOwn(task: Task, documents: readonly ConfigDocument[], deployEnv: string): Finding<TaskConfig> {
  try {
    const config = validateConfig(documents, task, deployEnv);
    const { service, group } = config.backend;
    const detail = `calls ${service} in ${group} within ${config.timeoutMs / 1000} s`;
    if (config.paused === undefined) return { detail, value: config };
    return {
      detail: `${detail}; paused: ${config.paused}`,
      warn: { next: 'remove the key paused when its reason is gone' },
      value: config,
    };
  } catch (error) {
    throw refuse(error, 'correct that key in Nacos; bi-cron run --dry-run shows where each key comes from');
  }
}

function refuse(error: unknown, next: string): unknown {
  return error instanceof RunError ? new CheckFailure(error.message, next, { cause: error }) : error;
}

/** Names below `tasks` and `grpc` that no function reads; nothing is said when there are none. A run leaves them alone. */
export async function checkNames(
  tasks: readonly Task[],
  documents: readonly ConfigDocument[],
  runner: CheckRunner,
): Promise<void> {
  const merged = mergeTrees(documents.map(({ value }) => value));
  const known = { tasks: tasks.map(({ name }) => name), grpc: tasks.map(({ backend }) => backend) };
  const unknown = Object.entries(known).flatMap(([section, names]) => {
    const written = merged[section];
    return Object.entries(isObject(written) ? written : {})
      .filter(([name, value]) => !names.includes(name) && (section === 'tasks' || isBackend(value)))
      .map(([name]) => `${section}.${name}`);
  });
  if (unknown.length === 0) return;
  const warn = { next: 'misspelt? Or a task whose function is not deployed yet, or no more' };
  const detail = `no function reads ${unknown.join(', ')}`;
  await runner.check('config', 'names', () => Promise.resolve({ detail, warn, value: undefined }));
}

/** `grpc.client` and the like are Spring's. */
const isBackend = (value: unknown): boolean => isObject(value) && 'service' in value;
