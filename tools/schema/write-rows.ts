import type { Catalogue, Column, Relation } from './read-catalogue.ts';

const HEAD = `// The rows of each table and view, as src/db/types.ts has the driver read them.
// Written by \`npm run schema\`.
`;

/** What src/db/types.ts and the driver make of a column, by the name in pg_type. */
const TYPES: { readonly [typeName: string]: string } = {
  bool: 'boolean',
  bytea: 'Buffer',
  cidr: 'string',
  date: 'string',
  float8: 'number',
  int2: 'number',
  int4: 'number',
  int8: 'bigint',
  jsonb: 'unknown',
  numeric: 'string',
  text: 'string',
  timestamptz: 'Date',
  uuid: 'string',
};
const LINE_WIDTH = 100;

/**
 * The row types as TypeScript. A text column whose check lists its values gets them as a union.
 * Throws when a column's type has no entry above.
 */
export function writeRows(catalogue: Catalogue): string {
  return [HEAD, ...catalogue.relations.map(writeInterface)].join('\n');
}

function writeInterface(relation: Relation): string {
  const fields = relation.columns.map((column) => writeField(column, membersOf(relation, column)));
  return `export interface ${pascalCase(relation.name)} {\n${fields.join('')}}\n`;
}

function writeField(column: Column, members: readonly string[]): string {
  // A type of any value already holds null.
  const nullable = !column.required && !members.includes('unknown');
  const all = nullable ? [...members, 'null'] : members;
  const line = `  ${column.name}: ${all.join(' | ')};\n`;
  if (line.length <= LINE_WIDTH) return line;
  return `  ${column.name}:\n${all.map((member) => `    | ${member}`).join('\n')};\n`;
}

function membersOf(relation: Relation, column: Column): readonly string[] {
  const isArray = column.typeName.startsWith('_');
  const type = TYPES[isArray ? column.typeName.slice(1) : column.typeName];
  if (type === undefined) {
    throw new Error(`${relation.name}.${column.name}: what is a ${column.type} in TypeScript?`);
  }
  if (isArray) return [`${type}[]`];
  return listedValues(relation, column) ?? [type];
}

/** The values of `check (column in ('a', 'b'))`, quoted; undefined when there is no such check. */
function listedValues(relation: Relation, column: Column): string[] | undefined {
  const start = `CHECK (${column.name} = ANY (ARRAY[`;
  const check = relation.constraints.find(({ text }) => text.startsWith(start));
  return check?.text.match(/'[^']*'/g) ?? undefined;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
