import { z } from '@hono/zod-openapi';
import { UsageEventBody } from '../../../gateway/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';

/** Rows of one report. */
const MOST = 1_000;

const EventRow = z
  .object({
    index: z.int().describe('Its place in the report, from 0 on.'),
    id: z.string().nullable(),
    source: z.string().nullable(),
    status: z.int().describe('201: charged now. 200: charged before. Else refused, as a call is.'),
    call: z.string().nullable().describe('The call that charged for it.'),
    unit: z.string().nullable(),
    cost: z.number().nullable().describe('What was paid; the nearest number.'),
    cost_exact: z.string().nullable().describe('The same, exact.'),
    price: z.number().nullable().describe('What it comes to by the price; the nearest number.'),
    price_exact: z.string().nullable().describe('The same, exact.'),
    error: z
      .object({
        code: z.string(),
        message: z.string(),
        param: z.string().nullable(),
        retry_after: z.int().nullable().describe('Seconds after which to send it again.'),
      })
      .nullable(),
  })
  .openapi('UsageEventResult');

const Report = z
  .object({
    object: z.literal('usage_report'),
    charged: z.int(),
    duplicates: z.int(),
    refused: z.int(),
    data: z.array(EventRow),
  })
  .openapi('UsageReport');

const Event = UsageEventBody.openapi('UsageEvent');
// Of several, each is judged by itself: one that does not fit keeps no other from being charged.
const Events = z.array(z.looseObject({})).min(1).max(MOST);
// One for all types of content: each is checked by all of them.
const schema = z.union([Event, Events]);

export const ingestUsage = manageRoute('support', {
  method: 'post',
  path: '/usage-events',
  operationId: 'usage_events.ingest',
  summary: 'Report work that was done elsewhere, to be rated and charged like a call',
  description:
    'CloudEvents 1.0, one or up to 1,000. An event is charged once, whoever sends it how often: ' +
    '`source` and `id` name it for ever. Send what was refused with a `retry_after` again.',
  request: {
    query: z.object({
      on_insufficient: z
        .enum(['refuse', 'overrun'])
        .default('refuse')
        .describe('Where there is too little: refuse, or take what is there and book the rest.'),
      create_accounts: z
        .enum(['true', 'false'])
        .default('false')
        .describe('Open an account for a subject that is not known, under it as an outside id.'),
    }),
    body: {
      required: true,
      content: {
        'application/json': { schema },
        'application/cloudevents+json': { schema },
        'application/cloudevents-batch+json': { schema },
      },
    },
  },
  responses: {
    200: json('Every event is charged, now or before.', Report),
    207: json('Some are refused; the others are charged.', Report),
  },
});
