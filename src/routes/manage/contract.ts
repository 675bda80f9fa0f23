import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import { ROLES, type Role } from '../../tenants/index.ts';
import { API_VERSION, API_VERSIONS } from './version.ts';

/**
 * Who may: anybody who is signed in, acting for no platform ('user', and 'operator' for who runs
 * the instance), a customer for its own account and everybody above, or a member of the platform
 * with at least that role.
 */
export type Access = 'user' | 'operator' | 'customer' | Role;

/** Whether somebody with one role may do what takes another. */
export function isAllowed(role: Role | 'customer', access: Role | 'customer'): boolean {
  const rank = (one: Role | 'customer') => ROLES.length - (ROLES as readonly string[]).indexOf(one);
  return access === 'customer' || (role !== 'customer' && rank(role) >= rank(access));
}

/** A refusal as RFC 9457 has it. */
export const Problem = z
  .object({
    type: z.string().describe('The page about this code, on this instance.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })),
    'violated-policies': z.array(z.string()).optional(),
  })
  .openapi('Problem');

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

const PROBLEMS = {
  400: problem('The request does not fit; `errors` names what does not.'),
  401: problem('Nobody is signed in.'),
  403: problem('Signed in, but this takes more than that.'),
  404: problem('There is no such thing for you.'),
  409: problem('It does not fit what is there already, or an equal request is still running.'),
  413: problem('The body is larger than this server takes.'),
  415: problem('The body is not of a type that is taken here.'),
  422: problem('Well-formed, and not possible; `detail` says why.'),
  429: problem('Too many requests; `retry-after` says when to come again.'),
  500: problem('Something went wrong on our side; quote the `request_id`.'),
  503: problem('Not at this moment; `retry-after` says when to come again.'),
} as const;

const OF_ALL = {
  'farebox-version': z
    .enum(API_VERSIONS)
    .optional()
    .describe('The version of this API that is meant, as its day.')
    .openapi({ example: API_VERSION }),
};
/** Headers that the routes take beside what each has of its own. */
const OF_PLATFORM = {
  'farebox-platform': z
    .string()
    .max(100)
    .optional()
    .describe('The platform that is meant: slug or id. Needed by who belongs to several.'),
  'farebox-account': z
    .string()
    .max(100)
    .optional()
    .describe('The account that is meant, by who is a customer with several.'),
};
const OF_POST = {
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Sent again with the same key, a request is answered as the first was.'),
};

/** The contract of a route of the management API, and who may call it. */
export function manageRoute<const C extends RouteConfig>(access: Access, config: C) {
  const isOfPlatform = access !== 'user' && access !== 'operator';
  const headers = z.object({
    ...OF_ALL,
    ...(isOfPlatform && OF_PLATFORM),
    ...(config.method === 'post' && OF_POST),
  });
  return createRoute({
    ...config,
    tags: [config.operationId?.split('.')[0] ?? 'instance'],
    'x-access': access,
    security: [{ session: [] }, { token: [] }],
    request: { ...config.request, headers },
    responses: { ...config.responses, ...PROBLEMS },
  } as C & { 'x-access': Access });
}
