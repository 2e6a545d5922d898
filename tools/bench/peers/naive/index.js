// The usual way: a CloudEvent function on the Functions Framework, the Nacos SDK, proto-loader, nothing bundled. Written
// with care: clients are made once, their first reads begin while the module loads, calls carry a deadline.
import { fileURLToPath } from 'node:url';
import { cloudEvent } from '@google-cloud/functions-framework';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { NacosConfigClient, NacosNamingClient } from 'nacos';
import pino from 'pino';
import { parse } from 'yaml';

const GROUP = 'DEFAULT_GROUP';
const log = pino();
const serverAddr = process.env.NACOS_SERVER_ADDR;
const quiet = { ...console, info: () => {}, debug: () => {}, log: () => {} };

const protos = fileURLToPath(new URL('../../../../protos/', import.meta.url));
const definition = loadSync('bi/leke/v1/goods.proto', {
  includeDirs: [protos],
  longs: String,
  enums: String,
  defaults: true,
});
const { GoodsService } = grpc.loadPackageDefinition(definition).bi.leke.v1;

const configs = new NacosConfigClient({ serverAddr });
const naming = new NacosNamingClient({ logger: quiet, serverList: serverAddr, namespace: 'public' });
const readConfig = async () => {
  const texts = await Promise.all(
    process.env.NACOS_DATA_IDS.split(',').map((dataId) => configs.getConfig(dataId, GROUP)),
  );
  return texts
    .map((text) => parse(text))
    .reduce((merged, tree) => ({ grpc: { ...merged.grpc, ...tree.grpc }, tasks: { ...merged.tasks, ...tree.tasks } }));
};
const firstConfig = readConfig();
const ready = naming.ready();
const clients = new Map();

function clientOf({ ip, port }) {
  const address = `${ip}:${port}`;
  if (!clients.has(address)) clients.set(address, new GoodsService(address, grpc.credentials.createInsecure()));
  return clients.get(address);
}

let isFirst = true;
cloudEvent('goods-onsale', async (event) => {
  const config = await (isFirst ? firstConfig : readConfig());
  isFirst = false;
  const { service, timeout } = config.grpc['bi-api-leke'];
  const { shopIds, pageSize } = config.tasks['goods-onsale'];
  await ready;
  const instances = await naming.selectInstances(service, GROUP, '', true, false);
  const instance = instances[Math.floor(Math.random() * instances.length)];
  const metadata = new grpc.Metadata();
  metadata.set('x-request-id', event.id);
  const reply = await new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + Number.parseInt(timeout, 10) * 1000 };
    const done = (error, value) => (error ? reject(error) : resolve(value));
    clientOf(instance).TaobaoItemsOnsale({ shopIds, pageSize }, metadata, options, done);
  });
  log.info({ id: event.id, reply }, 'done');
});
