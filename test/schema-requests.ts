import fc from 'fast-check';
import { type Schema, valuesOf } from './schema-values.ts';

/** One operation of an OpenAPI document, as far as requests are made from it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly access: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly schema: Schema; readonly required: boolean } | undefined;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A request before it is written down: its values, as a contract names them. */
export interface Draft {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly 'x-access'?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

/** Every operation of a document. */
export function operationsOf({ paths }: OpenApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const schema = operation.requestBody?.content['application/json']?.schema;
      return {
        method: method.toUpperCase(),
        path,
        operationId: operation.operationId,
        access: operation['x-access'],
        parameters: operation.parameters ?? [],
        body: schema && { schema, required: operation.requestBody?.required === true },
      };
    }),
  );
}

/** Requests that fit the contract. What has a name of `known` often has its value. */
export function draftsOf(
  { parameters, body }: Operation,
  { components }: OpenApiDocument,
  known: Readonly<Record<string, string>>,
): fc.Arbitrary<Draft> {
  const values = (schema: Schema) => valuesOf(schema, components.schemas);
  const texts = (name: string, schema: Schema) => {
    const made = values(schema).map(asText);
    const id = known[name];
    return id === undefined ? made : fc.oneof({ weight: 4, arbitrary: fc.constant(id) }, made);
  };
  const among = (where: string) => parameters.filter((one) => one.in === where);
  const record = (where: string) =>
    fc.record(
      Object.fromEntries(among(where).map((one) => [one.name, texts(one.name, one.schema)])),
      {
        requiredKeys: among(where).flatMap(({ name, required }) => (required ? [name] : [])),
      },
    );
  return fc.record({
    path: record('path') as fc.Arbitrary<Record<string, string>>,
    query: record('query').map((query) => Object.entries(query) as [string, string][]),
    headers: record('header').map(asHeaders),
    body:
      body === undefined
        ? fc.constant(undefined)
        : fc.oneof(
            { weight: 9, arbitrary: values(body.schema).map((made) => naming(made, known)) },
            { weight: body.required ? 0 : 1, arbitrary: fc.constant(undefined) },
          ),
  });
}

/** Fields that are named like things name them in three cases of four: by their number, mostly. */
function naming(made: unknown, known: Readonly<Record<string, string>>): unknown {
  if (typeof made !== 'object' || made === null || Array.isArray(made)) return made;
  const entries = Object.entries(made).map(([name, value]) =>
    typeof value === 'string' && known[name] !== undefined && value.length % 4 > 0
      ? [name, known[name]]
      : [name, value],
  );
  return Object.fromEntries(entries);
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Header values go out as bytes: what has none among them is left out of it. */
function asHeaders(made: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(made).map(([name, value]) => [name, headerText(String(value))]),
  );
}

const headerText = (text: string) => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '').trim();

/** Writes a request down. */
export function wireOf({ method, path }: Operation, draft: Draft): WireRequest {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    // A path that ends early would be another route's.
    encode(draft.path[name] || 'x').replace(/^\.{1,2}$/, '%2E.'),
  );
  const query = draft.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  const body = draft.body === undefined ? undefined : JSON.stringify(draft.body);
  return {
    method,
    target: query === '' ? address : `${address}?${query}`,
    headers: {
      ...draft.headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    body,
  };
}

const encode = (text: string) => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
