import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startBackend } from '../stack/backends/start-backend.ts';
import { startNacosServer } from '../stack/nacos/server.ts';
import { startDelayProxy } from './delay-proxy.ts';
import type { Exchange, PlatformRequest, BenchEnv, BenchAddresses } from './platform.ts';
import { watchHttp1, watchHttp2 } from './watch-exchanges.ts';

/**
 * Nacos and the backend in a process of their own, so that their work does not count as CPU time of what is measured. The backend answers
 * an empty reply at once: its own work would only be noise here. Speaks with its parent, see `platform.ts`.
 */
const DOCUMENTS = path.join(import.meta.dirname, '../stack/documents');
const OWN = readdirSync(DOCUMENTS).toSorted().toReversed(); // bi-cron.yaml, then bi-cron-dev.yaml, which overrides it
const SERVICE = { serviceName: 'bi-api-leke' };

let exchanges: Exchange[] = [];
const record = (exchange: Exchange): void => void exchanges.push(exchange);

const nacos = await startNacosServer();
const backend = await startBackend({
  name: SERVICE.serviceName,
  timeout: '30s',
  services: [{ protoFile: 'bi/leke/v1/goods.proto', service: 'bi.leke.v1.GoodsService', works: {} }],
});
const nacosProxy = await startDelayProxy(nacos.port, watchHttp1('nacos', record));
const backendProxy = await startDelayProxy(backend.port, watchHttp2('backend', record));
for (const dataId of OWN) nacos.configs.publish(dataId, readFileSync(path.join(DOCUMENTS, dataId), 'utf8'));

function set({ documents, instances, distanceMs }: BenchEnv): BenchAddresses {
  for (const proxy of [nacosProxy, backendProxy]) proxy.setRoundTrip(distanceMs ?? 0);
  const more = Array.from({ length: Math.max(0, documents - OWN.length) }, (_, n) => `bench-${n + 1}.yaml`);
  for (const dataId of more) nacos.configs.publish(dataId, `bench: { ${dataId.slice(0, -'.yaml'.length)}: true }\n`);
  for (const instance of nacos.services.list(SERVICE)) nacos.services.deregister({ ...SERVICE, ...instance });
  const port = distanceMs === undefined ? backend.port : backendProxy.port;
  for (let n = 0; n < instances; n++)
    nacos.services.register({ ...SERVICE, ip: '127.0.0.1', port, clusterName: `CLUSTER-${n}` }); // one address in many clusters: as many instances
  return {
    env: {
      DEPLOY_ENV: 'dev',
      NACOS_SERVER_ADDR: `127.0.0.1:${distanceMs === undefined ? nacos.port : nacosProxy.port}`,
      NACOS_DATA_IDS: [...OWN, ...more].join(','),
    },
    backend: backend.address,
  };
}

function take(): Exchange[] {
  const taken = exchanges;
  exchanges = [];
  return taken;
}

process.on('message', (request: PlatformRequest) => process.send?.('set' in request ? set(request.set) : take()));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
