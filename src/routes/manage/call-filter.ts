import { z } from '@hono/zod-openapi';
import type { Principal } from '../../auth/index.ts';
import { findProductId } from '../../catalog/index.ts';
import type { Queryable } from '../../db/index.ts';
import type { CallFilter } from '../../metering/index.ts';
import { findKey } from '../../tenants/index.ts';
import { requireAccount } from './accounts/handler.ts';
import { Instant, idOf, notFound } from './fields.ts';

const Id = z.string().min(1).max(100);
const Flag = z.enum(['true', 'false']);

/** Which calls a sum is about. */
export const USAGE_FILTER = {
  account: Id.optional().describe("Only this account's."),
  key: Id.optional().describe('Only those made with this key.'),
  product: z.string().min(1).max(200).optional().describe('Only those for the one of this slug.'),
  status: z
    .enum(['settled', 'released', 'expired'])
    .optional()
    .describe('Only those that ended so.'),
  from: Instant.optional().describe('Only those that began at this instant or later.'),
  to: Instant.optional().describe('Only those that began before this instant.'),
};

/** Which calls a list is about. */
export const CALL_FILTER = {
  ...USAGE_FILTER,
  http_status: z.coerce
    .number()
    .int()
    .min(0)
    .max(599)
    .optional()
    .describe('Only those that were answered with it; 0 for those that had no answer.'),
  streamed: Flag.optional().describe('Only those that were streamed, or were not.'),
  estimated: Flag.optional().describe('Only those whose usage was counted here, or was reported.'),
};

const Asked = z.object(CALL_FILTER);

/**
 * The filter that the query means; a customer's is about its own account whatever it says. Faults:
 * `account_not_found`, `key_not_found`, `product_not_found` (404).
 */
export async function readCallFilter(
  {
    tx,
    platformId,
    accountId: own,
  }: Pick<Principal, 'platformId' | 'accountId'> & {
    readonly tx: Queryable;
  },
  query: z.output<typeof Asked>,
): Promise<CallFilter> {
  const { account, key, product, status: outcome, http_status: httpStatus } = query;
  const ofKey = key === undefined ? undefined : await keyOf(tx, platformId, key);
  const named =
    account === undefined ? undefined : (await requireAccount(tx, platformId, account)).id;
  const productId = product === undefined ? undefined : await productOf(tx, platformId, product);
  const all = {
    accountId: own ?? named ?? ofKey?.accountId,
    keyId: ofKey?.id,
    ...{ productId, outcome, httpStatus },
    from: dateOf(query.from),
    until: dateOf(query.to),
    streamed: flagOf(query.streamed),
    estimated: flagOf(query.estimated),
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { platformId, ...Object.fromEntries(given) };
}

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
const flagOf = (text: 'true' | 'false' | undefined) =>
  text === undefined ? undefined : text === 'true';

async function keyOf(tx: Queryable, platformId: bigint, text: string) {
  const missing = () => notFound('key');
  return findKey(tx, platformId, idOf('key', text, missing));
}

async function productOf(tx: Queryable, platformId: bigint, text: string): Promise<bigint> {
  const id = await findProductId(tx, platformId, text);
  if (id === undefined) throw notFound('product');
  return id;
}
