// The bare pass-through, the yardstick: node:http in front, undici's Pool.dispatch behind, nothing
// else. It reads the request's body, sends it on with the caller's authorization and content type,
// and hands every piece of the answer on as it comes.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2], {
  connections: 512,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});

const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => forward(request, response, Buffer.concat(pieces)));
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', 4_096, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));

function forward({ method, url, headers: asked }, response, body) {
  const headers = ['content-type', asked['content-type'], 'authorization', asked.authorization];
  pool.dispatch(
    { method, path: url, headers, body },
    {
      onRequestStart: () => {},
      onResponseStart: (_controller, status, headers) => {
        const length = headers['content-length'];
        response.writeHead(status, {
          'content-type': headers['content-type'],
          ...(length === undefined ? {} : { 'content-length': length }),
        });
      },
      onResponseData: (_controller, piece) => response.write(piece),
      onResponseEnd: () => response.end(),
      onResponseError: () => response.destroy(),
    },
  );
}
