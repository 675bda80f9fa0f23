import { type Command, InvalidArgumentError } from 'commander';
import { type Answer, addNoun, give, type Shell, withJson } from '../answer.ts';
import { type Asked, ask } from './ask.ts';
import { type Connection, findConnection } from './connection.ts';
import { type Field, type Operation, readOperations } from './operations.ts';
import { showAnswer } from './show.ts';

/** `farebox api NOUN VERB`: every verb of every noun of the API, on an instance elsewhere. */
export function addApi(program: Command, shell: Shell): void {
  const api = addNoun(program, 'api', 'every noun and verb of the API, over HTTP');
  withJson(api);
  const nouns = new Map<string, Command>();
  for (const operation of readOperations()) {
    const noun = nouns.get(operation.noun) ?? addNoun(api, operation.noun, nounText(operation));
    nouns.set(operation.noun, noun);
    addVerb(program, shell, noun, operation);
  }
}

const nounText = ({ noun }: Operation) => `the verbs of '${noun}'`;

/** Options of a command by the names that commander gives them. */
type Options = Readonly<Record<string, unknown>>;

function addVerb(program: Command, shell: Shell, noun: Command, operation: Operation): void {
  const { verb, summary, args, query, body, mediaType, isPaged, method } = operation;
  const command = noun.command(verb).description(summary.replace(/^./, (one) => one.toLowerCase()));
  for (const name of args) command.argument(`<${name}>`, `the ${name} that is meant`);
  const taken = new Set([...query, ...body].map(({ name }) => name));
  for (const field of flagsOf(operation)) {
    // What the body needs may come with --body.
    addField(command, field, field.isRequired && query.includes(field));
  }
  const offer = (name: string, flags: string, description: string) => {
    if (!taken.has(name)) command.option(flags, description);
  };
  if (mediaType !== null) offer('body', '--body <body>', 'the whole body; - reads standard input');
  if (method === 'POST') {
    offer('idempotency_key', '--idempotency-key <key>', 'one act for all requests with this key');
  }
  if (isPaged) offer('all', '--all', 'every page, not only the first');
  offer('platform', '--platform <slug>', 'the platform that is meant (FAREBOX_PLATFORM)');
  offer('account', '--account <id>', 'the account that is meant, by who has several');
  withJson(command).action(async () => {
    const connection = await findConnection(shell.host, program);
    const options = command.opts<Options>();
    const asked = await requestOf(shell, operation, command.args, { options, taken });
    give(shell, command, await answerTo(connection, operation, asked, options.all === true));
  });
}

/** Fields that can be flags: one flag a name, and none of those that every command has. */
function flagsOf({ query, body }: Operation): Field[] {
  const names = new Set(['json', 'help']);
  return [...query, ...body].filter(({ name }) => !names.has(name) && names.add(name));
}

function addField(command: Command, field: Field, isRequired: boolean): void {
  const { name, type, description = '', choices } = field;
  const flags = `--${name.replaceAll('_', '-')} <${type === 'json' ? 'json' : 'value'}>`;
  const text = [description.replace(/\.$/, ''), choices?.join(', ')].filter(Boolean).join(': ');
  const meaning = text === '' ? `the ${name.replaceAll('_', ' ')}` : text;
  if (isRequired) command.requiredOption(flags, meaning, reader(field));
  else command.option(flags, meaning, reader(field));
}

/** What a flag's text means. */
function reader({ type, choices }: Field): (text: string) => unknown {
  return (text) => {
    if (choices !== undefined && !choices.includes(text)) {
      throw new InvalidArgumentError(`Give one of ${choices.join(', ')}.`);
    }
    if (type === 'text') return text;
    const value = parseJson(text);
    if (type === 'number' && typeof value !== 'number') {
      throw new InvalidArgumentError('Give a number.');
    }
    if (type === 'boolean' && typeof value !== 'boolean') {
      throw new InvalidArgumentError('Give true or false.');
    }
    if (value === undefined) throw new InvalidArgumentError('Give JSON, such as \'{"a": 1}\'.');
    return value;
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The name under which commander keeps the value of a field's flag. */
const keyOf = (name: string) =>
  name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const given = (fields: readonly Field[], options: Options) =>
  fields.flatMap(({ name }) => {
    const value = options[keyOf(name)];
    return value === undefined ? [] : [[name, value] as const];
  });

async function requestOf(
  { host }: Shell,
  { method, path, args, query, body, mediaType }: Operation,
  values: readonly string[],
  { options, taken }: { readonly options: Options; readonly taken: ReadonlySet<string> },
): Promise<Asked> {
  const own = (name: string) =>
    taken.has(name) ? undefined : (options[keyOf(name)] as string | undefined);
  const whole = own('body');
  const text = whole === '-' ? await host.readInput() : whole;
  const fields = Object.fromEntries(given(body, options));
  const hasBody = mediaType === 'application/json' && (text === undefined || body.length > 0);
  const headers = {
    'farebox-account': own('account'),
    'idempotency-key': own('idempotency_key'),
  };
  const platform = own('platform');
  return {
    method,
    path: args.reduce(
      (address, name, index) =>
        address.replace(`{${name}}`, encodeURIComponent(values[index] ?? '')),
      path,
    ),
    query: Object.fromEntries(given(query, options).map(([name, value]) => [name, String(value)])),
    headers: platform === undefined ? headers : { ...headers, 'farebox-platform': platform },
    body: hasBody ? merged(text, fields) : text,
    mediaType: mediaType ?? undefined,
  };
}

/** A body given whole, with what single flags say in its place. */
function merged(text: string | undefined, fields: Readonly<Record<string, unknown>>): string {
  if (text === undefined) return JSON.stringify(fields);
  const whole = parseJson(text);
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return text;
  return JSON.stringify({ ...whole, ...fields });
}

interface Page {
  readonly data: readonly object[];
  readonly has_more?: boolean;
  readonly last_id?: string | null;
}

async function answerTo(
  connection: Connection,
  { isPaged }: Operation,
  asked: Asked,
  isForAll: boolean,
): Promise<Answer> {
  const first = await ask(connection, asked);
  if (!isPaged || !isForAll) return showAnswer(first);
  let page = first as Page;
  const data = [...page.data];
  while (page.has_more === true && page.last_id) {
    const query = { ...asked.query, after: page.last_id };
    page = (await ask(connection, { ...asked, query })) as Page;
    data.push(...page.data);
  }
  return showAnswer({ ...page, data, has_more: false });
}
