import { z } from '@hono/zod-openapi';
import { ROLES } from '../../../tenants/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Mail } from '../fields.ts';

export const Person = z
  .object({
    object: z.literal('person'),
    mail: z.string(),
    name: z.string().nullable(),
    role: z.enum([...ROLES, 'customer']),
    is_invited: z.boolean().describe('Not seen here yet: the membership begins when they are.'),
    since: Instant,
  })
  .openapi('Person');

const People = z.object({ object: z.literal('list'), data: z.array(Person) });
const Role = z.enum(ROLES);
const byMail = z.object({ mail: IdParam.describe('Their mail address.') });
const account = z.object({ account: IdParam });

export const listMembers = manageRoute('viewer', {
  method: 'get',
  path: '/members',
  operationId: 'members.list',
  summary: 'List who works for the platform',
  responses: { 200: json('Everybody, and who is invited.', People) },
});

export const setMember = manageRoute('owner', {
  method: 'post',
  path: '/members',
  operationId: 'members.set',
  summary: 'Give somebody a role on the platform, or invite them to it',
  description:
    'Who is a member already has the new role at once. Anybody else is a member once they sign ' +
    'in with this address; whether they are known here is not told.',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ mail: Mail, role: Role }).strict() } },
    },
  },
  responses: { 200: json('The person as the list has them now.', Person) },
});

export const removeMember = manageRoute('owner', {
  method: 'delete',
  path: '/members/{mail}',
  operationId: 'members.remove',
  summary: 'End a membership or take back an invitation',
  request: { params: byMail },
  responses: { 200: json('Who it was.', Person) },
});

export const listAccountMembers = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}/members',
  operationId: 'accounts.list_members',
  summary: 'List who acts for an account',
  request: { params: account },
  responses: { 200: json('Everybody, and who is invited.', People) },
});

export const addAccountMember = manageRoute('support', {
  method: 'post',
  path: '/accounts/{account}/members',
  operationId: 'accounts.add_member',
  summary: 'Invite somebody to act for an account',
  request: {
    params: account,
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ mail: Mail }).strict() } },
    },
  },
  responses: { 200: json('The person as the list has them now.', Person) },
});

export const removeAccountMember = manageRoute('support', {
  method: 'delete',
  path: '/accounts/{account}/members/{mail}',
  operationId: 'accounts.remove_member',
  summary: 'End a membership of an account or take back an invitation',
  request: { params: account.extend(byMail.shape) },
  responses: { 200: json('Who it was.', Person) },
});
