import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { Instant } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

export const Mail = z
  .object({
    id: z.string(),
    object: z.literal('mail'),
    recipient: z.string(),
    kind: z.string(),
    subject: z.string(),
    body: z.string(),
    created_at: Instant,
    sent_at: Instant.nullable().describe('null while it waits; for good without a mail server.'),
    attempts: z.int(),
    problem: z.string().nullable().describe('What the mail server said when it did not take it.'),
  })
  .openapi('Mail');

export const listMails = manageRoute('operator', {
  method: 'get',
  path: '/instance/mails',
  operationId: 'instance.list_mails',
  summary: 'List the mails in the outbox, newest first',
  description:
    'Without a mail server they stay there to be read: the links in them are what their ' +
    'recipients need.',
  request: {
    query: Page.extend({ recipient: z.string().max(254).optional().describe('Only to them.') }),
  },
  responses: { 200: json('A page of mails.', listOf(Mail)) },
});
