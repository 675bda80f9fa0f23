import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { Account, params } from '../accounts/contract.ts';
import { ExactAmount, shownAmount } from '../amounts.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Reason } from '../fields.ts';

const Merge = z
  .object({
    object: z.literal('merge'),
    account: Account,
    from: z.string(),
    moved: z.object({
      keys: z.int(),
      members: z.int(),
      value: z.array(
        z.object({
          unit: z.string(),
          grants: z.int(),
          amount: shownAmount('What they had left together'),
          amount_exact: ExactAmount,
        }),
      ),
    }),
  })
  .openapi('Merge');

export const mergeAccount = manageRoute('admin', {
  method: 'post',
  path: '/accounts/{account}/merge',
  operationId: 'accounts.merge',
  summary: 'Make another account part of this one: its keys, members and money move here',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              from: IdParam.describe(
                'The account that is closed; its names lead here from then on.',
              ),
              reason: Reason.optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 200: json('What moved, and the account as it is now.', Merge) },
});
