import type { Command } from 'commander';
import type { Db, Queryable } from '../db/index.ts';
import { Fault, formatAmount, formatRowId, parseRowId, type Unit } from '../kernel/index.ts';
import { listWallets, type WalletState } from '../ledger/index.ts';
import {
  type Account,
  changeAccountLimits,
  createAccount,
  defaultUnitOf,
  listAccounts,
  type Platform,
  type Status,
  setAccountStatus,
} from '../tenants/index.ts';
import { addAdjust } from './accounts-adjust.ts';
import { addAccountsImport } from './accounts-import.ts';
import { type Answer, addNoun, answers, type Shell } from './answer.ts';
import {
  type LimitFlags,
  limitsJson,
  limitsText,
  readLimitFlags,
  withLimitFlags,
} from './limits.ts';
import { accountName, PLATFORM_FLAG, requireAccount, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';
import { wholeNumber } from './values.ts';

interface OnPlatform {
  readonly platform: string;
}

/** `farebox accounts` */
export function addAccounts(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'accounts', "a platform's customers and their wallets");
  addCreate(noun, shell);
  addList(noun, shell);
  const show = noun.command('show').description('show an account and its wallets');
  addOne(show, shell, async ({ account }) => account);
  addAdjust(noun, shell);
  addAccountsImport(noun, shell);
  addSetLimits(noun, shell);
  addStatus(noun, shell, 'suspend', 'suspended', 'admit no call of its keys');
  addStatus(noun, shell, 'resume', 'active', 'let a suspended account go on');
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description("open an account with a wallet in the platform's default unit")
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--mail <mail>', 'its mail address')
    .option('--name <name>', 'what people read (default: the mail address)');
  answers<OnPlatform & { mail: string; name?: string }>(
    shell,
    command,
    async ({ instance: { db, ids }, options, perform }) => {
      const platform = await requirePlatform(db, options.platform);
      const unit = await defaultUnitOf(db, platform.id);
      const { mail, name } = options;
      const { account } = await perform(async (tx) => {
        const made = { platformId: platform.id, mail, ...(name && { name }) };
        const opened = await createAccount(tx, ids, made);
        const after = accountJson(platform, opened, unit);
        const act = { platformId: platform.id, action: 'account.create', subject: after.id, after };
        return { act, account: opened };
      });
      return accountAnswer(db, platform, account);
    },
  );
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's accounts, oldest first")
    .requiredOption(...PLATFORM_FLAG)
    .option('--limit <number>', 'at most this many', wholeNumber(1, 10_000), 100)
    .option('--after <id>', 'only those after this account');
  answers<OnPlatform & { limit: number; after?: string }>(
    shell,
    command,
    async ({ instance: { db }, options }) => {
      const platform = await requirePlatform(db, options.platform);
      const { limit } = options;
      const found = await listAccounts(db, platform.id, {
        after: readAfter(options.after),
        limit: limit + 1,
      });
      const accounts = found.slice(0, limit);
      const hasMore = found.length > limit;
      const unit = await defaultUnitOf(db, platform.id);
      const rows = accounts.map((one) => [
        accountId(one),
        accountName(one),
        one.name,
        one.status,
        one.plan,
      ]);
      const more = hasMore ? 'There are more: give the last id as --after.\n' : '';
      return {
        json: { data: accounts.map((one) => accountJson(platform, one, unit)), has_more: hasMore },
        text: table(['id', 'account', 'name', 'status', 'plan'], rows, 'No accounts.') + more,
      };
    },
  );
}

function addStatus(
  noun: Command,
  shell: Shell,
  verb: string,
  status: Status,
  description: string,
): void {
  const command = noun.command(verb).description(description);
  addOne(command, shell, ({ platform, account, change }) =>
    change(`account.${verb}`, (tx) => setAccountStatus(tx, platform.id, account.id, status)),
  );
}

function addSetLimits(noun: Command, shell: Shell): void {
  const command = noun
    .command('set-limits')
    .description("change an account's own limits; the others stay, 'none' ends one");
  addOne(withLimitFlags(command), shell, async ({ platform, account, unit, flags, change }) => {
    const changes = readLimitFlags(flags, unit);
    return change('account.update', (tx) =>
      changeAccountLimits(tx, platform.id, account.id, changes),
    );
  });
}

interface One {
  readonly platform: Platform;
  readonly account: Account;
  readonly unit: Unit;
  readonly flags: LimitFlags;
  /** Changes the account, and puts that on record. */
  change(action: string, work: (tx: Queryable) => Promise<Account>): Promise<Account>;
}

/** A command about one account, which answers with what that became. */
function addOne(command: Command, shell: Shell, work: (one: One) => Promise<Account>): void {
  command.argument('<account>', 'its mail address or id').requiredOption(...PLATFORM_FLAG);
  answers<OnPlatform & LimitFlags>(shell, command, async (task) => {
    const {
      instance: { db },
      options,
      args,
      perform,
    } = task;
    const platform = await requirePlatform(db, options.platform);
    const account = await requireAccount(db, platform, args[0] ?? '');
    const unit = await defaultUnitOf(db, platform.id);
    const before = accountJson(platform, account, unit);
    const of = { platformId: platform.id, subject: before.id, before };
    const change: One['change'] = async (action, alter) => {
      const done = await perform(async (tx) => {
        const changed = await alter(tx);
        const after = accountJson(platform, changed, unit);
        return { act: { ...of, action, after }, changed };
      });
      return done.changed;
    };
    const answered = await work({ platform, account, unit, flags: options, change });
    return accountAnswer(db, platform, answered);
  });
}

async function accountAnswer(db: Db, platform: Platform, account: Account): Promise<Answer> {
  const wallets = await listWallets(db, platform.id, account.id);
  const unit = await defaultUnitOf(db, platform.id);
  const text = fields({
    id: accountId(account),
    account: accountName(account),
    name: account.name,
    platform: platform.slug,
    status: account.status,
    plan: account.plan,
    limits: limitsText(account.limits, unit),
    'created at': account.createdAt,
  });
  const amounts = wallets.map(walletJson);
  const rows = amounts.map((one) => [one.unit, one.balance, one.held, one.available]);
  return {
    json: { ...accountJson(platform, account, unit), wallets: amounts },
    text: `${text}\n${table(['unit', 'balance', 'held', 'available'], rows)}`,
  };
}

const accountId = ({ id }: Account) => formatRowId('acc', id);

function accountJson(platform: Platform, account: Account, unit: Unit) {
  return {
    id: accountId(account),
    platform: platform.slug,
    mail: account.mail,
    external_id: account.externalId,
    name: account.name,
    status: account.status,
    plan: account.plan,
    limits: limitsJson(account.limits, unit),
    created_at: account.createdAt.toISOString(),
  };
}

function walletJson({ id, unit, scale, balance, held, available }: WalletState) {
  return {
    id: formatRowId('wal', id),
    unit,
    balance: formatAmount(balance, scale),
    held: formatAmount(held, scale),
    available: formatAmount(available, scale),
  };
}

function readAfter(text: string | undefined): bigint {
  const id = text === undefined ? 0n : parseRowId('acc', text);
  if (id !== undefined) return id;
  throw new Fault({
    code: 'invalid_id',
    status: 422,
    param: 'after',
    message: `'${text}' is not the id of an account. Take it from an earlier list.`,
  });
}
