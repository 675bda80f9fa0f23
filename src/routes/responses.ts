import { z } from '@hono/zod-openapi';

const OpenAiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .openapi('Error');

/** A JSON answer, as a contract states it. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** A refusal in OpenAI's shape. */
export const refusal = (description: string) => json(description, OpenAiError);

/** The refusals that every route behind a key may give, in OpenAI's shape. */
export const KEY_REFUSALS = {
  400: refusal('The request does not fit; the message says what does not.'),
  401: refusal('No key, or a key that is not valid.'),
  403: refusal('The account is suspended, or the key may not do this, or not from here.'),
  500: refusal('Something went wrong on our side.'),
  503: refusal('Not at this moment; `retry-after` says when to come again.'),
};

/** Not there, or another account's: the two look alike. */
export const NOT_FOUND = { 404: refusal('There is no such thing for this caller.') };
