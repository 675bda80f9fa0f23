import type { EventResult } from '../../../gateway/index.ts';
import { Fault, formatAmount, formatCallId, formatRowId } from '../../../kernel/index.ts';
import { createAccount } from '../../../tenants/index.ts';
import { accountBody } from '../accounts/body.ts';
import type { DirectAct, Manage } from '../manage.ts';
import { ingestUsage } from './contract.ts';

export function mountUsageEvents(manage: Manage): void {
  const { ingest } = manage.parts;

  manage.mountDirect(ingestUsage, async (c, act) => {
    const { on_insufficient: onInsufficient, create_accounts: create } = c.req.valid('query');
    const body: unknown = c.req.valid('json');
    const raw: readonly unknown[] = Array.isArray(body) ? body : [body];
    const openAccount = create === 'true' ? accountOpener(manage, act) : undefined;
    const results = await ingest.take(act.platformId, raw, { onInsufficient, openAccount });
    const count = (kind: EventResult['kind']) =>
      results.filter((result) => result.kind === kind).length;
    const report = {
      object: 'usage_report' as const,
      charged: count('charged'),
      duplicates: count('duplicate'),
      refused: count('refused'),
      data: results.map((result, index) => rowBody(index, raw[index], result)),
    };
    return c.json(report, report.refused === 0 ? 200 : 207);
  });
}

/** Opens accounts one by one, each on record; one that somebody else has just opened is there. */
function accountOpener({ parts }: Manage, { platformId, recordIn }: DirectAct) {
  return async (externalId: string): Promise<void> => {
    try {
      await parts.db.transaction(async (tx) => {
        const account = await createAccount(tx, parts.ids, { platformId, externalId });
        const subject = formatRowId('acc', account.id);
        const after = await accountBody(tx, account);
        await recordIn(tx, { action: 'account.create', subject, after });
      });
    } catch (error) {
      // What keeps it from being opened is told by the event: its account is not there.
      if (!(error instanceof Fault)) throw error;
    }
  };
}

function rowBody(index: number, raw: unknown, result: EventResult) {
  const named = (name: string) => {
    const value = (raw as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? value : null;
  };
  const common = { index, id: named('id'), source: named('source') };
  if (result.kind === 'refused') {
    const { status, code, message, param, retryAfterSeconds } = result.fault;
    const error = { code, message, param, retry_after: retryAfterSeconds ?? null };
    const amounts = { unit: null, cost: null, cost_exact: null, price: null, price_exact: null };
    return { ...common, status, call: null, ...amounts, error };
  }
  const { callId, unit, scale } = result.receipt;
  const [cost = '', price = ''] = [result.receipt.charge, result.receipt.price].map((each) =>
    formatAmount(each, scale),
  );
  return {
    ...common,
    status: result.kind === 'charged' ? 201 : 200,
    call: formatCallId(callId),
    ...{ unit, cost: Number(cost), cost_exact: cost, price: Number(price), price_exact: price },
    error: null,
  };
}
