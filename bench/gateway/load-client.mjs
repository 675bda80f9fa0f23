// The load generator's process: keeps a number of connections busy, one request at a time on each,
// and checks every answer. Jobs come from its parent, one at a time. The window that counts begins
// after the warm-up; at its begin and its end the processor time of all who take part is read.
import { connect } from 'node:net';
import { cpuMsOf } from '../machine/processes.mjs';
import { AnswerReader } from './answer-reader.mjs';
import { USAGE } from './mock-answers.mjs';
import { requestBytes } from './requests.mjs';

process.on('message', (job) => {
  run(job).then(
    (result) => process.send({ kind: 'done', result }),
    (error) => process.send({ kind: 'failed', message: error.stack }),
  );
});
process.on('disconnect', () => process.exit(0));

async function run(job) {
  const load = {
    ...{
      job,
      isStopping: false,
      isCounting: false,
      answered: 0,
      counted: 0,
      refused: 0,
      refusedCounted: 0,
    },
    ...{ expected: undefined, latenciesMs: [], firstBytesMs: [] },
  };
  const connections = Array.from({ length: job.connections }, (_, index) => busy(load, index));
  const failed = Promise.all(connections).then(() => {});
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await Promise.race([failed, pause(job.warmMs)]);
  const cpuBefore = job.families.map(cpuMsOf);
  load.isCounting = true;
  const openedMs = performance.now();
  await Promise.race([failed, pause(job.windowMs)]);
  load.isCounting = false;
  const windowMs = performance.now() - openedMs;
  const cpuMs = job.families.map((family, index) => cpuMsOf(family) - cpuBefore[index]);
  load.isStopping = true;
  await failed;
  const { answered, counted, refused, refusedCounted } = load;
  const times = {
    latency: percentiles(load.latenciesMs),
    firstByte: percentiles(load.firstBytesMs),
  };
  return { answered, counted, refused, refusedCounted, windowMs, cpuMs, ...times };
}

/** One connection, from its first request to the end of the last; rejects at the first fault. */
function busy(load, index) {
  const { job } = load;
  const bytes = requestBytes({ ...job, key: job.keys[index % job.keys.length] });
  const reader = new AnswerReader();
  return new Promise((resolve, reject) => {
    const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    let sentMs = 0;
    let firstByteMs = 0;
    let isDone = false;
    const send = () => {
      firstByteMs = 0;
      sentMs = performance.now();
      socket.write(bytes);
    };
    const take = (data) => {
      const isComplete = reader.push(data);
      if (firstByteMs === 0 && reader.bodyBytes > 0) firstByteMs = performance.now() - sentMs;
      if (!isComplete) return;
      checkAnswer(load, reader);
      load.answered += 1;
      if (load.isCounting) count(load, performance.now() - sentMs, firstByteMs);
      reader.reset();
      isDone = load.isStopping;
      if (isDone) socket.end();
      else send();
    };
    socket.on('data', (data) => {
      try {
        take(data);
      } catch (error) {
        socket.destroy(error);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => (isDone ? resolve() : reject(new Error('an answer was cut off'))));
    // Connections that began at once would stay in step, since all streams are equally long.
    socket.on('connect', () => setTimeout(send, (index * job.staggerMs) / job.connections));
  });
}

function count(load, latencyMs, firstByteMs) {
  load.counted += 1;
  load.latenciesMs.push(latencyMs);
  load.firstBytesMs.push(firstByteMs);
}

/**
 * The first answer must be the mock's in content; every other one must equal it, byte for byte.
 * Those who are to be refused (`refusals`: the statuses) are only counted.
 */
function checkAnswer(load, { status, pieces, bodyBytes }) {
  if (load.job.refusals?.includes(status)) {
    load.refused += 1;
    if (load.isCounting) load.refusedCounted += 1;
    return;
  }
  const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  if (status !== 200) throw new Error(`answered ${status}: ${body.toString('utf8', 0, 500)}`);
  if (load.expected === undefined) {
    checkContent(body.toString('utf8'), load.job);
    load.expected = Buffer.from(body);
  }
  if (bodyBytes !== load.expected.length || !load.expected.equals(body)) {
    throw new Error(`an answer differs from the first: ${body.toString('utf8', 0, 2_000)}`);
  }
}

function checkContent(text, { stream, chunks }) {
  const events = stream
    ? text.split('\n\n').filter((event) => event.startsWith('data: {'))
    : [text];
  const parsed = events.map((event) => JSON.parse(event.replace(/^data: /, '')));
  if (stream && (events.length !== chunks + 1 || !text.endsWith('data: [DONE]\n\n'))) {
    throw new Error(`a stream has ${events.length} events, or no end: ${text.slice(-300)}`);
  }
  const { usage } = parsed.at(-1);
  if (usage?.total_tokens !== USAGE.total_tokens) throw new Error(`the usage is lost: ${text}`);
}

function percentiles(list) {
  const sorted = Float64Array.from(list).sort();
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
