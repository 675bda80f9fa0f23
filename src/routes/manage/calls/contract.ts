import { z } from '@hono/zod-openapi';
import { EXPORT_FORMATS } from '../../../metering/index.ts';
import { Call } from '../../get-call/contract.ts';
import { json } from '../../responses.ts';
import { CALL_FILTER } from '../call-filter.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

const amount = (what: string) => z.number().describe(`${what}; the nearest number.`);
const exact = z.string().describe('The same, exact.');

const OWNED = {
  account: z.string(),
  account_name: z.string().describe('Its mail address, else its outside id.'),
  upstream: z.string().nullable().describe('Who served it; null to customers.'),
};

/** A call in a list: what is in its row. */
export const CallLine = z
  .object({
    id: z.string(),
    object: z.literal('call'),
    ...OWNED,
    key: z.string().nullable(),
    model: z.string(),
    status: z.enum(['settled', 'released', 'expired']),
    http_status: z.int().nullable(),
    error_code: z.string().nullable(),
    streamed: z.boolean(),
    estimated: z.boolean(),
    usage: z.record(z.string(), z.int()),
    unit: z.string(),
    cost: amount('What was paid'),
    cost_exact: exact,
    price: amount('What the work cost by the price'),
    price_exact: exact,
    created_at: Instant,
    settled_at: Instant,
    first_byte_ms: z.int().nullable(),
    latency_ms: z.int().nullable(),
  })
  .openapi('CallLine');

/** A call as the platform sees it: as its customer does, and whose it is and who served it. */
export const ManagedCall = Call.extend({
  ...OWNED,
  event: z
    .object({ source: z.string(), id: z.string(), time: Instant })
    .nullable()
    .describe('What was reported of it from outside, where it did not go through the gateway.'),
}).openapi('ManagedCall');

const Body = z.object({
  text: z.string().nullable().describe('Null where it was not readable, or too large to be read.'),
  bytes: z.int().describe('How many bytes it had when it was sent.'),
  cut: z.boolean().describe('The text is not all of it.'),
});

export const CallBodies = z
  .object({
    object: z.literal('call_bodies'),
    call: z.string(),
    http_status: z.int(),
    request: Body,
    answer: Body.extend({ content_type: z.string().nullable() }),
    kept_until: Instant,
  })
  .openapi('CallBodies');

const params = z.object({ call: IdParam });

export const listCalls = manageRoute('customer', {
  method: 'get',
  path: '/calls',
  operationId: 'calls.list',
  summary: 'List calls that are over, newest first',
  description:
    'The legs of one call are never divided between two pages, so a page may be a little longer ' +
    'than its limit. Where `http_status`, `streamed` or `estimated` is asked for, a page may be ' +
    'short, or empty, and have more after it: go on from `last_id`.',
  request: { query: Page.extend(CALL_FILTER) },
  responses: { 200: json('A page of calls.', listOf(CallLine)) },
});

export const exportCalls = manageRoute('customer', {
  method: 'get',
  path: '/calls/export',
  operationId: 'calls.export',
  summary: 'Write out all calls that are over, newest first, as they are at one moment',
  description:
    'An answer that ends before its last chunk was cut, by an error or after 15 minutes: it is ' +
    'not whole. Ask for a shorter time then.',
  request: {
    query: z.object({
      ...CALL_FILTER,
      format: z.enum(EXPORT_FORMATS).default('csv').describe('CSV, or one JSON document a line.'),
    }),
  },
  responses: {
    200: {
      description: 'The calls.',
      content: {
        'text/csv': { schema: z.string() },
        'application/x-ndjson': { schema: z.string() },
      },
    },
  },
});

export const getCall = manageRoute('customer', {
  method: 'get',
  path: '/calls/{call}',
  operationId: 'calls.get',
  summary: 'Get one call with its price line by line',
  request: { params },
  responses: { 200: json('The call.', ManagedCall) },
});

export const getCallBodies = manageRoute('admin', {
  method: 'get',
  path: '/calls/{call}/bodies',
  operationId: 'calls.bodies',
  summary: 'See what was asked and answered, where the platform keeps it; this is put on record',
  request: { params },
  responses: { 200: json('Request and answer, blacked out.', CallBodies) },
});
