import {
  type OpenApiDocument,
  type Operation,
  readOperations,
  type Schema,
} from './read-operations.ts';
import { comment, declaration, indented, writeSchemas } from './write-types.ts';

const HEAD =
  '// Written from docs/reference/openapi.json by `npm run openapi`. Edit nothing here.\n\n';

/** The types of everything that is sent and received. */
export function writeSdkTypes(document: OpenApiDocument): string {
  const operations = readOperations(document);
  const own = operations.flatMap((operation) => [
    ...[receivedOf(operation)].flatMap((received) =>
      received?.isNew ? [declaration(received.name, received.schema, 'received')] : [],
    ),
    ...(operation.query.length > 0
      ? [declaration(`${nameOf(operation)}Query`, queryOf(operation), 'sent')]
      : []),
    ...(operation.body?.mediaType === 'application/json'
      ? [declaration(`${nameOf(operation)}Body`, operation.body.schema, 'sent')]
      : []),
  ]);
  return `${HEAD}${[writeSchemas(document, operations), ...own].join('\n')}`;
}

/** A class for each noun with a method for each verb, and one that has them all. */
export function writeSdkNouns(document: OpenApiDocument): string {
  const operations = readOperations(document);
  const nouns = [...new Set(operations.map(({ noun }) => noun))];
  const classes = nouns.map((noun) =>
    classOf(
      noun,
      operations.filter((one) => one.noun === noun),
    ),
  );
  const text = [...classes, allNouns(nouns)].join('\n');
  const names = ['Answer', 'RequestOptions', 'Send', 'Upload'].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(text),
  );
  return [
    HEAD.trimEnd(),
    '',
    `import type { ${names.join(', ')} } from '../answer.ts';`,
    "import { List } from '../list.ts';",
    "import type * as types from './types.ts';",
    '',
    '/** The version of the API that this client speaks. */',
    `export const API_VERSION = '${document.info.version}';`,
    '',
    text,
  ].join('\n');
}

const pascal = (name: string) =>
  name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** A word that JavaScript keeps for itself is no name of an argument. */
const argumentOf = (name: string) => (name === 'package' ? 'packageName' : camel(name));

export const camel = (name: string) => pascal(name).replace(/^./, (first) => first.toLowerCase());

const nameOf = ({ noun, verb }: Operation) => `${pascal(noun)}${pascal(verb)}`;

function queryOf({ query }: Operation): Schema {
  return {
    type: 'object',
    required: query.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(
      query.map(({ name, schema, description }) => [
        name,
        { ...schema, ...(description !== undefined && { description }) },
      ]),
    ),
  };
}

function allNouns(nouns: readonly string[]): string {
  const fields = nouns.map((noun) => `readonly ${camel(noun)}: ${pascal(noun)};`);
  const made = nouns.map((noun) => `this.${camel(noun)} = new ${pascal(noun)}(send);`);
  const making = ['constructor(send: Send) {', indented(made), '}'].join('\n');
  return [
    '/** All nouns of the API. */',
    'export class Nouns {',
    indented([...fields, '', making]),
    '}',
    '',
  ].join('\n');
}

function classOf(noun: string, operations: readonly Operation[]): string {
  const making = 'constructor(send: Send) {\n  this.#send = send;\n}';
  const methods = operations.map((operation) => `\n${methodOf(operation)}`);
  return [
    `/** The verbs of '${noun}'. */`,
    `export class ${pascal(noun)} {`,
    indented(['readonly #send: Send;', '', making, ...methods]),
    '}',
    '',
  ].join('\n');
}

function methodOf(operation: Operation): string {
  const { verb, args, body, query, answer, summary, description } = operation;
  const parameters = [...args.map(({ name }) => `${argumentOf(name)}: string`)];
  if (body !== undefined) parameters.push(bodyParameter(operation, query.length > 0));
  if (query.length > 0) {
    const needed = query.some(({ required }) => required);
    parameters.push(`query: types.${nameOf(operation)}Query${needed ? '' : ' = {}'}`);
  }
  parameters.push('options: RequestOptions = {}');
  const path = operation.path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => `\${encodeURIComponent(${argumentOf(name)})}`,
  );
  const request = [
    `method: '${operation.method}',`,
    `path: ${path.includes('${') ? `\`${path}\`` : `'${path}'`},`,
    ...(query.length > 0 ? ['query,'] : []),
    ...(body === undefined ? [] : ['body,']),
    ...(body === undefined || body.mediaType === 'application/json'
      ? []
      : [`mediaType: '${body.mediaType}',`]),
    ...(answer.kind === 'bytes' ? ['raw: true,'] : []),
    'options,',
  ];
  const call =
    answer.kind === 'page'
      ? `new List(this.#send, {\n${indented(request)}\n})`
      : `this.#send({\n${indented(request)}\n})`;
  return (
    comment([summary, description].filter(Boolean).join('. ')) +
    `${camel(verb)}(\n${indented(parameters.map((one) => `${one},`))}\n)` +
    `: ${answerType(operation)} {\n` +
    `${indented([`return ${call};`])}\n}`
  );
}

function bodyParameter(operation: Operation, isFollowed: boolean): string {
  const { body } = operation;
  if (body?.mediaType !== 'application/json') return 'body: Upload';
  const type = `types.${nameOf(operation)}Body`;
  if (body.isRequired) return `body: ${type}`;
  return isFollowed ? `body: ${type} | undefined` : `body?: ${type}`;
}

function answerType(operation: Operation): string {
  const { answer } = operation;
  if (answer.kind === 'nothing') return 'Answer<void>';
  if (answer.kind === 'bytes') return 'Answer<Response>';
  const received = receivedOf(operation);
  const type = `types.${received?.name}`;
  return answer.kind === 'page' ? `List<${type}>` : `Answer<${type}>`;
}

/** What a success brings, by its name: that of its schema, or one of the operation's own. */
function receivedOf(
  operation: Operation,
): { readonly name: string; readonly schema: Schema; readonly isNew: boolean } | undefined {
  const { answer } = operation;
  if (answer.kind !== 'page' && answer.kind !== 'document') return undefined;
  const schema = answer.kind === 'page' ? answer.item : answer.schema;
  const known = schema.$ref?.split('/').at(-1);
  const own = `${nameOf(operation)}${answer.kind === 'page' ? 'Item' : 'Answer'}`;
  return { name: known ?? own, schema, isNew: known === undefined };
}
