import type { Command } from 'commander';
import { createUpstream, listUpstreams } from '../catalog/index.ts';
import { Fault, formatRowId } from '../kernel/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import type { CliHost } from './host.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';

interface CreateOptions extends CredentialOptions {
  readonly platform: string;
  readonly name: string;
  readonly baseUrl: string;
}

interface CredentialOptions {
  readonly credentialEnv?: string;
  readonly credentialStdin?: boolean;
}

/** `farebox upstreams` */
export function addUpstreams(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'upstreams', 'the providers that answer calls');
  addCreate(noun, shell);
  const list = noun
    .command('list')
    .description("show a platform's upstreams, without their credentials")
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string }>(shell, list, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const upstreams = await listUpstreams(db, platform.id);
    const data = upstreams.map((one) => ({
      id: formatRowId('ups', one.id),
      name: one.name,
      base_url: one.baseUrl,
      has_credential: one.hasCredential,
      active: one.active,
      created_at: one.createdAt.toISOString(),
    }));
    const rows = data.map((one) => [one.name, one.base_url, one.has_credential, one.active]);
    const headings = ['name', 'base url', 'credential', 'active'];
    return { json: { data }, text: table(headings, rows, 'No upstreams.') };
  });
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('add a provider with an API like that of OpenAI')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--name <name>', 'what routes call it')
    .requiredOption('--base-url <url>', 'where its API begins, /v1 included; demo: is built in')
    .option('--credential-env <name>', 'the environment variable that holds its key')
    .option('--credential-stdin', 'read its key from standard input');
  answers<CreateOptions>(shell, command, async ({ instance, options, perform }) => {
    const { db, ids, secrets } = instance;
    const { name, baseUrl } = options;
    const platform = await requirePlatform(db, options.platform);
    if (!/^[\w.-]{1,100}$/.test(name)) {
      throw invalid('name', 'A name has 1 to 100 letters, digits, dots, hyphens and underscores.');
    }
    const credential = await readCredential(shell.host, options);
    const upstream = { platformId: platform.id, name, baseUrl, credential };
    const { json } = await perform(async (tx) => {
      const after = {
        id: formatRowId('ups', await createUpstream(tx, ids, secrets, upstream)),
        platform: platform.slug,
        name,
        base_url: baseUrl.replace(/\/+$/, ''),
        has_credential: credential !== undefined,
      };
      const act = { platformId: platform.id, action: 'upstream.create', subject: after.id, after };
      return { act, json: after };
    });
    return { json, text: fields(json) };
  });
}

/** A key among the arguments would be seen by every process of the machine. */
async function readCredential(
  host: CliHost,
  { credentialEnv: variable, credentialStdin: fromInput }: CredentialOptions,
): Promise<string | undefined> {
  if (variable === undefined && fromInput !== true) return undefined;
  if (variable !== undefined && fromInput === true) {
    throw invalid('credential_env', 'Give --credential-env or --credential-stdin, not both.');
  }
  const param = variable === undefined ? 'credential_stdin' : 'credential_env';
  const text = variable === undefined ? await host.readInput() : host.readVariable(variable);
  const credential = text?.trim() ?? '';
  // What a header cannot carry would fail every call instead of this command.
  if (/^[\x21-\x7e]{1,4096}$/.test(credential)) return credential;
  throw invalid(
    param,
    credential === ''
      ? 'There is no key in it. Set the variable, or write the key to standard input.'
      : 'What is in it is not a key: it has spaces, line ends or other unusual characters.',
  );
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_upstream', status: 422, param, message });
}
