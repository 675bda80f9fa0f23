/** A JSON schema, as far as the OpenAPI document of this house uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly description?: string;
}

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface DocumentedOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** One verb of a noun, as clients are written from it. */
export interface Operation {
  readonly noun: string;
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string | undefined;
  /** Names in the path, in their order. */
  readonly args: readonly Parameter[];
  readonly query: readonly Parameter[];
  readonly body: Body | undefined;
  readonly answer: Answer;
}

export interface Body {
  readonly mediaType: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** What a success brings: nothing, a document, a page of a list, or bytes of some other type. */
export type Answer =
  | { readonly kind: 'nothing' | 'bytes' }
  | { readonly kind: 'document'; readonly schema: Schema }
  | { readonly kind: 'page'; readonly item: Schema };

const PREFIX = '/manage/v1/';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_TYPE = 'application/json';

/** The operations of the management API, by noun and verb. Throws for one without a proper name. */
export function readOperations(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith(PREFIX))
    .flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]) => readOperation(document, { path, method, operation })),
    )
    .sort((a, b) => compare(a.noun, b.noun) || compare(a.verb, b.verb));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function readOperation(
  document: OpenApiDocument,
  found: { path: string; method: string; operation: DocumentedOperation },
): Operation {
  const { path, method, operation } = found;
  const [, noun, verb] = /^([a-z][a-z_]*)\.([a-z][a-z_]*)$/.exec(operation.operationId ?? '') ?? [];
  if (noun === undefined || verb === undefined) {
    throw new Error(`${method} ${path} has the operationId ${operation.operationId}: noun.verb`);
  }
  const parameters = operation.parameters ?? [];
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const query = parameters.filter((one) => one.in === 'query');
  return {
    noun,
    verb,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description,
    args: names.map(
      (name) =>
        parameters.find((one) => one.in === 'path' && one.name === name) ?? {
          name,
          in: 'path',
          schema: { type: 'string' },
        },
    ),
    query,
    body: readBody(operation.requestBody),
    answer: readAnswer(document, operation.responses, query),
  };
}

function readBody(body: DocumentedOperation['requestBody']): Body | undefined {
  if (body === undefined) return undefined;
  const mediaType = body.content[JSON_TYPE] ? JSON_TYPE : Object.keys(body.content)[0];
  if (mediaType === undefined) return undefined;
  const schema = body.content[mediaType]?.schema ?? {};
  return { mediaType, schema, isRequired: body.required === true };
}

function readAnswer(
  document: OpenApiDocument,
  responses: DocumentedOperation['responses'],
  query: readonly Parameter[],
): Answer {
  const [, response] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? [];
  if (response?.content === undefined) return { kind: 'nothing' };
  const schema = response.content[JSON_TYPE]?.schema;
  if (schema === undefined) return { kind: 'bytes' };
  const { data, has_more: hasMore } = resolve(document, schema).properties ?? {};
  const isPaged = hasMore !== undefined && query.some(({ name }) => name === 'after');
  if (isPaged && data?.items !== undefined) return { kind: 'page', item: data.items };
  return { kind: 'document', schema };
}

/** A schema, or the one that it only refers to. */
export function resolve({ components }: OpenApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`there is no ${schema.$ref}`);
  return found;
}
