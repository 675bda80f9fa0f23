import { AUTH_PATH } from './auth-address.ts';

/** What `/openapi.json` says of routes that have no contract of ours. */
export interface ApiDescription {
  readonly paths: Readonly<Record<string, object>>;
  readonly schemas: Readonly<Record<string, object>>;
  readonly securitySchemes: Readonly<Record<string, object>>;
}

/** What better-auth's plugin `openAPI` generates, as far as it is read here. */
export interface GeneratedDescription {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components: { readonly schemas?: Readonly<Record<string, unknown>> };
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const PREFIX = 'Auth';
const SCHEMAS = '#/components/schemas/';

const SECURITY_SCHEMES = {
  session: { type: 'apiKey', in: 'cookie', name: 'farebox.session_token' },
  sessionToken: { type: 'http', scheme: 'bearer', description: "The header 'set-auth-token'." },
};
const SECURITY = [{ session: [] }, { sessionToken: [] }, {}];

const PROBLEM = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    request_id: { type: 'string' },
    errors: { type: 'array', items: { type: 'object' } },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
};
const REFUSAL = { 'application/problem+json': { schema: { $ref: `${SCHEMAS}${PREFIX}Problem` } } };

/**
 * Turns better-auth's description of itself into a part of ours: under our path, with names that
 * meet no others, refusals as we send them, and without the routes that are not served.
 */
export function describeSignIn(
  generated: GeneratedDescription,
  unserved: readonly string[],
): ApiDescription {
  const { paths, components } = JSON.parse(JSON.stringify(generated)) as {
    paths: Record<string, Record<string, Json>>;
    components: { schemas?: Record<string, Json> };
  };
  const served = Object.entries(paths).filter(([path]) => !unserved.includes(path));
  const schemas = Object.entries(components.schemas ?? {});
  return {
    paths: Object.fromEntries(
      served.map(([path, item]) => [
        `${AUTH_PATH}${path}`,
        Object.fromEntries(
          Object.entries(item).map(([method, operation]) => [method, ourOperation(operation)]),
        ),
      ]),
    ),
    schemas: {
      ...Object.fromEntries(
        schemas.map(([name, schema]) => [`${PREFIX}${name}`, ourSchema(schema) as object]),
      ),
      [`${PREFIX}Problem`]: PROBLEM,
    },
    securitySchemes: SECURITY_SCHEMES,
  };
}

function ourOperation(operation: Json): object {
  const { operationId, responses, ...rest } = ourSchema(operation) as Record<string, Json>;
  const named = typeof operationId === 'string' ? { operationId: `auth_${operationId}` } : {};
  const answers = Object.entries((responses ?? {}) as Record<string, Record<string, Json>>);
  return {
    ...rest,
    ...named,
    tags: ['Sign-in'],
    security: SECURITY,
    responses: Object.fromEntries(
      answers.map(([status, answer]) =>
        status < '400' ? [status, answer] : [status, { ...answer, content: REFUSAL }],
      ),
    ),
  };
}

/** OpenAPI 3.1 has no `nullable`, which better-auth writes; references get our names. */
function ourSchema(value: Json): Json {
  if (Array.isArray(value)) return value.map(ourSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as { readonly [name: string]: Json };
  const ours: Record<string, Json> = {};
  for (const [name, inner] of Object.entries(rest)) {
    ours[name] =
      name === '$ref' && typeof inner === 'string'
        ? inner.replace(SCHEMAS, `${SCHEMAS}${PREFIX}`)
        : ourSchema(inner);
  }
  if (nullable === true && typeof ours.type === 'string') ours.type = [ours.type, 'null'];
  return ours;
}
