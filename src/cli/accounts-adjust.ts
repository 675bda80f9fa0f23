import type { Command } from 'commander';
import { Fault, formatAmount, formatRowId, parseAmount, type Unit } from '../kernel/index.ts';
import { adjustWallet, findOrOpenWallet } from '../ledger/index.ts';
import { refuseMerged, requireUnit } from '../tenants/index.ts';
import { answers, type Shell } from './answer.ts';
import { accountName, PLATFORM_FLAG, requireAccount, requirePlatform } from './require.ts';
import { fields } from './table.ts';

interface AdjustOptions {
  readonly platform: string;
  readonly amount: string;
  readonly unit: string;
  readonly reason: string;
  readonly reference?: string;
}

/** `farebox accounts adjust` */
export function addAdjust(noun: Command, shell: Shell): void {
  const command = noun
    .command('adjust')
    .description('give value, or take back what is available of it; on the audit record')
    .argument('<account>', 'its mail address or id')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--amount <decimal>', 'above zero gives, below zero takes: -12.5')
    .requiredOption('--unit <code>', 'of what: opens the wallet if the account has none')
    .requiredOption('--reason <text>', 'why; kept in the books')
    .option('--reference <text>', 'names this act; the same never moves value twice');
  answers<AdjustOptions>(shell, command, async (task) => {
    const {
      instance,
      options,
      args: [name = ''],
      perform,
    } = task;
    const { db, ids } = instance;
    const platform = await requirePlatform(db, options.platform);
    const account = await requireAccount(db, platform, name);
    refuseMerged(account);
    const unit = await requireUnit(db, platform.id, options.unit);
    const amount = readChange(options.amount, unit);
    const { reason, reference = `cli:${formatRowId('adj', ids.rowId())}` } = options;
    const [platformId, accountId] = [platform.id, account.id];
    const exact = (value: bigint) => formatAmount(value, unit.scale);
    const done = await perform(async (tx) => {
      const wallet = { walletId: ids.rowId(), platformId, accountId, unit: unit.code };
      const walletId = await findOrOpenWallet(tx, wallet);
      const adjustment = { platformId, walletId, amount, reason, reference };
      const adjusted = await adjustWallet(tx, ids, adjustment);
      const of = { unit: unit.code, reference };
      const act = {
        ...{ platformId, action: 'balance.adjust', reason },
        subject: formatRowId('acc', accountId),
        before: { ...of, balance: exact(adjusted.before) },
        after: { ...of, balance: exact(adjusted.after) },
      };
      return { ...adjusted, act: adjusted.created ? act : undefined };
    });
    const json = {
      platform: platform.slug,
      account: accountName(account),
      unit: unit.code,
      amount: exact(done.after - done.before),
      before: exact(done.before),
      after: exact(done.after),
      reference,
      created: done.created,
    };
    const note = done.created
      ? ''
      : '\nThis reference was used before: nothing was changed again.\n';
    return { json, text: fields(json) + note };
  });
}

function readChange(text: string, unit: Unit): bigint {
  const amount = parseAmount(text, unit.scale);
  if (amount !== undefined && amount !== 0n) return amount;
  throw new Fault({
    code: 'invalid_amount',
    status: 422,
    param: 'amount',
    message:
      `'${text}' is no change of ${unit.code}. Give a decimal such as -12.5, with at most ` +
      `${unit.scale} decimals.`,
  });
}
