import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { USAGE_FILTER } from '../call-filter.ts';
import { manageRoute } from '../contract.ts';

/** What usage can be divided by, as the API names it. */
export const GROUPS = ['hour', 'day', 'product', 'status', 'key', 'account'] as const;

const Count = z.int();
const Sums = {
  calls: Count,
  input: Count.describe('Tokens'),
  output: Count.describe('Tokens'),
  cached_input: Count.describe('Tokens'),
  other_tokens: Count.describe('Tokens of other kinds, such as reasoning.'),
  unit: z.string(),
  cost: z.number().describe('What was paid; the nearest number.'),
  cost_exact: z.string().describe('The same, exact.'),
  price: z.number().describe('What the work cost by the price; the nearest number.'),
  price_exact: z.string().describe('The same, exact.'),
};

export const UsageTotal = z.object(Sums).openapi('UsageTotal');

const UsageGroup = z
  .object({
    id: z.string().describe('Where the page after this group begins.'),
    object: z.literal('usage_group'),
    hour: z.string().optional().describe("As the platform's clocks show it: 2027-01-31 13:00."),
    day: z.string().optional().describe("As the platform's calendar has it: 2027-01-31."),
    product: z.string().optional(),
    status: z.string().optional(),
    key: z.string().nullable().optional().describe('Null for calls that were made without a key.'),
    account: z.string().optional(),
    account_name: z.string().optional().describe('Its mail address, else its outside id.'),
    ...Sums,
  })
  .openapi('UsageGroup');

const Usage = z
  .object({
    object: z.literal('list'),
    time_zone: z.string().describe('Whose hours and days these are.'),
    data: z.array(UsageGroup),
    total: z.array(UsageTotal).describe('Over all groups, also those of other pages, by unit.'),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .openapi('Usage');

export const getUsage = manageRoute('customer', {
  method: 'get',
  path: '/usage',
  operationId: 'usage.list',
  summary: 'Sum up calls that are over, in groups',
  description:
    'The sums are exact at every moment: those of the log, of the ledger and of an export of the ' +
    "same time. Hours are whole, in the platform's time zone: where `from` or `to` lie within " +
    'one, all of it is summed.',
  request: {
    query: z.object({
      ...USAGE_FILTER,
      group_by: z
        .string()
        .max(100)
        .regex(/^[a-z]+(,[a-z]+)*$/, 'names with commas between them')
        .optional()
        .describe(`What to divide by, with commas: ${GROUPS.join(', ')}. One sum without it.`),
      sort: z
        .enum(['group', 'cost'])
        .default('group')
        .describe('In the order of the groups, or what cost most first.'),
      limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('At most so many.'),
      after: z.string().max(1_000).optional().describe('The last id of the page before this one.'),
      format: z.enum(['json', 'csv']).default('json'),
    }),
  },
  responses: {
    200: {
      ...json('A page of sums.', Usage),
      content: {
        'application/json': { schema: Usage },
        'text/csv': { schema: z.string() },
      },
    },
  },
});
