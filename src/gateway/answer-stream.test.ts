import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { StreamAnswer } from './answer-stream.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

test('a caller who does not read stops the upstream, and reading on resumes it', async () => {
  let answered = (_response: ServerResponse) => {};
  const response = new Promise<ServerResponse>((resolve) => {
    answered = resolve;
  });
  const server = createServer((_request, opened) => answered(opened));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as AddressInfo;
  const asked = get({ port, host: '127.0.0.1', agent: false });
  closers.push(() => asked.destroy());

  let isPaused = false;
  const call = {
    done: new Promise<never>(() => {}),
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
    abort() {},
  };
  const options = { choices: 1, wantsUsage: false, headers: {}, keepsAnswer: false };
  const answer = new StreamAnswer(await response, options);
  answer.begin(call);
  const event = `data: {"choices":[{"delta":{"content":"${'x'.repeat(100)}"}}]}\n\n`;
  const chunk = Buffer.from(event.repeat(500));
  answer.onData(chunk);
  const reader = await new Promise<NodeJS.ReadableStream>((resolve) =>
    asked.on('response', resolve),
  );
  // Until the buffers between the two are full, pauses are short.
  let [turnsAtRest, sentBytes] = [0, 0];
  while (turnsAtRest < 300 && sentBytes < 100_000_000) {
    turnsAtRest = isPaused ? turnsAtRest + 1 : 0;
    if (!isPaused) {
      answer.onData(chunk);
      sentBytes += chunk.length;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isPaused).toBe(true);
  expect(sentBytes).toBeLessThan(100_000_000);
  reader.resume();
  await vi.waitFor(() => expect(isPaused).toBe(false));
});
