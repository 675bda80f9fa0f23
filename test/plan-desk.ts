import { createPlan, type NewAllowance } from '../src/catalog/index.ts';
import type { Db } from '../src/db/index.ts';
import type { Batches } from './batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from './books.ts';

export type AllowanceAmounts = Partial<Record<NewAllowance['per'], bigint>>;

/** A platform with a plan, and a customer who is on it. */
export interface PlanShop {
  readonly books: Books;
  readonly customer: Customer;
  readonly planId: bigint;
}

/** Plans and calls on a clock of the test's own. */
export interface PlanDesk {
  /** A platform of a zone, with a plan and a customer who is on it from an instant on. */
  open(zone: string, allowances: AllowanceAmounts, from: string): Promise<PlanShop>;
  makePlan(books: Books, allowances: AllowanceAmounts): Promise<bigint>;
  /** Puts the customer on a plan at an instant, as the acts on subscriptions do. */
  subscribe(customer: Customer, planId: bigint, at: string): Promise<void>;
  /** What is available at an instant: what a call that asks for nothing is told. */
  availableAt(shop: Omit<PlanShop, 'planId'>, at: string): Promise<bigint | undefined>;
  /** A call at an instant that costs so much; undefined when it is held and settled. */
  spend(shop: PlanShop, at: string, amount: bigint): Promise<string | undefined>;
  /** When each allowance was given, and until when. */
  givenTo(customer: Customer): Promise<(string | null)[][]>;
}

export function createPlanDesk(db: Db, batches: Batches): PlanDesk {
  const makePlan: PlanDesk['makePlan'] = async (books, allowances) => {
    const slug = `plan-${testIds.rowId()}`;
    const given = Object.entries(allowances).map(([per, amount]) => {
      return { unit: 'USD', per: per as NewAllowance['per'], amount };
    });
    const plan = { platformId: books.platformId, slug, name: slug, allowances: given };
    return (await createPlan(db, testIds, plan)).id;
  };
  const subscribe: PlanDesk['subscribe'] = async ({ platformId, accountId }, planId, at) => {
    await db.transaction(async (tx) => {
      await tx.query('select lock_wallets_of($1, $2)', [platformId, accountId]);
      await tx.query(
        `insert into subscription (account_id, platform_id, plan_id, plan_since, anchor_at,
           period_start) values ($1, $2, $3, $4, $4, $4)
         on conflict (account_id) do update set plan_id = $3, plan_since = $4`,
        [accountId, platformId, planId, at],
      );
      await tx.query('select plan_changed($1, $2, $3)', [platformId, accountId, at]);
    });
  };
  return {
    makePlan,
    subscribe,
    open: async (zone, allowances, from) => {
      const books = await seedBooks(db, zone);
      const planId = await makePlan(books, allowances);
      const customer = await seedCustomer(books, 0n);
      await subscribe(customer, planId, from);
      return { books, customer, planId };
    },
    availableAt: async ({ books, customer }, at) => {
      batches.now = new Date(at);
      const request = holdOf(legOf(books, customer, 0n));
      const [held] = await batches.hold(request);
      await batches.settle(settlementOf(request, 0n, { outcome: 'released' }));
      return held?.available;
    },
    spend: async ({ books, customer }, at, amount) => {
      batches.now = new Date(at);
      const request = holdOf(legOf(books, customer, amount));
      const [held] = await batches.hold(request);
      if (held?.outcome !== 'held') return held?.outcome;
      await batches.settle(settlementOf(request, amount));
      return undefined;
    },
    givenTo: async ({ walletId }) => {
      const rows = await db.query<{ at: Date; until: Date | null }>(
        `select created_at as at, expires_at as until from wallet_grant
         where wallet_id = $1 and source = 'allowance' order by id`,
        [walletId],
      );
      return rows.map(({ at, until }) => [at.toISOString(), until?.toISOString() ?? null]);
    },
  };
}
