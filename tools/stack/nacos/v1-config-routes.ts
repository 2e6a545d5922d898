import { findChanged, formatChanged, parseListening, waitForChange } from './config-listening.ts';
import { configNamespace, type Config, type ConfigPlace, type ConfigStore } from './config-store.ts';
import {
  bare,
  json,
  Refusal,
  result,
  text,
  type NacosAnswer,
  type NacosRequest,
  type RequestParameters,
  type Routes,
} from './http.ts';
import type { VersionRules } from './versions.ts';

const uncached = { Pragma: 'no-cache', Expires: 'Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Control': 'no-cache,no-store' };

/** The v1 configuration API (nacos ConfigController), and what clients read of v2. */
export function v1ConfigRoutes(configs: ConfigStore, rules: VersionRules): Routes {
  const read = (parameters: RequestParameters): Config | undefined => {
    const { dataId, place } = readConfigId(parameters);
    if (parameters.optional('tenant') === 'public' && !rules.readsTenantPublic) return undefined;
    return configs.get(dataId, place);
  };
  return {
    'GET /v1/cs/configs': { access: 'read', answer: ({ parameters }) => getConfig(read, parameters, rules) },
    'POST /v1/cs/configs': { access: 'write', answer: (request) => publish(configs, request, rules) },
    'DELETE /v1/cs/configs': {
      access: 'write',
      answer: ({ parameters, apply }) => {
        const { dataId, place } = readConfigId(parameters);
        apply(() => configs.remove(dataId, place));
        return json(true);
      },
    },
    'POST /v1/cs/configs/listener': { access: 'read', answer: (request) => listen(configs, request, rules) },
    'GET /v2/cs/config': {
      access: 'read',
      answer: ({ parameters }) => {
        const namespace = parameters.optional('namespaceId') ?? parameters.optional('tenant');
        const config = configs.get(parameters.required('dataId'), { group: parameters.required('group'), namespace });
        if (config !== undefined) return result(config.content);
        return bare('{"code":20004,"message":"resource not found","data":"config data not exist"}\n', 404);
      },
    },
  };
}

function getConfig(
  read: (parameters: RequestParameters) => Config | undefined,
  parameters: RequestParameters,
  rules: VersionRules,
): NacosAnswer {
  const isDetailed = parameters.optional('show') === 'all';
  if (isDetailed && rules.version !== '2.5.1') {
    throw new Refusal({ kind: 'gone', gate: 'console', successor: 'GET /v3/console/cs/config' });
  }
  const config = read(parameters);
  if (config === undefined) return bare('config data not exist\n', 404);
  if (isDetailed) return json(describeConfig(config));
  return text(config.content, 200, {
    'Content-MD5': config.md5,
    'Config-Type': config.type,
    'Encrypted-Data-Key': '',
    'Last-Modified': new Date(config.lastModified).toUTCString(),
    ...uncached,
  });
}

/** What the console of 2.x shows of a document. */
function describeConfig({ dataId, group, namespace, content, md5, type, lastModified }: Config): object {
  const unset = { createUser: null, desc: null, use: null, effect: null, schema: null, configTags: null };
  return {
    id: '1',
    dataId,
    group,
    content,
    md5,
    encryptedDataKey: '',
    tenant: namespace,
    appName: '',
    type,
    createTime: lastModified,
    modifyTime: lastModified,
    createIp: '127.0.0.1',
    ...unset,
  };
}

function publish(configs: ConfigStore, { parameters, headers, apply }: NacosRequest, rules: VersionRules): NacosAnswer {
  const { dataId, place } = readConfigId(parameters);
  const content = parameters.present('content');
  if (content.trim() === '')
    throw new Refusal({ kind: 'caused', status: 400, message: `content is blank : ${content}` });
  const casMd5 = headers['casmd5'];
  if (typeof casMd5 === 'string' && !configs.hasMd5(dataId, place, casMd5)) return rules.casFailed();
  apply(() => configs.publish(dataId, content, { ...place, type: parameters.optional('type') }));
  return json(true);
}

/**
 * Holds for `Long-Pulling-Timeout` minus the 500 ms that nacos LongPollingService leaves for the way back, without its
 * minimum of 10 s: a test need not wait for that. With the no-hangup header it answers at once; without either it is the
 * short poll of old clients, whose answer stands in a header.
 */
async function listen(
  configs: ConfigStore,
  { parameters, headers, path, signal }: NacosRequest,
  rules: VersionRules,
): Promise<NacosAnswer> {
  const value = parameters.optional('Listening-Configs');
  if (value === undefined) throw new Refusal({ kind: 'caused', status: 400, message: 'invalid probeModify' });
  const held = parseListening(value);
  if (held === undefined) return rules.invalidListening(path);
  const timeoutMs = headers['long-pulling-timeout'];
  if (timeoutMs === undefined) {
    const changed = formatChanged(findChanged(configs, held)).trimEnd();
    return bare('', 200, { 'Probe-Modify-Response-New': changed, ...uncached });
  }
  const holdMs = headers['long-pulling-timeout-no-hangup'] === 'true' ? 0 : Number(timeoutMs) - 500;
  return bare(formatChanged(await waitForChange(configs, held, holdMs, signal)), 200, uncached);
}

function readConfigId(parameters: RequestParameters): { dataId: string; place: ConfigPlace } {
  const [dataId, group] = ['dataId', 'group'].map((name) => {
    const value = parameters.present(name);
    if (value.trim() === '') throw new Refusal({ kind: 'caused', status: 400, message: `invalid ${name} : ${value}` });
    return value;
  });
  return { dataId: dataId ?? '', place: { group, namespace: configNamespace(parameters.optional('tenant')) } };
}
