import type { Argument, Command, Option } from 'commander';

const INTRODUCTION = `# Command line

\`farebox NOUN VERB\`, or in a checkout \`npx farebox NOUN VERB\`. Commands work on the database of
the data folder, beside a running server, or on that of \`DATABASE_URL\`; they take settings from
the environment as the server does, and a flag goes before it.

**Output.** Readable text without colours, or with \`--json\` one document on one line of standard
output and nothing else. Amounts are exact decimal strings in whole units, beside their unit; times
are ISO 8601 in UTC; ids are those of the API. A list is \`{"data":[...]}\`, with \`has_more\` where
it has pages. Members may be added in later versions; none changes its meaning. \`verify\` alone
gives amounts in smallest parts, as the tables have them.

**Elsewhere.** \`farebox api\` has every noun and verb of an instance's API, run over HTTP, and
\`--url\` in front of a noun means those: [elsewhere](../guides/cli-remote.md).

**Errors** go to standard error, as \`farebox: MESSAGE (CODE)\`, with \`--json\` as
\`{"error":{"code","message"}}\`. Match on the code; a wrong use of the command line is \`usage\`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused or failed; \`--check\` found faults, \`verify\` or \`replay\` found differences |
| 2 | called wrongly: nothing was tried |

**Every command** takes these, before the noun or after the verb:

`;

/** Said once, at the top. */
const EVERYWHERE = new Set(['--json', '--data', '--database-url', '--help']);

/** Made of the OpenAPI document, which has a reference of its own. */
const FROM_DOCUMENT = new Set(['api']);

/** The reference of the command line, in Markdown, from the program's own help. */
export function writeCliReference(program: Command): string {
  const everywhere = program.options.filter(({ long }) => EVERYWHERE.has(long ?? ''));
  const introduction = INTRODUCTION + table(everywhere.map((each) => row(each.flags, each, false)));
  return [introduction, section(program, ['farebox']), ...leavesOf(program, [])].join('\n');
}

function leavesOf(command: Command, path: readonly string[]): string[] {
  const here = [...path, command.name()];
  return command.commands.flatMap((each) =>
    each.commands.length > 0 && !FROM_DOCUMENT.has(each.name())
      ? leavesOf(each, here)
      : [section(each, [...here, each.name()])],
  );
}

function section(command: Command, path: readonly string[]): string {
  const help = command.createHelp();
  const args = help.visibleArguments(command);
  const options = help.visibleOptions(command).filter(({ long }) => !EVERYWHERE.has(long ?? ''));
  const deeper = command.commands.length > 0 && path.length > 1 ? ['NOUN', 'VERB'] : [];
  const usage = [...path, ...deeper, ...args.map((each) => `<${each.name()}>`)].join(' ');
  const rows = [
    ...args.map((each) => row(`<${each.name()}>`, each, true)),
    ...options.map((each) => row(each.flags, each, each.mandatory)),
  ];
  const description = capital(command.description());
  const head = `## \`${usage}\`\n\n${description}\n`;
  return rows.length === 0 ? head : `${head}\n${table(rows)}`;
}

const table = (rows: readonly string[]) => `| argument | meaning |\n|---|---|\n${rows.join('')}`;

function row(term: string, { description, ...more }: Argument | Option, needed: boolean): string {
  const choices = 'argChoices' in more && more.argChoices ? `: ${more.argChoices.join(', ')}` : '';
  const standard =
    more.defaultValue === undefined ? '' : ` (default: ${String(more.defaultValue)})`;
  const cell = `${description}${choices}${standard}${needed ? '; needed' : ''}`;
  return `| \`${escaped(term)}\` | ${escaped(cell)} |\n`;
}

/** A bar would end the cell. */
const escaped = (text: string) => text.replaceAll('|', '\\|');

const capital = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
