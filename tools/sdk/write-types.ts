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

/** The types of the named schemas that those schemas lead to. */
export function writeSchemas(document: OpenApiDocument, roots: readonly unknown[]): string {
  const reached = reachedFrom(document, roots);
  return Object.entries(document.components.schemas)
    .filter(([name]) => reached.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => declaration(name, schema, 'received'))
    .join('\n');
}

function reachedFrom({ components }: OpenApiDocument, roots: readonly unknown[]): Set<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  while (waiting.length > 0) {
    const text = JSON.stringify(waiting.pop() ?? null);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (!reached.has(name)) waiting.push(components.schemas[name]);
      reached.add(name);
    }
  }
  return reached;
}

/** A named type: an interface where it can be one. */
export function declaration(name: string, schema: Schema, way: Way): string {
  const text = typeOf(schema, way);
  const head = comment(schema.description);
  return text.startsWith('{') && text.endsWith('}') && schema.properties !== undefined
    ? `${head}export interface ${name} ${text}\n`
    : `${head}export type ${name} = ${text};\n`;
}
