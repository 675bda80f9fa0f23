import { z } from '@hono/zod-openapi';
import { SUBSCRIPTION_STATES } from '../../../tenants/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Reason } from '../fields.ts';

export const Subscription = z
  .object({
    object: z.literal('subscription'),
    account: z.string(),
    status: z.enum(SUBSCRIPTION_STATES).describe("'none' and 'expired' are on the default plan."),
    plan: z.string().nullable().describe('The slug of the plan in force.'),
    since: Instant.nullable(),
    until: Instant.nullable().describe('When another plan is in force, if nothing is agreed anew.'),
    period_start: Instant.nullable(),
    period_end: Instant.nullable().describe('Null for one without end.'),
    next: z.object({ plan: z.string(), at: Instant }).nullable().describe('A change to come.'),
    currency: z.string().nullable(),
  })
  .openapi('Subscription');

const params = z.object({ account: IdParam });
const Currency = z.string().regex(/^[A-Z]{3}$/, 'a code of ISO 4217');

export const getSubscription = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}/subscription',
  operationId: 'subscriptions.get',
  summary: "Get an account's subscription, as it is at this moment",
  request: { params },
  responses: { 200: json('The subscription.', Subscription) },
});

export const changeSubscription = manageRoute('customer', {
  method: 'post',
  path: '/accounts/{account}/subscription',
  operationId: 'subscriptions.change',
  summary: 'Put an account on a plan',
  description:
    'For staff: at once and without end, unless said otherwise; a paid period stays as it is. ' +
    'A customer may take a plan that costs nothing, try one that has a trial, and change to a ' +
    'lesser one at the end of the period.',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              plan: z.string().min(1).max(100).describe('Slug or id.'),
              trial: z.boolean().optional().describe('Try it for its days, once.'),
              when: z.enum(['now', 'period_end']).optional(),
              at: Instant.optional().describe('Change at this instant. For staff.'),
              until: Instant.optional().describe('Begin anew, with this end. For staff.'),
              currency: Currency.optional(),
              reason: Reason.optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 200: json('The subscription as it is now.', Subscription) },
});

const change = (access: 'customer' | 'support' | 'admin', verb: string, summary: string) =>
  manageRoute(access, {
    method: 'post',
    path: `/accounts/{account}/subscription/${verb}`,
    operationId: `subscriptions.${verb}`,
    summary,
    request: {
      params,
      body: {
        content: {
          'application/json': { schema: z.object({ reason: Reason.optional() }).strict() },
        },
      },
    },
    responses: { 200: json('The subscription as it is now.', Subscription) },
  });

export const cancelSubscription = change('customer', 'cancel', 'End it with its period');
export const resumeSubscription = change(
  'customer',
  'resume',
  'Take back a cancellation, or a change to come',
);
export const renewSubscription = change('admin', 'renew', 'Go on for one more month');
export const endSubscription = change('support', 'end', 'End it at once');
