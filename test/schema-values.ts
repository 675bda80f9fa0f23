import fc from 'fast-check';

/** A JSON schema as OpenAPI 3.1 writes it, as far as our contracts use it. */
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
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Makes values that fit a schema, or mostly do: whether they make sense is not in a schema. */
export function valuesOf(schema: Schema, schemas: Readonly<Record<string, Schema>>): Arbitrary {
  const of = (one: Schema) => valuesOf(one, schemas);
  if (schema.$ref !== undefined) return of(resolve(schema, schemas));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(of));
  if (schema.allOf !== undefined) {
    return fc.tuple(...schema.allOf.map(of)).map((parts) => Object.assign({}, ...parts));
  }
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => of({ ...schema, type })));
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: lowest(schema), max: Math.min(schema.maximum ?? 1e6, 2 ** 31) });
    case 'number':
      return fc.integer({ min: Math.ceil(lowest(schema)), max: schema.maximum ?? 1_000 });
    case 'array':
      return fc.array(of(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return objects(schema, of);
    case 'string':
      return texts(schema);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

type Arbitrary = fc.Arbitrary<unknown>;

function resolve(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  const found = schemas[schema.$ref?.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`no schema ${schema.$ref}`);
  return found;
}

const lowest = ({ minimum, exclusiveMinimum }: Schema) =>
  Math.max(minimum ?? (exclusiveMinimum === undefined ? -1_000 : exclusiveMinimum + 1), -(2 ** 31));

function objects(schema: Schema, of: (one: Schema) => Arbitrary): Arbitrary {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length > 0) {
    const requiredKeys = [...(schema.required ?? [])];
    const fields = Object.fromEntries(properties.map(([name, one]) => [name, of(one)]));
    return fc.record(fields, { requiredKeys });
  }
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
  return fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), of(values), { maxKeys: 3 });
}

function texts(schema: Schema): Arbitrary {
  const length = {
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 30, 60),
  };
  if (schema.format === 'date-time') {
    return fc
      .date({ noInvalidDate: true, min: new Date('2020-01-01'), max: new Date('2040-01-01') })
      .map((date) => date.toISOString());
  }
  if (schema.format === 'date') return fc.constantFrom('2026-01-31', '2024-02-29', '2026-11-20');
  if (schema.format === 'email') return fc.emailAddress();
  if (schema.format === 'uri') return fc.webUrl();
  if (schema.pattern !== undefined) {
    return fc
      .stringMatching(new RegExp(schema.pattern, 'u'))
      .filter((text) => text.length <= (schema.maxLength ?? 1_000));
  }
  return fc.string(length);
}
