import type { DemoAnswer, DemoToolCall } from './demo-answer.ts';
import type { DemoDirectives } from './demo-request.ts';

/** What all chunks and answers of one request have in common. */
export interface DemoEnvelope {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

export const FINGERPRINT = 'fp_demo';

/** The chunks of one stream as JSON, in the three parts a fault can come between. */
export interface DemoChunks {
  /** Role, text and tool calls of all choices, taking turns. */
  readonly content: Iterable<string>;
  /** One chunk per choice with its finish reason. */
  readonly finish: Iterable<string>;
  /** The chunk with empty choices; undefined when usage was not asked for. */
  readonly usage: string | undefined;
}

/**
 * Writes a stream's chunks as OpenAI does: the role first, one fragment a chunk, the finish
 * reason last; with `include_usage` a null `usage` on each and one more chunk that carries it.
 */
export function writeChunks(
  envelope: DemoEnvelope,
  answer: DemoAnswer,
  directives: DemoDirectives,
  includeUsage: boolean,
): DemoChunks {
  const usage = JSON.stringify(answer.usage);
  const hasUsage = includeUsage && directives.no_usage !== true;
  const plain = templateOf(envelope, includeUsage ? 'null' : undefined, directives);
  const counted = templateOf(envelope, usage, directives);
  const rows = answer.choices.map((choice) => [
    '{"role":"assistant","content":"","refusal":null}',
    ...choice.fragments.map((text) => `{"content":${JSON.stringify(text)}}`),
    ...choice.toolCalls.flatMap(writeCall),
  ]);
  const contentCount = rows.reduce((sum, row) => sum + row.length, 0);
  const early = hasUsage && directives.usage_twice === true ? Math.floor(contentCount / 2) : -1;
  const partial = templateOf(envelope, partialUsage(answer), directives);
  const finishTemplate = hasUsage && directives.usage_with_finish === true ? counted : plain;
  return {
    content: takeTurns(rows, (position) => (position === early ? partial : plain), directives),
    finish: answer.choices.map(
      ({ finishReason }, index) =>
        `${finishTemplate.open}{"index":${index},"delta":{},"logprobs":null,` +
        `"finish_reason":"${finishReason}"}${finishTemplate.close}`,
    ),
    usage:
      hasUsage && directives.usage_with_finish !== true
        ? `${counted.open}${counted.close}`
        : undefined,
  };
}

interface Template {
  readonly open: string;
  readonly close: string;
}

function templateOf(
  envelope: DemoEnvelope,
  usage: string | undefined,
  directives: DemoDirectives,
): Template {
  const { id, createdSeconds, model } = envelope;
  // The number's spelling and the unknown members are for tests of untouched bytes.
  const extra = directives.extra_members ? ',"provider_specific":{"cost":1.10,"b":2,"a":1}' : '';
  return {
    open:
      `{"id":"${id}","object":"chat.completion.chunk","created":${createdSeconds},` +
      `"model":${JSON.stringify(model)},"service_tier":"default",` +
      `"system_fingerprint":"${FINGERPRINT}","choices":[`,
    close: `]${usage === undefined ? '' : `,"usage":${usage}`}${extra}}`,
  };
}

/** The first chunk of every choice, then the second of every choice, and so on. */
function* takeTurns(
  rows: readonly (readonly string[])[],
  templateAt: (position: number) => Template,
  directives: DemoDirectives,
): Generator<string> {
  const turns = Math.max(...rows.map((row) => row.length));
  const padding = 'x'.repeat(directives.huge_line_bytes ?? 0);
  let position = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    for (let index = 0; index < rows.length; index += 1) {
      const delta = rows[index]?.[turn];
      if (delta === undefined) continue;
      const { open, close } = templateAt(position);
      const huge = padding !== '' && position === 0 ? `,"obfuscation":"${padding}"` : '';
      const ending = `"logprobs":null,"finish_reason":null${huge}}`;
      yield `${open}{"index":${index},"delta":${delta},${ending}${close}`;
      position += 1;
    }
  }
}

/** A call opens with its id, name and empty arguments; the fragments carry only its index. */
function writeCall(call: DemoToolCall, index: number): string[] {
  const { id, name, fragments } = call;
  const opening = { index, id, type: 'function', function: { name, arguments: '' } };
  return [
    JSON.stringify({ tool_calls: [opening] }),
    ...fragments.map((text) =>
      JSON.stringify({ tool_calls: [{ index, function: { arguments: text } }] }),
    ),
  ];
}

/** The count as it stands at half of the answer. */
function partialUsage({ usage }: DemoAnswer): string {
  const completion = Math.floor(usage.completion_tokens / 2);
  const total = usage.prompt_tokens + completion;
  return JSON.stringify({ ...usage, completion_tokens: completion, total_tokens: total });
}

/** The whole answer of a call that is not streamed. */
export function writeWhole(
  envelope: DemoEnvelope,
  answer: DemoAnswer,
  directives: DemoDirectives,
): string {
  const choices = answer.choices.map((choice, index) => ({
    index,
    message: {
      role: 'assistant',
      content: choice.toolCalls.length > 0 ? null : choice.fragments.join(''),
      ...(choice.toolCalls.length > 0 ? { tool_calls: choice.toolCalls.map(wholeCall) } : {}),
      refusal: null,
      annotations: [],
    },
    logprobs: null,
    finish_reason: choice.finishReason,
  }));
  const whole = JSON.stringify({
    id: envelope.id,
    object: 'chat.completion',
    created: envelope.createdSeconds,
    model: envelope.model,
    choices,
    ...(directives.no_usage ? {} : { usage: answer.usage }),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  });
  const extra = directives.extra_members ? ',"provider_specific":{"cost":1.10,"b":2,"a":1}' : '';
  const padding = directives.huge_line_bytes;
  const huge = padding === undefined ? '' : `,"obfuscation":"${'x'.repeat(padding)}"`;
  return `${whole.slice(0, -1)}${extra}${huge}}`;
}

const wholeCall = ({ id, name, fragments }: DemoToolCall) => ({
  id,
  type: 'function',
  function: { name, arguments: fragments.join('') },
});
