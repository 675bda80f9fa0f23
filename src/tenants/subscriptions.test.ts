import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { catalogIds, openPlatform } from '../../test/platforms.ts';
import { changePlan, createPlan } from '../catalog/index.ts';
import { listWallets, verifyLedger } from '../ledger/index.ts';
import {
  assignPlan,
  cancelSubscription,
  changePlanLater,
  createAccount,
  endSubscription,
  planInForce,
  readSubscription,
  renewSubscription,
  resumeSubscription,
  SUBSCRIPTION_ACTS,
  SUBSCRIPTION_STATES,
  type SubscriptionAct,
  type SubscriptionState,
  TRANSITIONS,
  tryPlan,
  upgradePlan,
} from './index.ts';

let database: TestDatabase;
let platformId: bigint;
let plans: Record<'free' | 'basic' | 'pro', bigint>;

beforeAll(async () => {
  database = await openTestDatabase();
  platformId = await openPlatform(database.db);
  const make = async (slug: string, amount: bigint, terms: object) => {
    const per = slug === 'free' ? ('day' as const) : ('period' as const);
    const allowances = [{ unit: 'USD', per, amount }];
    const plan = { platformId, slug, name: slug, allowances, ...terms };
    return (await database.db.transaction((tx) => createPlan(tx, catalogIds, plan))).id;
  };
  plans = {
    free: await make('free', 5n, { isDefault: true }),
    basic: await make('basic', 50n, { prices: { USD: 900n }, trialDays: 14, graceDays: 3 }),
    pro: await make('pro', 100n, { prices: { USD: 2_000n }, trialDays: 14, graceDays: 3 }),
  };
});
afterAll(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
  await database.close();
});

interface OfAccount {
  readonly platformId: bigint;
  readonly accountId: bigint;
}

async function openAccount(): Promise<OfAccount> {
  const externalId = `customer-${catalogIds.rowId()}`;
  const account = await database.db.transaction((tx) =>
    createAccount(tx, catalogIds, { platformId, externalId }),
  );
  return { platformId, accountId: account.id };
}

/** Moves everything that is agreed for an account into the past, by so many days. */
async function daysPass({ accountId }: OfAccount, days: number): Promise<void> {
  const columns = ['plan_since', 'anchor_at', 'period_start', 'period_end', 'grace_end'];
  const moved = [...columns, 'next_plan_at', 'ended_at'].map(
    (column) => `${column} = ${column} - make_interval(days => $2)`,
  );
  await database.db.query(`update subscription set ${moved.join(', ')} where account_id = $1`, [
    accountId,
    days,
  ]);
  await database.db.query(`update wallet set next_change_at = 'epoch' where account_id = $1`, [
    accountId,
  ]);
}

/** Does one act. */
function act(name: SubscriptionAct, of: OfAccount, plan: keyof typeof plans = 'pro') {
  const onPlan = { ...of, planId: plans[plan] };
  return database.db.transaction((tx) => {
    switch (name) {
      case 'assign':
        return assignPlan(tx, onPlan);
      case 'try':
        return tryPlan(tx, onPlan);
      case 'upgrade':
        return upgradePlan(tx, onPlan);
      case 'downgrade':
        return changePlanLater(tx, onPlan);
      case 'renew':
        return renewSubscription(tx, { ...of, planId: plans.basic });
      case 'cancel':
        return cancelSubscription(tx, of);
      case 'resume':
        return resumeSubscription(tx, of);
      case 'expire':
        return endSubscription(tx, of);
    }
  });
}

/** An account whose subscription is in a state, on the plan basic. */
async function accountIn(state: SubscriptionState): Promise<OfAccount> {
  const of = await openAccount();
  if (state === 'none') return of;
  await act(state === 'trialing' ? 'try' : 'renew', of, 'basic');
  if (state === 'canceling') await act('cancel', of);
  if (state === 'past_due') await daysPass(of, 32);
  if (state === 'expired') await daysPass(of, 60);
  return of;
}

const balanceOf = async ({ accountId }: OfAccount) =>
  (await listWallets(database.db, platformId, accountId))[0]?.balance;
const read = ({ accountId }: OfAccount) => readSubscription(database.db, platformId, accountId);

