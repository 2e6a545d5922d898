// The least that Node can do the job with: node:http for Nacos and the event, node:http2 for the one gRPC call, protobuf by
// hand, nothing validated. Not a product: the bound below which no bundle, cache or library choice can bring a start on Node.
'use strict';
const http = require('node:http');
const http2 = require('node:http2');
const env = process.env;
const [host, port] = env.NACOS_SERVER_ADDR.split(':');

const get = (path) =>
  new Promise((resolve, reject) => {
    http
      .get({ host, port, path: `/nacos/v1/${path}`, agent: false }, (reply) => {
        let text = '';
        reply.setEncoding('latin1').on('data', (chunk) => (text += chunk));
        reply.on('end', () =>
          reply.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${reply.statusCode}`)),
        );
      })
      .on('error', reject);
  });

async function prepare() {
  const tenant = env.NACOS_NAMESPACE ?? '';
  const texts = await Promise.all(
    env.NACOS_DATA_IDS.split(',').map((id) => get(`cs/configs?dataId=${id}&group=DEFAULT_GROUP&tenant=${tenant}`)),
  );
  const service = /bi-api-leke: \{ service: ([\w-]+)/.exec(texts[0])[1];
  const shops = /shopIds: &shops \[(.*)\]/
    .exec(texts[0])[1]
    .split(',')
    .map((one) => one.trim().slice(1, -1));
  const list = await get(
    `ns/instance/list?serviceName=${service}&groupName=DEFAULT_GROUP&namespaceId=${tenant || 'public'}`,
  );
  const { ip, port: at } = JSON.parse(list).hosts.find(({ healthy, enabled }) => healthy && enabled);
  const session = http2.connect(`http://${ip}:${at}`);
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject));
  return { session, shops };
}

function call({ session, shops }, key) {
  const run = Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key)]);
  const parts = [Buffer.from([0x0a, run.length]), run];
  for (const shop of shops) parts.push(Buffer.from([0x1a, shop.length]), Buffer.from(shop));
  const message = Buffer.concat([...parts, Buffer.from([0x20, 100])]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/bi.leke.v1.GoodsService/TaobaoItemsOnsale',
      te: 'trailers',
      'content-type': 'application/grpc',
      'grpc-timeout': '60S',
      'x-run-key': key,
    });
    let status;
    stream.on('trailers', (trailers) => (status = trailers['grpc-status']));
    stream.on('response', (headers) => (status = headers['grpc-status']));
    stream
      .on('error', reject)
      .resume()
      .on('end', () => (status === '0' ? resolve() : reject(new Error(`grpc ${status}`))));
    stream.end(Buffer.concat([frame, message]));
  });
}

const early = prepare();
early.catch(() => {});
http
  .createServer((request, response) => {
    request.resume().on('end', async () => {
      try {
        const key = `goods-onsale@manual:${String(request.headers['ce-id'])}`;
        await call(await early, key);
        response.writeHead(200, { 'content-type': 'application/cloudevents+json' });
        response.end(JSON.stringify({ specversion: '1.0', id: key, source: '/bare', type: 'bi.cron.run.done' }));
      } catch (error) {
        response.writeHead(503).end(String(error));
      }
    });
  })
  .listen(Number(env.PORT));
