import { createRoute, z } from '@hono/zod-openapi';
import { KEY_REFUSALS, NOT_FOUND, refusal } from '../responses.ts';

const outputTokens = z.int().min(1).nullish();

const ChatRequest = z
  .looseObject({
    model: z.string(),
    messages: z.array(z.looseObject({ role: z.string() })).min(1),
    stream: z.boolean().nullish(),
    n: z.int().min(1).nullish(),
    max_tokens: outputTokens,
    max_completion_tokens: outputTokens,
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  })
  .openapi('ChatRequest', {
    description: 'Unknown members go to the provider as they are.',
  });

const ANSWER =
  "The provider's answer, byte for byte. Headers (trailers of a stream): x-farebox-cost, " +
  'x-farebox-balance, x-farebox-overhead-ms; x-farebox-hold and x-ratelimit-* always in front. ' +
  'A replay carries idempotent-replayed: true, and all of them in front.';

const Headers = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('What is sent again under it within 24 hours is done and charged once.'),
});

/** What the document says of the metered route, which is served by the gateway itself. */
export const chatCompletions = createRoute({
  method: 'post',
  path: '/chat/completions',
  operationId: 'v1.create_chat_completion',
  tags: ['model API'],
  summary: 'Create a chat completion, streamed or not',
  security: [{ key: [] }],
  request: {
    headers: Headers,
    body: { content: { 'application/json': { schema: ChatRequest } } },
  },
  responses: {
    200: {
      description: ANSWER,
      content: {
        'application/json': { schema: z.looseObject({ object: z.string() }) },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...KEY_REFUSALS,
    ...NOT_FOUND,
    400: refusal('The request is not valid; `param` names the member.'),
    402: refusal('Not enough is available for what this call may cost.'),
    409: refusal('A call with this key is under way, or its answer was charged and not kept.'),
    413: refusal('The body is too large.'),
    422: refusal('This key was used with another body.'),
    429: refusal('A limit is reached; `retry-after` says when to come back.'),
    500: refusal('The charge could not be recorded, or nothing is priced: nothing was taken.'),
    502: refusal('The provider failed; nothing was charged.'),
    503: refusal('Nothing was charged; `retry-after` says when to come back.'),
    504: refusal('The provider did not answer in time; nothing was charged.'),
  },
});
