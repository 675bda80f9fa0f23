import { Fault, formatRowId, type Unit } from '../../../kernel/index.ts';
import {
  type Adjusted,
  adjustWallet,
  findOrOpenWallet,
  listWallets,
  setBalance,
} from '../../../ledger/index.ts';
import { refuseMerged, requireUnit } from '../../../tenants/index.ts';
import { walletBody } from '../accounts/body.ts';
import { requireAccount } from '../accounts/handler.ts';
import { amountFields } from '../amounts.ts';
import { notFound, shownId } from '../fields.ts';
import { readAmount } from '../limits.ts';
import { pageOf } from '../lists.ts';
import type { Act, Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountWallets(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listWallets, async (c, { tx, platformId }) => {
    const { id } = await requireAccount(tx, platformId, c.req.valid('param').account);
    const wallets = (await listWallets(tx, platformId, id)).map(walletBody);
    return c.json(pageOf(wallets, wallets.length), 200);
  });

  manage.mount(contract.openWallet, async (c, act) => {
    const { tx, platformId } = act;
    const { unit } = c.req.valid('json');
    const { accountId } = await walletIn(manage, act, c.req.valid('param').account, unit);
    const found = (await listWallets(tx, platformId, accountId)).find((one) => one.unit === unit);
    if (found === undefined) throw notFound('wallet');
    const after = walletBody(found);
    const subject = formatRowId('acc', accountId);
    await act.record({ action: 'wallet.open', subject, after });
    return c.json(after, 201);
  });

  manage.mount(contract.adjustWallet, async (c, act) => {
    const { amount: given, unit: code, reason, reference } = c.req.valid('json');
    const found = await walletIn(manage, act, c.req.valid('param').account, code);
    const { unit, ...wallet } = found;
    const amount = readAmount(given, unit, 'amount');
    if (amount === 0n) throw nothing();
    const name = reference ?? freshReference(ids.rowId());
    const done = await adjustWallet(act.tx, ids, { ...wallet, amount, reason, reference: name });
    return c.json(await recorded(act, found, { reason, reference: name }, done), 201);
  });

  manage.mount(contract.setBalance, async (c, act) => {
    const { balance: given, unit: code, reason, reference } = c.req.valid('json');
    const found = await walletIn(manage, act, c.req.valid('param').account, code);
    const { unit, ...wallet } = found;
    const balance = readAmount(given, unit, 'balance');
    if (balance < 0n) throw belowZero();
    const name = reference ?? freshReference(ids.rowId());
    const done = await setBalance(act.tx, ids, { ...wallet, balance, reason, reference: name });
    return c.json(await recorded(act, found, { reason, reference: name }, done), 201);
  });
}

export interface FoundWallet {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly walletId: bigint;
  readonly unit: Unit;
}

/** An account's wallet in a unit, opened when there is none. Not of one that was merged (409). */
export async function walletIn(
  { parts }: Manage,
  { tx, platformId }: Act,
  name: string,
  code: string,
): Promise<FoundWallet> {
  const account = await requireAccount(tx, platformId, name);
  refuseMerged(account);
  const unit = await requireUnit(tx, platformId, code);
  const wallet = { walletId: parts.ids.rowId(), platformId, accountId: account.id, unit: code };
  const walletId = await findOrOpenWallet(tx, wallet);
  return { platformId, accountId: account.id, walletId, unit };
}

/** The name of an act that came without one. */
export const freshReference = (id: bigint) => formatRowId('manage', id);

/** Writes an adjustment, and puts it on record when it changed something. */
async function recorded(
  act: Act,
  { accountId, unit }: FoundWallet,
  { reason, reference }: { readonly reason: string; readonly reference: string },
  { before, after, created, grantId }: Adjusted,
) {
  const account = formatRowId('acc', accountId);
  const body = {
    object: 'adjustment' as const,
    account,
    unit: unit.code,
    ...amountFields('amount', after - before, unit.scale),
    ...amountFields('balance_before', before, unit.scale),
    ...amountFields('balance_after', after, unit.scale),
    grant: shownId('grt', grantId),
    reference,
    reason,
    created,
  };
  if (created) {
    const of = { unit: unit.code, reference };
    await act.record({
      action: 'balance.adjust',
      subject: account,
      reason,
      before: { ...of, balance: body.balance_before_exact },
      after: { ...of, balance: body.balance_after_exact },
    });
  }
  return body;
}

function nothing(): Fault {
  const message = 'An adjustment changes something: give an amount above or below zero.';
  return new Fault({ code: 'invalid_amount', status: 422, param: 'amount', message });
}

function belowZero(): Fault {
  const message = 'A balance is never below zero.';
  return new Fault({ code: 'invalid_amount', status: 422, param: 'balance', message });
}
