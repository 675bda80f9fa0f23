import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { Instant } from '../fields.ts';
import { Margin } from '../price-drafts/dry-run-body.ts';

export const getMargin = manageRoute('viewer', {
  method: 'get',
  path: '/margin',
  operationId: 'margin.get',
  summary: 'What calls brought, what they cost, and what is left, by product',
  request: {
    query: z.object({
      from: Instant.optional().describe('Calls from then on; 30 days ago where it is left out.'),
      to: Instant.optional().describe('Calls before that; now where it is left out.'),
    }),
  },
  responses: { 200: json('The margin.', Margin) },
});
