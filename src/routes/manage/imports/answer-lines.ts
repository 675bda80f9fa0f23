import { faultOf } from '../../../http/index.ts';
import type { Log } from '../../../kernel/index.ts';

/**
 * Answers with JSON lines while the work goes on. What goes wrong after the first of them is the
 * last line: the status is sent already.
 */
export function answerLines(
  log: Log,
  requestId: string,
  work: (say: (line: object) => void) => Promise<void>,
): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start: async (controller) => {
      const say = (line: object) => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      try {
        await work(say);
      } catch (error) {
        const { code, message } = faultOf(error, requestId, log);
        say({ object: 'error', code, detail: message, request_id: requestId });
      }
      controller.close();
    },
  });
  return new Response(stream, { headers: { 'content-type': 'application/x-ndjson' } });
}
