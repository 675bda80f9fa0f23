import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { UnitCode } from '../fields.ts';

const Refused = z.object({
  line: z.int(),
  field: z.string().nullable(),
  code: z.string(),
  reason: z.string(),
});

const Import = z
  .object({
    object: z.literal('import'),
    dry_run: z.boolean().describe('Whether nothing of it was done.'),
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    refused_rows: z
      .array(Refused)
      .describe('The first 100; all of them by `accept: application/x-ndjson`.'),
  })
  .openapi('Import');

export const importAccounts = manageRoute('admin', {
  method: 'post',
  path: '/imports',
  operationId: 'imports.create',
  summary: 'Bring the accounts up to a file: one JSON object a line, or CSV',
  description:
    'The same file again changes nothing: an account gets its balance once. Rows that do not fit ' +
    'are left out and told with line, field and reason; the others are done, in batches.',
  request: {
    query: z.object({
      dry_run: z.enum(['true', 'false']).default('false').describe('Only tell what would be done.'),
      unit: UnitCode.optional().describe(
        "What balances count; the platform's default unless given.",
      ),
      map: z
        .string()
        .max(1_000)
        .optional()
        .describe('Where fields are: mail:contact.address,balance:tokens,plan: (none).'),
    }),
    body: {
      required: true,
      content: {
        'application/x-ndjson': { schema: z.string() },
        'text/csv': { schema: z.string() },
      },
    },
  },
  responses: { 200: json('What was done.', Import) },
});
