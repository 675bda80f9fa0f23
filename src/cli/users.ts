import { type Command, Option } from 'commander';
import {
  addOperator,
  createResetToken,
  createUser,
  findUserByMail,
  listUsers,
  resetUrl,
  type User,
} from '../auth/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { addAccountMember, ROLES, type Role, setPlatformMember } from '../tenants/index.ts';
import { addNoun, answers, type Performed, type Shell } from './answer.ts';
import type { Instance } from './host.ts';
import { publicUrlOf, userJson } from './people.ts';
import { requireAccount, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';
import { wholeNumber } from './values.ts';

interface CreateFlags {
  readonly mail: string;
  readonly name?: string;
  readonly passwordStdin?: boolean;
  readonly operator?: boolean;
  readonly role?: Role;
  readonly platform?: string;
  readonly account?: string;
}

/** `farebox users` */
export function addUsers(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'users', 'people who sign in');
  addCreate(noun, shell);
  addList(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description(
      'make a user, or let one that there is do more; without a password it shows a link, good ' +
        'once within a day, that sets one',
    )
    .requiredOption('--mail <mail>', 'the mail address, which counts as confirmed')
    .option('--name <name>', 'what people read (default: the mail address)')
    .option('--password-stdin', 'read the password from standard input')
    .option('--operator', 'runs the whole instance')
    .addOption(new Option('--role <role>', 'works for the platform').choices(ROLES))
    .option('--platform <slug>', "the platform's slug, for --role or --account")
    .option('--account <mail>', 'acts for this account of the platform, by its mail or id');
  answers<CreateFlags>(shell, command, async ({ instance, options, perform }) => {
    refuseUnclear(options);
    const password = options.passwordStdin ? await readPassword(shell) : undefined;
    const made = await perform((tx) => make(tx, instance, options, password));
    const resetLink =
      made.resetToken === undefined ? null : resetUrl(publicUrlOf(shell, command), made.resetToken);
    const json = {
      ...userJson(made.user),
      created: made.isNew,
      operator: options.operator === true,
      platform: options.platform ?? null,
      role: options.role ?? null,
      account: options.account ?? null,
      reset_url: resetLink,
    };
    return { json, text: fields(json) };
  });
}

function refuseUnclear({ operator, role, platform, account }: CreateFlags): void {
  const problem =
    operator === true && (role ?? platform ?? account) !== undefined
      ? 'An operator is so on every platform: leave out --role, --platform and --account.'
      : role !== undefined && account !== undefined
        ? 'Give --role for who works for the platform, or --account for its customer.'
        : (role ?? account) !== undefined && platform === undefined
          ? 'Name the platform with --platform.'
          : platform !== undefined && (role ?? account) === undefined
            ? 'Say what the user does on the platform: --role or --account.'
            : undefined;
  if (problem === undefined) return;
  throw new Fault({ code: 'flags_unclear', status: 422, message: problem });
}

async function readPassword(shell: Shell): Promise<string> {
  return (await shell.host.readInput()).replace(/\r?\n$/, '');
}

interface Made extends Performed {
  readonly user: User;
  readonly isNew: boolean;
  readonly resetToken: string | undefined;
}

async function make(
  tx: Queryable,
  instance: Instance,
  flags: CreateFlags,
  password: string | undefined,
): Promise<Made> {
  const { random } = instance;
  const { mail, name } = flags;
  const known = password === undefined ? await findUserByMail(tx, mail) : undefined;
  const user = known ?? (await createUser(tx, random, { mail, name, password, isVerified: true }));
  const platformId = await letIn(tx, user, flags);
  const { operator = false, role = null, account = null } = flags;
  const action = known === undefined ? 'user.create' : 'user.let_in';
  const act = { platformId, action, subject: user.mail, after: { operator, role, account } };
  const isNew = known === undefined;
  const needsLink = isNew && password === undefined;
  const resetToken = needsLink ? await createResetToken(tx, random, user.id) : undefined;
  return { act, user, isNew, resetToken };
}

/** Gives a user what the flags say, and tells on which platform. */
async function letIn(tx: Queryable, user: User, flags: CreateFlags): Promise<bigint | null> {
  const { operator, role, account } = flags;
  if (operator === true) await addOperator(tx, user.id);
  if (flags.platform === undefined) return null;
  const platform = await requirePlatform(tx, flags.platform);
  const member = { platformId: platform.id, userId: user.id };
  if (role !== undefined) await setPlatformMember(tx, { ...member, role });
  if (account !== undefined) {
    const { id } = await requireAccount(tx, platform, account);
    await addAccountMember(tx, { ...member, accountId: id });
  }
  return platform.id;
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description('show the users, oldest first')
    .option('--limit <number>', 'at most this many', wholeNumber(1, 10_000), 100)
    .option('--after <id>', 'only those after this user');
  answers<{ limit: number; after?: string }>(
    shell,
    command,
    async ({ instance: { db }, options: { limit, after } }) => {
      const found = await listUsers(db, { after, limit: limit + 1 });
      const users = found.slice(0, limit);
      const hasMore = found.length > limit;
      const rows = users.map((user) => [user.id, user.mail, user.name, user.isVerified]);
      const more = hasMore ? 'There are more: give the last id as --after.\n' : '';
      return {
        json: { data: users.map(userJson), has_more: hasMore },
        text: table(['id', 'mail', 'name', 'verified'], rows, 'No users.') + more,
      };
    },
  );
}
