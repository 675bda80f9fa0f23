import type { Catalogue, Column, Relation } from './read-catalogue.ts';

const HEAD = `-- What the migrations and function files add up to: a snapshot to read and compare,
-- never run. Written by \`npm run schema\`.
`;

/** The catalogue as SQL to read. The same structure always gives the same text. */
export function writeSchema(catalogue: Catalogue): string {
  const relations = catalogue.relations.map((relation) =>
    relation.kind === 'view' ? writeView(relation) : writeTable(relation),
  );
  const domains = catalogue.domains.map((line) => `create domain ${line};\n`);
  const functions = catalogue.functions.map((line) => `-- function ${line}`);
  return [HEAD, ...domains, ...relations, `${functions.join('\n')}\n`].join('\n');
}

function writeTable(table: Relation): string {
  const lines = [
    ...table.columns.map(writeColumn),
    ...table.constraints.map(({ name, text }) => `constraint ${name} ${text}`),
  ];
  const body = lines.map((line) => `  ${line}`).join(',\n');
  const partition = table.partition === null ? '' : ` partition by ${table.partition}`;
  const options = table.options === null ? '' : ` with (${table.options.join(', ')})`;
  const besides = [...table.indexes, ...table.triggers].map((text) => `${text};\n`).join('');
  const head = `create table ${table.name} (\n${body}\n)${partition}${options};\n`;
  return `${head}${besides}${writeTenant(table)}`;
}

function writeTenant({ grants, name }: Relation): string {
  return grants.length === 0 ? '' : `-- tenants: ${grants.join(', ')} on ${name}\n`;
}

function writeColumn(column: Column): string {
  const parts = [column.name, column.type];
  if (column.required) parts.push('not null');
  if (column.default !== null) {
    parts.push(
      column.generated ? `generated always as (${column.default})` : `default ${column.default}`,
    );
  }
  return parts.join(' ');
}

function writeView(view: Relation): string {
  const columns = view.columns.map(({ name, type }) => `--   ${name} ${type}\n`);
  return `-- view ${view.name}\n${columns.join('')}${writeTenant(view)}`;
}
