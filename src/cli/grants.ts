import { type Command, Option } from 'commander';
import type { Queryable } from '../db/index.ts';
import { Fault, formatAmount, formatRowId, parseRowId } from '../kernel/index.ts';
import {
  findGrant,
  findOrOpenWallet,
  type GrantSource,
  grantValue,
  listGrants,
} from '../ledger/index.ts';
import { refuseMerged, requireUnit } from '../tenants/index.ts';
import { type Answer, addNoun, answers, type Shell, type Task } from './answer.ts';
import { addExpire } from './grants-expire.ts';
import { grantJson } from './grants-list.ts';
import {
  ACCOUNT_FLAG,
  accountName,
  PLATFORM_FLAG,
  requireAccount,
  requirePlatform,
} from './require.ts';
import { fields, table } from './table.ts';
import { isoTime, readAmount, wholeNumber } from './values.ts';

const SOURCES: readonly GrantSource[] = ['bonus', 'adjustment', 'purchase', 'allowance', 'refund'];

interface OfAccount {
  readonly platform: string;
  readonly account: string;
}

interface CreateOptions extends OfAccount {
  readonly amount: string;
  readonly unit: string;
  readonly reason: string;
  readonly source: GrantSource;
  readonly expires?: Date;
  readonly priority: number;
  readonly reference?: string;
}

/** `farebox grants` */
export function addGrants(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'grants', 'value given to customers');
  const create = noun
    .command('create')
    .description('put value into a wallet; the same reference never gives twice')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG)
    .requiredOption('--amount <decimal>', 'how much, in whole units: 12.5')
    .requiredOption('--unit <code>', 'of what: opens the wallet if the account has none')
    .requiredOption('--reason <text>', 'why; kept in the books')
    .addOption(
      new Option('--source <source>', 'where the value comes from')
        .choices(SOURCES)
        .default('bonus'),
    )
    .option('--expires <time>', 'when what is left of it ends, in ISO 8601', isoTime)
    .option('--priority <number>', 'lower is spent first', wholeNumber(-32_768, 32_767), 0)
    .option('--reference <text>', 'names this act (default: a fresh one)');
  answers<CreateOptions>(shell, create, createGrant);
  const list = noun
    .command('list')
    .description("show an account's grants, newest first")
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption(...ACCOUNT_FLAG)
    .option('--limit <number>', 'at most this many', wholeNumber(1, 10_000), 100)
    .option('--before <id>', 'only those before this grant');
  answers<OfAccount & { limit: number; before?: string }>(shell, list, showGrants);
  addExpire(noun, shell);
}

async function createGrant({ instance, options, perform }: Task<CreateOptions>): Promise<Answer> {
  const { db, ids } = instance;
  const platform = await requirePlatform(db, options.platform);
  const account = await requireAccount(db, platform, options.account);
  refuseMerged(account);
  const unit = await requireUnit(db, platform.id, options.unit);
  const amount = readAmount(options.amount, unit, 'amount');
  if (amount === 0n) throw invalid('amount', 'invalid_amount', 'A grant is more than nothing.');
  const grantId = ids.rowId();
  const reference = options.reference ?? `cli:${formatRowId('grt', grantId)}`;
  if (!/^.{1,255}$/s.test(reference)) {
    throw invalid('reference', 'invalid_reference', 'A reference has 1 to 255 characters.');
  }
  const [platformId, accountId] = [platform.id, account.id];
  const { source, priority, reason } = options;
  const give = async (tx: Queryable) => {
    const wallet = { walletId: ids.rowId(), platformId, accountId, unit: unit.code };
    const walletId = await findOrOpenWallet(tx, wallet);
    const expiresAt = options.expires;
    const grant = { grantId, platformId, walletId, amount, source, priority, expiresAt };
    const granted = await grantValue(tx, { ...grant, reference, reason });
    const state = await findGrant(tx, platformId, granted.grantId);
    const subject = formatRowId('acc', accountId);
    const after = state && grantJson(state);
    const act = { platformId, action: 'grant.create', subject, reason, after };
    return { ...granted, act: granted.created ? act : undefined };
  };
  const granted = await perform(give);
  const json = {
    id: formatRowId('grt', granted.grantId),
    platform: platform.slug,
    account: accountName(account),
    amount: formatAmount(amount, unit.scale),
    unit: unit.code,
    reference,
    created: granted.created,
    balance: formatAmount(granted.balance, unit.scale),
  };
  const note = granted.created ? '' : '\nThis reference gave already: nothing was given again.\n';
  return { json, text: fields(json) + note };
}

async function showGrants({
  instance: { db },
  options,
}: Task<OfAccount & { limit: number; before?: string }>): Promise<Answer> {
  const platform = await requirePlatform(db, options.platform);
  const account = await requireAccount(db, platform, options.account);
  const before = options.before === undefined ? undefined : readGrantId(options.before);
  const page = { before, limit: options.limit + 1 };
  const found = await listGrants(db, platform.id, account.id, page);
  const hasMore = found.length > options.limit;
  const grants = found.slice(0, options.limit).map(grantJson);
  const rows = grants.map((one) => [
    one.id,
    `${one.remaining} of ${one.granted} ${one.unit}`,
    one.source,
    one.priority,
    one.status,
    one.expires_at,
    one.reason,
  ]);
  const headings = ['id', 'left', 'source', 'priority', 'status', 'expires', 'reason'];
  const more = hasMore ? 'There are more: give the last id as --before.\n' : '';
  return {
    json: { data: grants, has_more: hasMore },
    text: table(headings, rows, 'No grants.') + more,
  };
}

function readGrantId(text: string): bigint {
  const id = parseRowId('grt', text);
  if (id !== undefined) return id;
  throw invalid('before', 'invalid_id', `'${text}' is not the id of a grant. Take it from a list.`);
}

function invalid(param: string, code: string, message: string): Fault {
  return new Fault({ code, status: 422, param, message });
}
