import type { ServerResponse } from 'node:http';
import type { Tokenizer } from '../../tokenizer.ts';
import { type DemoAnswer, writeAnswer } from './demo-answer.ts';
import { type DemoEnvelope, writeChunks, writeWhole } from './demo-chunks.ts';
import { OpenAiRefusal } from './demo-refusal.ts';
import { type DemoRequest, readDemoRequest } from './demo-request.ts';
import { cutConnection, DemoWriter, StreamOver, untilClosed } from './demo-writer.ts';

export interface DemoChatParts {
  readonly tokenizer: Tokenizer;
  /** A fresh id and the time, for each answer. */
  envelopeFor(model: string): DemoEnvelope;
}

/**
 * Answers one chat request. Returns true when the answer was written whole, false when a fault
 * that was asked for ended it; throws {@link OpenAiRefusal} before anything was written, and
 * `StreamOver` when the other side is gone.
 */
export async function answerChat(
  parts: DemoChatParts,
  body: Buffer,
  response: ServerResponse,
): Promise<boolean> {
  const request = readDemoRequest(body);
  const directives = request.demo ?? {};
  const writer = new DemoWriter(response, directives);
  if (directives.hang) await untilClosed(response);
  await writer.wait(directives.delay_ms);
  refuseIfAsked(request);
  const answer = await writeAnswer(request, parts.tokenizer);
  const envelope = parts.envelopeFor(request.model);
  try {
    if (request.stream) await stream(request, answer, envelope, writer, response);
    else if (!(await writeOnce(request, answer, envelope, response))) return false;
    return true;
  } catch (error) {
    if (error instanceof StreamOver && error.wasAskedFor) return false;
    throw error;
  }
}

function refuseIfAsked({ demo }: DemoRequest): void {
  if (demo?.error_before_first_byte) {
    const { status, message, code, retry_after: retryAfterSeconds } = demo.error_before_first_byte;
    throw new OpenAiRefusal({
      status,
      message: message ?? 'The demo provider refused on request.',
      code: code ?? null,
      retryAfterSeconds,
    });
  }
  if (demo?.error_as_200) {
    const message = 'The demo provider failed on request, with a status of success.';
    throw new OpenAiRefusal({ status: 200, message, code: 'demo_error' });
  }
}

async function stream(
  request: DemoRequest,
  answer: DemoAnswer,
  envelope: DemoEnvelope,
  writer: DemoWriter,
  response: ServerResponse,
): Promise<void> {
  const directives = request.demo ?? {};
  const includeUsage = request.stream_options?.include_usage === true;
  const chunks = writeChunks(envelope, answer, directives, includeUsage);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  await writer.send(chunks.content);
  await writer.send(chunks.finish);
  if (chunks.usage !== undefined) {
    if (directives.late_usage_ms !== undefined) await writer.wait(directives.late_usage_ms);
    await writer.send([chunks.usage]);
  }
  await writer.end();
}

/** Writes an answer that is not streamed; false when it was cut in the middle on request. */
async function writeOnce(
  request: DemoRequest,
  answer: DemoAnswer,
  envelope: DemoEnvelope,
  response: ServerResponse,
): Promise<boolean> {
  const directives = request.demo ?? {};
  const bytes = Buffer.from(writeWhole(envelope, answer, directives));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  if (directives.cut_after_chunks !== undefined) {
    response.write(bytes.subarray(0, bytes.length >> 1));
    await cutConnection(response);
    return false;
  }
  response.end(bytes);
  return true;
}
