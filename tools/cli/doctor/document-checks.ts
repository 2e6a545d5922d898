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
import { probe, toCheckFailure, type Probed } from './probe.ts';
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
  const answer = await probe(urlOf(access.server, path), nacos, access.token).catch((error: unknown) => {
    throw toCheckFailure(error, dataId);
  });
  const understood = read(answer);
  const place = `group ${group}, namespace ${JSON.stringify(namespace)}`;
  if (understood.kind === 'notFound') {
    if (optional) return { detail: `optional, and not there (${place})`, value: { document: undefined } };
    throw new CheckFailure(
      `not there: ${place}`,
      'compare data ID, NACOS_GROUP and NACOS_NAMESPACE (the ID, not the name) with the Nacos console, or publish it',
    );
  }
  if (understood.kind === 'forbidden')
    throw new CheckFailure(
      `forbidden (${understood.got}): ${place}`,
      'give the user the read permission for this namespace',
    );
  if (understood.kind !== 'value')
    throw new CheckFailure(
      `no document came, but ${understood.got}`,
      'look at the log of Nacos and of the proxy before it',
    );
  const text = understood.value;
  if (text.includes('\0') || text.includes('\uFFFD'))
    throw new CheckFailure(
      'other bytes than UTF-8 text came',
      'something between Nacos and here spoils the answer: look at proxies',
    );
  const document = parse(dataId, text);
  const { md5, type } = describe(answer);
  const ownMd5 = createHash('md5').update(text, 'utf8').digest('hex');
  const keys = document === undefined ? 'without any key' : `keys ${Object.keys(document.value).join(', ')}`;
  const detail = `md5 ${ownMd5}, type ${type ?? 'not told'}, ${Buffer.byteLength(text)} bytes, ${keys}`;
  if (md5 !== undefined && md5 !== ownMd5)
    throw new CheckFailure(
      `${detail}; Nacos says md5 ${md5}`,
      'something on the way changes the text: a proxy, or another encoding than UTF-8',
    );
  if (document === undefined && !optional)
    throw new CheckFailure(detail, 'an empty document is an error unless its data ID ends in ? in NACOS_DATA_IDS');
  return { detail, value: { document } };
}

function parse(dataId: string, text: string): ConfigDocument | undefined {
  try {
    return parseConfigDocument(dataId, text);
  } catch (error) {
    throw refuse(error, 'mend the document in Nacos; it counts from the next run on');
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
    throw refuse(error, 'mend that key in Nacos; bi-cron run --dry-run shows where each key comes from');
  }
}

function refuse(error: unknown, next: string): unknown {
  return error instanceof RunError ? new CheckFailure(error.message, next, { cause: error }) : error;
}
