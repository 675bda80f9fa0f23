import type { z } from '@hono/zod-openapi';
import {
  createCodes,
  listCodes,
  type RedemptionCode,
  redeemCode,
  revokeCode,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { type Amount, Fault, formatAmount, formatRowId } from '../../../kernel/index.ts';
import { listUnits, unitNamed } from '../../../tenants/index.ts';
import { requireAccount } from '../accounts/handler.ts';
import { idOf, notFound } from '../fields.ts';
import { readAmount } from '../limits.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Manage } from '../manage.ts';
import { requirePackage } from '../packages/handler.ts';
import * as contract from './contract.ts';

export function mountCodes(manage: Manage): void {
  const { parts } = manage;

  manage.mount(contract.listCodes, async (c, { tx, platformId }) => {
    const { limit, after } = c.req.valid('query');
    const before = readAfter('rdc', after);
    const rows = await listCodes(tx, platformId, { before, limit: limit + 1 });
    return c.json(pageOf(rows.map(codeBody), limit), 200);
  });

  manage.mount(contract.createCodes, async (c, act) => {
    const { tx, platformId } = act;
    const given = c.req.valid('json');
    const value = await readValue(tx, platformId, given);
    const codes = await createCodes(tx, parts, {
      ...{ platformId, ...value, count: given.count, prefix: given.prefix },
      ...{ maxUses: given.max_uses, oncePerAccount: given.once_per_account },
      expiresAt: given.expires_at === undefined ? null : new Date(given.expires_at),
      note: given.note ?? null,
    });
    const shown = codes.map(({ text, ...code }) => ({ ...codeBody(code), code: text }));
    const after = { codes: codes.map(codeBody) };
    await act.record({ action: 'code.create', subject: shown[0]?.id, after });
    return c.json({ object: 'list' as const, data: shown }, 201);
  });

  manage.mount(contract.revokeCode, async (c, act) => {
    const id = idOf('rdc', c.req.valid('param').code, () => notFound('code'));
    const after = codeBody(await revokeCode(act.tx, act.platformId, id));
    await act.record({ action: 'code.revoke', subject: after.id, after });
    return c.json(after, 200);
  });

  manage.mount(contract.redeemCode, async (c, act) => {
    const { tx, platformId } = act;
    const account = await requireAccount(tx, platformId, c.req.valid('param').account);
    const of = { platformId, accountId: account.id };
    const result = await redeemCode(tx, of, c.req.valid('json').code);
    if (result instanceof Fault) return act.refuse(result);
    const { scale } = unitNamed(await listUnits(tx, platformId), result.unit);
    const after = {
      object: 'redemption' as const,
      code: formatRowId('rdc', result.codeId),
      grant: formatRowId('grt', result.grantId),
      unit: result.unit,
      ...shown('amount', result.amount, scale),
      ...shown('balance', result.balance, scale),
    };
    await act.record({ action: 'code.redeem', subject: formatRowId('acc', account.id), after });
    return c.json(after, 201);
  });
}

type Given = z.output<
  (typeof contract.createCodes)['request']['body']['content']['application/json']['schema']
>;

/** What codes give: what was said, or what a package has with its bonus. */
async function readValue(tx: Queryable, platformId: bigint, given: Given) {
  if (given.package !== undefined && given.amount === undefined && given.unit === undefined) {
    const { id, unit, amount, bonus } = await requirePackage(tx, platformId, given.package);
    return { unit, amount: amount + bonus, packageId: id };
  }
  if (given.package === undefined && given.amount !== undefined && given.unit !== undefined) {
    const unit = unitNamed(await listUnits(tx, platformId), given.unit);
    return { unit: unit.code, amount: readAmount(given.amount, unit, 'amount') };
  }
  const message = "Say what a code gives: 'amount' and 'unit', or a 'package'.";
  throw new Fault({ code: 'invalid_code', status: 422, param: 'amount', message });
}

function shown<Name extends string>(name: Name, amount: Amount, scale: number) {
  const exact = formatAmount(amount, scale);
  return { [name]: Number(exact), [`${name}_exact`]: exact } as Record<Name, number> &
    Record<`${Name}_exact`, string>;
}

function codeBody(code: RedemptionCode): z.input<typeof contract.Code> {
  return {
    id: formatRowId('rdc', code.id),
    object: 'redemption_code',
    preview: code.preview,
    unit: code.unit,
    ...shown('amount', code.amount, code.scale),
    package: code.package,
    max_uses: code.maxUses,
    uses: code.uses,
    once_per_account: code.oncePerAccount,
    expires_at: code.expiresAt?.toISOString() ?? null,
    status: code.status,
    note: code.note,
    created_at: code.createdAt.toISOString(),
  };
}
