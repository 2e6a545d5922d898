// The floor: what a function costs that does nothing, on the same Node. CommonJS, because an ES module's import of
// node:http loads undici with it (42 ms).
const { createServer } = require('node:http');

createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello'));
}).listen(Number(process.env.PORT));
