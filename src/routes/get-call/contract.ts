import { createRoute, z } from '@hono/zod-openapi';
import { json, KEY_REFUSALS, NOT_FOUND } from '../responses.ts';

const amount = z.number().describe('In whole units; the nearest number to the exact string.');
const exact = z.string().describe('In whole units, exact.');

/** A call as its customer sees it: the same figures as in its answer and in the ledger. */
export const Call = z
  .object({
    id: z.string(),
    object: z.literal('call'),
    status: z.enum(['open', 'settled', 'released', 'expired']),
    http_status: z.int().nullable(),
    model: z.string(),
    key: z.string().nullable(),
    streamed: z.boolean(),
    estimated: z.boolean().describe('The usage was counted here: the provider reported none.'),
    usage: z.record(z.string(), z.int()),
    lines: z.array(
      z.object({
        component: z.string(),
        quantity: z.int(),
        priced_as: z.string(),
        amount: exact,
        per: z.int(),
      }),
    ),
    unit: z.string(),
    cost: amount,
    cost_exact: exact,
    price: amount,
    price_exact: exact.describe('What the work cost by the price; `cost` is what was paid of it.'),
    held: amount,
    held_exact: exact,
    created_at: z.iso.datetime(),
    settled_at: z.iso.datetime().nullable(),
    first_byte_ms: z.int().nullable(),
    latency_ms: z.int().nullable(),
    error_code: z.string().nullable(),
  })
  .openapi('Call');

export const getCall = createRoute({
  method: 'get',
  path: '/calls/{id}',
  operationId: 'v1.get_call',
  tags: ['model API'],
  summary: 'Get one call by the x-request-id of its answer',
  security: [{ key: [] }],
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json('The call.', Call), ...KEY_REFUSALS, ...NOT_FOUND },
});
