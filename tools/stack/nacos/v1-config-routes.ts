import { text, type Answer } from './answer.ts';
import { waitForChange, formatChanged, parseListening } from './config-listening.ts';
import type { ConfigPlace, ConfigStore } from './config-store.ts';
import type { RequestParameters } from './parameters.ts';
import type { NacosRequest, Routes } from './route.ts';

const uncached = { Pragma: 'no-cache', Expires: 'Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Control': 'no-cache,no-store' };

/** The v1 configuration API as nacos 2.5 ConfigController speaks it. */
export function v1ConfigRoutes(configs: ConfigStore): Routes {
  return {
    'GET /v1/cs/configs': { access: 'read', answer: ({ parameters }) => getConfig(configs, parameters) },
    'POST /v1/cs/configs': {
      access: 'write',
      answer: ({ parameters }) => {
        const { dataId, place } = readConfigId(parameters);
        configs.publish(dataId, parameters.required('content'), { ...place, type: parameters.optional('type') });
        return text('true');
      },
    },
    'DELETE /v1/cs/configs': {
      access: 'write',
      answer: ({ parameters }) => {
        const { dataId, place } = readConfigId(parameters);
        configs.remove(dataId, place);
        return text('true');
      },
    },
    'POST /v1/cs/configs/listener': { access: 'read', answer: (request) => listen(configs, request) },
  };
}

function getConfig(configs: ConfigStore, parameters: RequestParameters): Answer {
  const { dataId, place } = readConfigId(parameters);
  const config = configs.get(dataId, place);
  if (config === undefined) return text('config data not exist\n', 404);
  return text(config.content, 200, {
    'Content-MD5': config.md5,
    'Config-Type': config.type,
    'Last-Modified': new Date(config.lastModified).toUTCString(),
    ...uncached,
  });
}

/**
 * Holds for `Long-Pulling-Timeout` minus the 500 ms that nacos LongPollingService leaves for the way back, without its
 * minimum of 10 s: a test need not wait for that. Without the header, or with the no-hangup one, it answers at once.
 */
async function listen(configs: ConfigStore, { parameters, headers, signal }: NacosRequest): Promise<Answer> {
  const held = parseListening(parameters.required('Listening-Configs'));
  const timeoutMs = Number(headers['long-pulling-timeout'] ?? 0);
  const holdMs = headers['long-pulling-timeout-no-hangup'] === 'true' ? 0 : timeoutMs - 500;
  return text(formatChanged(await waitForChange(configs, held, holdMs, signal)), 200, uncached);
}

function readConfigId(parameters: RequestParameters): { dataId: string; place: ConfigPlace } {
  return {
    dataId: parameters.required('dataId'),
    place: { group: parameters.required('group'), namespace: parameters.optional('tenant') },
  };
}
