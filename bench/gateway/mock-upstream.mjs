// The provider that every contender calls: a process of its own, on raw sockets, because a mock on
// an HTTP library would be the slowest part of the bench. Answers each request with the bytes of
// mock-answers.mjs; a streamed one gets a chunk every `chunkMs` milliseconds, or, for the model
// FLAT_MODEL, one at each turn of the event loop. Prints nothing; tells its parent the port.
import { createServer } from 'node:net';
import { jsonBody, streamEvents } from './mock-answers.mjs';
import { FLAT_MODEL } from './requests.mjs';

const chunkMs = Number(process.argv[2]);
const JSON_ANSWER = Buffer.concat([
  Buffer.from(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
      `content-length: ${jsonBody().length}\r\n\r\n`,
  ),
  jsonBody(),
]);
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
);
const END = Buffer.from('0\r\n\r\n');
const framed = streamEvents().map((event) =>
  Buffer.concat([Buffer.from(`${event.length.toString(16)}\r\n`), event, Buffer.from('\r\n')]),
);
// The head goes out with the first chunk; the usage, [DONE] and the end go with the last.
const WRITES = [
  Buffer.concat([STREAM_HEAD, framed[0]]),
  ...framed.slice(1, -3),
  Buffer.concat([...framed.slice(-3), END]),
];

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    waiting = waiting.length === 0 ? data : Buffer.concat([waiting, data]);
    for (let size = requestSize(waiting); size > 0; size = requestSize(waiting)) {
      answer(socket, waiting.subarray(0, size));
      waiting = waiting.subarray(size);
    }
  });
});
server.listen(0, '127.0.0.1', 4_096, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));

/** Bytes of the first request in a buffer; 0 while it is not all there. */
function requestSize(data) {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const length = /\r\ncontent-length: *(\d+)/i.exec(data.latin1Slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error('the mock takes requests with a content-length only');
  const size = headEnd + 4 + Number(length);
  return data.length >= size ? size : 0;
}

function answer(socket, request) {
  if (!request.includes('"stream":true')) socket.write(JSON_ANSWER);
  else if (request.includes(`"${FLAT_MODEL}"`)) sendFlat(socket, 0);
  else sendPaced(socket);
}

function sendFlat(socket, index) {
  if (socket.destroyed) return;
  socket.write(WRITES[index]);
  if (index + 1 < WRITES.length) setImmediate(sendFlat, socket, index + 1);
}

function sendPaced(socket) {
  let index = 1;
  socket.write(WRITES[0]);
  const timer = setInterval(() => {
    if (!socket.destroyed) socket.write(WRITES[index]);
    index += 1;
    if (index === WRITES.length || socket.destroyed) clearInterval(timer);
  }, chunkMs);
}
