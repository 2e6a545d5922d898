// Logs one JSON line per dead letter and answers 204. Runs without any package: `node dead-letter.mjs`, PORT as Knative sets it.
// The extensions ce-knativeerrorcode, -dest and -data (base64 of the error body) are Knative eventing's; they are missing when
// the function answered 2xx with a body that is no CloudEvent.
import { createServer } from 'node:http';

const BODY_LIMIT_BYTES = 65_536;

/** One JSON line, stamped. */
function write(entry) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}

const server = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    const attribute = (name) => request.headers[`ce-${name}`];
    if (request.method !== 'POST' || attribute('id') === undefined) {
      response
        .writeHead(400, { 'content-type': 'text/plain' })
        .end('expected a CloudEvent in binary mode, sent by POST\n');
      return;
    }
    const errorData = attribute('knativeerrordata');
    write({
      level: 'error',
      msg: 'dead letter',
      event: { id: attribute('id'), source: attribute('source'), type: attribute('type'), time: attribute('time') },
      errorCode: attribute('knativeerrorcode'),
      errorDestination: attribute('knativeerrordest'),
      error: errorData === undefined ? undefined : Buffer.from(errorData, 'base64').toString('utf8'),
      data: size > BODY_LIMIT_BYTES ? `${size} bytes` : Buffer.concat(chunks).toString('utf8'),
    });
    response.writeHead(204).end();
  });
});

server.keepAliveTimeout = 120_000;
server.listen(Number(process.env.PORT ?? 8080), () => {
  write({ level: 'info', msg: 'listening', port: server.address().port });
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