describe('a subscription', () => {
  const pairs = SUBSCRIPTION_STATES.flatMap((state) =>
    SUBSCRIPTION_ACTS.map((name) => [state, name, TRANSITIONS[name][state]] as const),
  );

  test.each(pairs)("that is '%s' takes '%s' to: %s", async (state, name, expected) => {
    const of = await accountIn(state);
    expect((await read(of)).state).toBe(state);
    if (expected === undefined) {
      await expect(act(name, of)).rejects.toMatchObject({
        code: 'subscription_state',
        status: 409,
      });
      expect((await read(of)).state).toBe(state);
      return;
    }
    expect((await act(name, of)).state).toBe(expected);
    expect((await read(of)).state).toBe(expected);
  });

  test('gives what its plan allows at once, in place of what was left of the old one', async () => {
    const of = await openAccount();
    expect(await balanceOf(of)).toBe(5n);
    await act('renew', of);
    expect(await balanceOf(of)).toBe(50n);
    await act('upgrade', of);
    expect(await balanceOf(of)).toBe(100n);
    // The default plan has given its allowance of this day before.
    await act('expire', of);
    expect(await balanceOf(of)).toBe(0n);
  });

  test('gives nothing more for being begun anew, however often', async () => {
    const of = await openAccount();
    for (const plan of ['free', 'basic', 'free', 'basic', 'free'] as const) {
      await act('assign', of, plan);
    }
    const [row] = await database.db.query<{ given: bigint }>(
      `select sum(g.granted)::bigint as given from wallet_grant g
       join wallet w on w.id = g.wallet_id where w.account_id = $1`,
      [of.accountId],
    );
    expect(row?.given).toBe(55n);
  });

  test('falls back to the default plan at its end, with no job and no call before', async () => {
    const of = await accountIn('canceling');
    const { periodEnd } = await read(of);
    const at = (shiftMs: number) =>
      readSubscription(
        database.db,
        platformId,
        of.accountId,
        new Date((periodEnd?.getTime() ?? 0) + shiftMs),
      );
    expect(await at(-1)).toMatchObject({ state: 'canceling', plan: { slug: 'basic' } });
    expect(await at(1)).toMatchObject({ state: 'expired', plan: { slug: 'free' } });
    await daysPass(of, 32);
    expect((await planInForce(database.db, of))?.slug).toBe('free');
  });

  test('that is not renewed goes on for its grace and no longer', async () => {
    const of = await accountIn('active');
    const { periodEnd, until } = await read(of);
    expect((until?.getTime() ?? 0) - (periodEnd?.getTime() ?? 0)).toBe(3 * 86_400_000);
    expect((await read(await accountIn('past_due'))).plan?.slug).toBe('basic');
    expect((await read(await accountIn('expired'))).plan?.slug).toBe('free');
  });

  test('renewed in its grace goes on from where its period ended', async () => {
    const of = await accountIn('past_due');
    const { periodEnd } = await read(of);
    const renewed = await act('renew', of);
    expect(renewed.periodStart).toEqual(periodEnd);
    expect(renewed.state).toBe('active');
  });

  test('changes to a plan that costs nothing at the end of its period', async () => {
    const of = await accountIn('active');
    const planned = await act('downgrade', of, 'free');
    expect(planned).toMatchObject({ plan: { slug: 'basic' }, next: { plan: 'free' } });
    expect(planned.next?.at).toEqual(planned.periodEnd);
    await daysPass(of, 32);
    expect(await read(of)).toMatchObject({
      state: 'active',
      plan: { slug: 'free' },
      next: null,
      periodEnd: null,
    });
    // And the next act goes on from there.
    expect((await act('upgrade', of)).plan?.slug).toBe('pro');
  });

  test('takes back a change to come', async () => {
    const of = await accountIn('active');
    await act('downgrade', of, 'free');
    expect(await act('resume', of)).toMatchObject({ state: 'active', next: null });
  });

  test('without end ends with its month when it is cancelled, and has no end again', async () => {
    const of = await openAccount();
    await act('assign', of);
    expect((await act('cancel', of)).until).not.toBeNull();
    expect(await act('resume', of)).toMatchObject({ until: null, periodEnd: null });
  });

  test('is tried once, and for as long as the plan says', async () => {
    const of = await openAccount();
    const tried = await act('try', of);
    const days = (tried.periodEnd?.getTime() ?? 0) - (tried.periodStart?.getTime() ?? 0);
    expect(days).toBe(14 * 86_400_000);
    await act('expire', of);
    await expect(act('try', of)).rejects.toMatchObject({ code: 'trial_used', status: 409 });
    await expect(act('try', of, 'free')).rejects.toMatchObject({ code: 'no_trial', status: 422 });
  });

  test('is refused for a plan or an account that is not there, or an end in the past', async () => {
    const of = await openAccount();
    const nowhere = { ...of, accountId: 1n, planId: plans.pro };
    const refused = (work: Parameters<typeof assignPlan>[1]) =>
      expect(database.db.transaction((tx) => assignPlan(tx, work))).rejects;
    await refused(nowhere).toMatchObject({ code: 'account_not_found' });
    await refused({ ...of, planId: 1n }).toMatchObject({ code: 'plan_not_found' });
    await refused({ ...of, planId: plans.pro, until: new Date(0) }).toMatchObject({
      code: 'invalid_subscription',
    });
  });

  test('is changed by one at a time: of two upgrades at once both give once', async () => {
    const of = await accountIn('active');
    await Promise.all([act('upgrade', of), act('upgrade', of), act('upgrade', of)]);
    expect(await balanceOf(of)).toBe(100n);
  });

  test('of who is on none is the default plan, whichever that is', async () => {
    const of = await openAccount();
    expect(await read(of)).toMatchObject({ state: 'none', plan: { slug: 'free' } });
    await changePlan(database.db, platformId, plans.basic, { isDefault: true });
    expect((await read(of)).plan?.slug).toBe('basic');
    expect(await balanceOf(of)).toBe(50n);
    await changePlan(database.db, platformId, plans.free, { isDefault: true });
    expect(await balanceOf(of)).toBe(0n);
  });
});
