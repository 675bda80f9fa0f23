import { z } from 'zod';
import { OpenAiRefusal } from './demo-refusal.ts';

const count = z.int().min(0).max(10_000_000);
const milliseconds = z.int().min(0).max(3_600_000);

/** The member `demo` of a request: what to report, and what to do wrong. */
const directivesSchema = z.strictObject({
  prompt_tokens: count.optional(),
  completion_tokens: count.optional(),
  cached_tokens: count.optional(),
  cache_write_tokens: count.optional(),
  reasoning_tokens: count.optional(),
  prompt_audio_tokens: count.optional(),
  completion_audio_tokens: count.optional(),
  overreport: count.optional(),
  no_usage: z.boolean().optional(),
  usage_zero: z.boolean().optional(),
  usage_twice: z.boolean().optional(),
  usage_with_finish: z.boolean().optional(),
  late_usage_ms: milliseconds.optional(),
  delay_ms: milliseconds.optional(),
  chunk_delay_ms: milliseconds.optional(),
  hang: z.boolean().optional(),
  error_before_first_byte: z
    .strictObject({
      status: z.int().min(400).max(599),
      message: z.string().optional(),
      code: z.string().optional(),
      retry_after: z.int().min(0).optional(),
    })
    .optional(),
  error_after_chunks: count.optional(),
  error_as_200: z.boolean().optional(),
  cut_after_chunks: count.optional(),
  no_done: z.boolean().optional(),
  huge_line_bytes: z
    .int()
    .min(1)
    .max(128 * 1024 * 1024)
    .optional(),
  split_utf8: z.boolean().optional(),
  crlf: z.boolean().optional(),
  comments: z.boolean().optional(),
  extra_members: z.boolean().optional(),
});

export type DemoDirectives = z.infer<typeof directivesSchema>;

const toolSchema = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().min(1).max(64),
    parameters: z.record(z.string(), z.unknown()).optional(),
  }),
});

export type DemoTool = z.infer<typeof toolSchema>;

const toolChoiceSchema = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
]);

const responseFormatSchema = z.union([
  z.looseObject({ type: z.enum(['text', 'json_object']) }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

const messageSchema = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
});

const requestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.int().min(1).max(128).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  tools: z.array(toolSchema).max(128).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormatSchema.nullish(),
  demo: directivesSchema.nullish(),
});

export type DemoRequest = z.infer<typeof requestSchema>;

/** Reads and checks a chat request; throws {@link OpenAiRefusal} naming the member at fault. */
export function readDemoRequest(body: Buffer): DemoRequest {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new OpenAiRefusal({ status: 400, message: 'The body of the request is not valid JSON.' });
  }
  const result = requestSchema.safeParse(value);
  if (!result.success) throw refuseIssue(result.error.issues[0]);
  const request = result.data;
  if (request.stream_options && request.stream !== true) {
    const message = "'stream_options' is only allowed together with 'stream': true.";
    throw new OpenAiRefusal({ status: 400, message, param: 'stream_options' });
  }
  const isChoiceWithoutTools = request.tool_choice && !request.tools?.length;
  if (isChoiceWithoutTools && request.tool_choice !== 'none') {
    const message = "'tool_choice' is only allowed together with 'tools'.";
    throw new OpenAiRefusal({ status: 400, message, param: 'tool_choice' });
  }
  return request;
}

function refuseIssue(issue: z.core.$ZodIssue | undefined): OpenAiRefusal {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const param = [...(issue?.path ?? []), ...unknown].join('.');
  const isMissing = issue?.code === 'invalid_type' && issue.message.includes('undefined');
  const code = isMissing ? 'missing_required_parameter' : 'invalid_value';
  const message = `Invalid value for '${param}': ${issue?.message ?? 'not understood'}.`;
  return new OpenAiRefusal({ status: 400, message, param: param === '' ? null : param, code });
}
