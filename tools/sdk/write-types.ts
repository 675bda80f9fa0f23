import type { OpenApiDocument, Schema } from './read-operations.ts';

/** Whether a type is of what is sent, where a field may also be given as undefined. */
type Way = 'sent' | 'received';

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** The TypeScript type of a schema. */
export function typeOf(schema: Schema, way: Way): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((one) => JSON.stringify(one)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map((one) => typeOf(one, way)));
  if (schema.allOf !== undefined) return intersection(schema.allOf, way);
  if (Array.isArray(schema.type)) {
    return union(schema.type.map((type) => typeOf({ ...schema, type }, way)));
  }
  if (schema.type === 'array') return `readonly ${member(typeOf(schema.items ?? {}, way))}[]`;
  if (schema.type === 'object' || schema.properties !== undefined) return objectOf(schema, way);
  return PLAIN[String(schema.type)] ?? 'unknown';
}

/** A part without a type of its own (a description beside a reference) adds nothing. */
function intersection(parts: readonly Schema[], way: Way): string {
  const types = parts.map((one) => typeOf(one, way)).filter((type) => type !== 'unknown');
  return types.length === 0 ? 'unknown' : types.map(member).join(' & ');
}

const union = (types: readonly string[]) => [...new Set(types)].join(' | ');

/** A type as a part of another one. */
function member(type: string): string {
  let depth = 0;
  for (const character of type) {
    if ('{[(<'.includes(character)) depth += 1;
    if ('}])>'.includes(character)) depth -= 1;
    if (depth === 0 && '|&'.includes(character)) return `(${type})`;
  }
  return type.startsWith('readonly ') ? `(${type})` : type;
}

function objectOf(schema: Schema, way: Way): string {
  const fields = fieldsOf(schema, way);
  const { additionalProperties: more } = schema;
  if (fields.length === 0) {
    const values = typeof more === 'object' ? typeOf(more, way) : 'unknown';
    return more === false ? 'Record<string, never>' : `Readonly<Record<string, ${values}>>`;
  }
  return `{\n${indented(fields)}\n}`;
}

function fieldsOf(schema: Schema, way: Way): string[] {
  return Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const isRequired = schema.required?.includes(name) === true;
    const type = typeOf(one, way) + (way === 'sent' && !isRequired ? ' | undefined' : '');
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${comment(one.description)}readonly ${key}${isRequired ? '' : '?'}: ${type};`;
  });
}

/** Every line two spaces further in. */
export const indented = (lines: readonly string[]) =>
  lines
    .join('\n')
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');

/** A doc comment, or nothing. */
export function comment(text: string | undefined): string {
  return text ? `/** ${text.replaceAll('*/', '* /').replaceAll('\n', ' ')} */\n` : '';
}

/** The types of all schemas that have a name. */
export function writeSchemas({ components }: OpenApiDocument): string {
  return Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => declaration(name, schema, 'received'))
    .join('\n');
}

/** A named type: an interface where it can be one. */
export function declaration(name: string, schema: Schema, way: Way): string {
  const text = typeOf(schema, way);
  const head = comment(schema.description);
  return text.startsWith('{') && text.endsWith('}') && schema.properties !== undefined
    ? `${head}export interface ${name} ${text}\n`
    : `${head}export type ${name} = ${text};\n`;
}
