import { z } from '@hono/zod-openapi';
import { Fault, parseRowId } from '../../kernel/index.ts';

/** The page of a list that is asked for. Lists have no offsets: a row that comes shifts nothing. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('At most so many.'),
  after: z.string().max(100).optional().describe('The last id of the page before this one.'),
});

/** A list of such things, as OpenAI's clients page through it too. */
export function listOf<S extends z.ZodType>(item: S) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  });
}

/** A page of a list, from one row more than was asked for. */
export function pageOf<T extends { readonly id: string }>(rows: readonly T[], limit: number) {
  const data = rows.slice(0, limit);
  return {
    object: 'list' as const,
    data,
    has_more: rows.length > limit,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

/** Reads `after`. Fault: `invalid_id` (400). */
export function readAfter(prefix: string, after: string | undefined): bigint | undefined {
  if (after === undefined) return undefined;
  const id = parseRowId(prefix, after);
  if (id !== undefined) return id;
  const message = `'after' is the last id of an earlier page: it begins with '${prefix}_'.`;
  throw new Fault({ code: 'invalid_id', status: 400, param: 'after', message });
}
