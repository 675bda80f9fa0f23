import { z } from 'zod';
import { Fault } from '../kernel/index.ts';

/** What the gateway has to understand of a chat request; everything else goes through unread. */
export interface ChatRequest {
  readonly model: string;
  readonly isStreamed: boolean;
  /** Answers asked for. */
  readonly choices: number;
  /** The caller's own bound of output tokens for each answer. */
  readonly maxOutputTokens: number | undefined;
  /** The caller wants the usage event at the end of the stream. */
  readonly wantsUsage: boolean;
  /** The request as parsed, for counting its tokens when the provider does not. */
  readonly parsed: Readonly<Record<string, unknown>>;
  readonly bodyBytes: number;
}

// No model writes this much in one answer; a greater number is a mistake worth telling.
const OUTPUT_TOKENS_MAX = 10_000_000;
const outputTokens = z.int().min(1).max(OUTPUT_TOKENS_MAX).nullish();

const schema = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  stream: z.boolean().nullish(),
  n: z.int().min(1).max(128).nullish(),
  max_tokens: outputTokens,
  max_completion_tokens: outputTokens,
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of a chat request. Faults of status 400: `invalid_json` when it is not one JSON
 * object in UTF-8, `MISSING_MODEL`, `invalid_request` with the path of the first fault in `param`.
 */
export function readChatRequest(body: Buffer): ChatRequest {
  const result = schema.safeParse(parseJsonObject(body));
  if (!result.success) throw invalidRequest(result.error);
  const { data } = result;
  return {
    model: data.model,
    isStreamed: data.stream === true,
    choices: data.n ?? 1,
    maxOutputTokens: greaterOf(data.max_completion_tokens, data.max_tokens),
    wantsUsage: data.stream_options?.include_usage === true,
    parsed: data,
    bodyBytes: body.length,
  };
}

/** Providers differ in which of the two they obey, so the greater one is what may come. */
function greaterOf(one: number | null | undefined, other: number | null | undefined) {
  const given = Math.max(one ?? 0, other ?? 0);
  // Neither can be 0 where it is given.
  return given === 0 ? undefined : given;
}

function parseJsonObject(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(body));
  } catch {
    throw invalidJson();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidJson();
  return value;
}

function invalidJson(): Fault {
  return new Fault({
    code: 'invalid_json',
    status: 400,
    message: 'The body is not a JSON object in UTF-8. Check quotes, commas and the encoding.',
  });
}

function invalidRequest(error: z.ZodError): Fault {
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  if (path === 'model') {
    return new Fault({
      code: 'MISSING_MODEL',
      status: 400,
      message:
        "Name a model in 'model', as a text of 1 to 200 characters. GET /v1/models lists all.",
      param: 'model',
    });
  }
  return new Fault({
    code: 'invalid_request',
    status: 400,
    message: `${path === '' ? 'The body' : `'${path}'`} is not valid: ${issue?.message ?? ''}.`,
    param: path === '' ? null : path,
  });
}
