import {
  type OpenApiDocument,
  type Operation,
  readOperations,
  resolve,
  type Schema,
} from './read-operations.ts';

/** The table that the remote command line is made of: one line for each operation. */
export function writeCommands(document: OpenApiDocument): string {
  const lines = readOperations(document).map((operation) =>
    JSON.stringify(commandOf(document, operation)),
  );
  return `[\n${lines.join(',\n')}\n]\n`;
}

function commandOf(document: OpenApiDocument, operation: Operation) {
  const { noun, verb, method, path, summary, args, query, body, answer } = operation;
  return {
    noun: noun.replaceAll('_', '-'),
    verb: verb.replaceAll('_', '-'),
    method,
    path,
    summary,
    args: args.map(({ name }) => name),
    query: query.map(({ name, schema, required, description }) =>
      field(document, name, schema, { description, isRequired: required === true }),
    ),
    body: body?.mediaType === 'application/json' ? bodyFields(document, body.schema) : [],
    mediaType: body?.mediaType ?? null,
    isPaged: answer.kind === 'page',
  };
}

function bodyFields(document: OpenApiDocument, schema: Schema) {
  const { properties = {}, required = [] } = resolve(document, schema);
  return Object.entries(properties).map(([name, one]) =>
    field(document, name, one, {
      description: one.description,
      isRequired: required.includes(name),
    }),
  );
}

function field(
  document: OpenApiDocument,
  name: string,
  schema: Schema,
  { description, isRequired }: { description: string | undefined; isRequired: boolean },
) {
  const { type, choices } = kindOf(resolve(document, schema));
  return {
    name,
    type,
    isRequired,
    ...(description !== undefined && { description }),
    ...(choices !== undefined && { choices }),
  };
}

/** How a flag's text becomes a value: as it stands, as a number, or read as JSON. */
function kindOf(schema: Schema): { type: string; choices?: readonly string[] } {
  const types = typesOf(schema).filter((type) => type !== 'null');
  const choices = schema.enum?.filter((one) => typeof one === 'string');
  if (choices !== undefined && choices.length > 0) return { type: 'text', choices };
  if (types.length === 0 || types.some((type) => type === 'object' || type === 'array')) {
    return { type: 'json' };
  }
  if (types.includes('string')) return { type: 'text' };
  return { type: types.includes('boolean') ? 'boolean' : 'number' };
}

function typesOf(schema: Schema): readonly string[] {
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (parts !== undefined) return parts.flatMap(typesOf);
  if (schema.enum !== undefined || schema.const !== undefined) return ['string'];
  if (schema.$ref !== undefined) return ['object'];
  return typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
}
