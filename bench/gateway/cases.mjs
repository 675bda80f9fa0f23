// The loads that every contender gets, in each round.
import { STREAM_CHUNKS } from './mock-answers.mjs';
import { FLAT_MODEL, PACED_MODEL } from './requests.mjs';

const json = (connections) => ({
  ...{ name: `json-${connections}`, connections, stream: false, model: PACED_MODEL },
  ...{ warmMs: 500, staggerMs: 0, seconds: 1 },
  title: `1 KB JSON, ${connections} connection${connections === 1 ? '' : 's'}`,
});

const stream = (connections, chunkMs, flat) => {
  const streamMs = flat ? 100 : STREAM_CHUNKS * chunkMs;
  const pauses = flat ? 'no pauses' : `a chunk every ${chunkMs} ms`;
  return {
    ...{ name: `${flat ? 'flat' : 'stream'}-${connections}`, connections, stream: true },
    ...{ model: flat ? FLAT_MODEL : PACED_MODEL, chunks: STREAM_CHUNKS },
    // Begun one after the other, and warm after a whole stream on each connection.
    ...{ warmMs: flat ? 500 : 1.2 * streamMs, staggerMs: streamMs },
    // Streams are few in a second: they are counted for longer.
    seconds: flat ? 1 : 2,
    title: `${STREAM_CHUNKS}-chunk stream, ${pauses}, ${connections} at once`,
  };
};

/** `seconds` are factors of the window's length. */
export const casesOf = (chunkMs) => [
  json(1),
  json(8),
  json(64),
  stream(1, chunkMs, false),
  stream(50, chunkMs, false),
  stream(50, chunkMs, true),
];
