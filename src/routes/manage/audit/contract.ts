import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { Instant } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

export const RecordedAct = z
  .object({
    id: z.string(),
    object: z.literal('audit_entry'),
    at: Instant,
    actor: z.object({
      kind: z.enum(['user', 'token', 'key', 'operator', 'system']),
      id: z.string().nullable(),
      label: z.string(),
    }),
    action: z.string(),
    subject: z.string().nullable(),
    reason: z.string().nullable(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    request_id: z.string().nullable(),
  })
  .openapi('AuditEntry');

const query = Page.extend({
  action: z.string().max(100).optional().describe("Such as 'account.suspend'."),
  subject: z.string().max(300).optional().describe('The id of what it was done to.'),
  actor: z.string().max(300).optional().describe('Id or name of who did it.'),
});

export const listAudit = manageRoute('admin', {
  method: 'get',
  path: '/audit',
  operationId: 'audit.list',
  summary: 'List the acts of administration on the platform, newest first',
  request: { query },
  responses: { 200: json('A page of acts.', listOf(RecordedAct)) },
});

export const listInstanceAudit = manageRoute('operator', {
  method: 'get',
  path: '/instance/audit',
  operationId: 'instance.list_audit',
  summary: 'List the acts on the instance as a whole, newest first',
  request: { query },
  responses: { 200: json('A page of acts.', listOf(RecordedAct)) },
});
