import { type Command, Option } from 'commander';
import { formatRowId } from '../kernel/index.ts';
import { createAccessToken, ROLES, type Role } from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields } from './table.ts';
import { isoTime } from './values.ts';

interface CreateFlags {
  readonly platform: string;
  readonly name: string;
  readonly role: Role;
  readonly expires?: Date;
}

/** `farebox tokens` */
export function addTokens(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'tokens', 'what programs manage a platform with, over HTTP');
  const command = noun
    .command('create')
    .description('make an access token and show it, once')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--role <role>', 'how far it reaches').choices(ROLES).default('viewer'))
    .option('--expires <time>', 'when it ends, in ISO 8601 (default: never)', isoTime);
  answers<CreateFlags>(shell, command, async ({ instance, options, perform }) => {
    const { name, role, expires } = options;
    const { id: platformId, slug } = await requirePlatform(instance.db, options.platform);
    const { text, ...token } = await perform(async (tx) => {
      const expiresAt = expires ?? null;
      const made = await createAccessToken(tx, instance, { platformId, name, role, expiresAt });
      const act = {
        ...{ platformId, action: 'token.create', subject: formatRowId('tok', made.id) },
        after: { name, role, expires_at: expiresAt?.toISOString() ?? null },
      };
      return { ...made, act };
    });
    const json = { token: text, id: formatRowId('tok', token.id), name, role, platform: slug };
    const note = 'Keep the token now: it is not stored and cannot be shown again.\n';
    return { json, text: `${fields(json)}\n${note}` };
  });
}
