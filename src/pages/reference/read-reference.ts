/** The document as far as it is shown. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly description?: string;
}

interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly 'x-access'?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
      }
    >
  >;
}

/** An OpenAPI document as it is served. */
export interface ServedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One field of a request or of a schema. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly isNeeded: boolean;
  readonly description: string;
}

export interface ShownOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Who may. */
  readonly access: string | undefined;
  readonly parameters: readonly (Field & { readonly where: string })[];
  readonly body: readonly Field[];
  readonly answers: readonly { status: string; description: string; type: string }[];
}

export interface Reference {
  readonly groups: readonly { name: string; operations: readonly ShownOperation[] }[];
  readonly schemas: readonly { name: string; fields: readonly Field[] }[];
}

/** The reference of an OpenAPI document: operations by their tag, and the schemas they name. */
export function readReference({ paths, components: { schemas } }: ServedDocument): Reference {
  const groups = new Map<string, ShownOperation[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? 'service';
      const shown = showOperation(method, path, operation, schemas);
      groups.set(tag, [...(groups.get(tag) ?? []), shown]);
    }
  }
  return {
    groups: [...groups].map(([name, operations]) => ({ name, operations })),
    schemas: Object.entries(schemas).map(([name, schema]) => ({
      name,
      fields: fieldsOf(schema, schemas),
    })),
  };
}

function showOperation(
  method: string,
  path: string,
  operation: Operation,
  schemas: Readonly<Record<string, Schema>>,
): ShownOperation {
  const { parameters = [], requestBody, responses } = operation;
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  return {
    id: operation.operationId ?? `${method}:${path}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    access: operation['x-access'],
    parameters: parameters.map((one) => ({
      where: one.in,
      ...field(one.name, one.schema ?? {}, one.required === true),
      description: one.description ?? one.schema?.description ?? '',
    })),
    body: body === undefined ? [] : fieldsOf(body, schemas),
    answers: Object.entries(responses).map(([status, { description = '', content = {} }]) => ({
      status,
      description,
      type: Object.values(content)
        .map(({ schema }) => typeText(schema ?? {}))
        .join(' or '),
    })),
  };
}

/** Fields of an object, those inside of it behind a dot. */
function fieldsOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, before = ''): Field[] {
  const found = schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  return Object.entries(found.properties ?? {}).flatMap(([name, one]) => {
    const own = field(before + name, one, found.required?.includes(name) === true);
    const inner = one.$ref === undefined ? (one.items ?? one) : {};
    return [own, ...fieldsOf(inner.$ref === undefined ? inner : {}, schemas, `${before}${name}.`)];
  });
}

const field = (name: string, schema: Schema, isNeeded: boolean): Field => ({
  name,
  type: typeText(schema),
  isNeeded,
  description: schema.description ?? '',
});

/** A type in a few words. */
export function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined) return [...new Set(parts.map(typeText))].join(' or ');
  if (schema.allOf !== undefined)
    return schema.allOf.map(typeText).find((text) => text !== '') ?? '';
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => typeText({ ...schema, type })).join(' or ');
  }
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {}) || 'anything'}`;
  const type = typeof schema.type === 'string' ? schema.type : '';
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}
