import { Fault } from '../../src/kernel/index.ts';
import { endGrant, type GrantRequest, grantValue } from '../../src/ledger/index.ts';
import { type TakeRequest, takeValue } from '../../src/ledger/take-value.ts';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from './calendar.ts';
import { Discovery } from './discovery.ts';
import type { World } from './world.ts';

/** One gift or purchase, asked for under one reference until it is known to be done. */
export interface TopUp {
  readonly request: Omit<GrantRequest, 'grantId'>;
  state: 'open' | 'asking' | 'over';
}

export function beginTopUp({ random, market, time, topUps }: World): TopUp {
  const { customer } = random.pick(market.buyers);
  const livesUs = random.pick([20 * SECOND_US, 3 * MINUTE_US, HOUR_US, DAY_US, 30 * DAY_US]);
  const expiresMs = Math.ceil((time.nowUs + 1 + random.below(livesUs)) / 1_000);
  return {
    request: {
      platformId: customer.platformId,
      walletId: customer.walletId,
      amount: BigInt(random.between(1, 400)),
      source: random.pick(['allowance', 'purchase', 'bonus', 'refund', 'adjustment']),
      priority: random.between(-1, 1),
      expiresAt: random.chance(600) ? new Date(expiresMs) : undefined,
      reference: `top-up:${topUps.length}`,
      reason: undefined,
    },
    state: 'open',
  };
}

/** Asks once, perhaps not for the first time; sometimes for another amount by mistake. */
export function askTopUp(world: World, topUp: TopUp): void {
  const { office, asked, model, random } = world;
  const isMistaken = topUp.state === 'over' && random.chance(300);
  const amount = topUp.request.amount + (isMistaken ? 1n : 0n);
  const request = { ...topUp.request, amount, grantId: office.ids.rowId() };
  asked.grants.set(request.grantId, {
    id: request.grantId,
    wallet: request.walletId,
    amount,
    priority: request.priority,
    expiresAt: (request.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) * 1_000,
    reference: request.reference,
  });
  topUp.state = 'asking';
  grantValue(office.db, request).then(
    ({ grantId }) => {
      topUp.state = 'over';
      world.watch(() => {
        if (model.remaining().some(([id]) => id === grantId)) return;
        throw new Discovery(`${request.reference} gave ${grantId}, the model knows no such grant`);
      });
    },
    (error) => {
      // Whatever else went wrong, asking again under the same reference puts it right.
      topUp.state = error instanceof Fault ? 'over' : 'open';
    },
  );
}

/** Takes something back, once; whether it was done, nobody asks. */
export function takeBack(world: World): string {
  const { office, random, market } = world;
  const { customer } = random.pick(market.buyers);
  world.taken += random.chance(800) ? 1 : 0;
  const request: TakeRequest = {
    ...{ platformId: customer.platformId, walletId: customer.walletId, reason: undefined },
    amount: BigInt(1 + (world.taken % 50)),
    reference: `take:${customer.walletId}:${world.taken}`,
  };
  takeValue(office.db, request).catch(() => undefined);
  return `${request.reference} of ${request.amount} is asked for`;
}

/** Ends a grant that somebody was given. */
export function endOne(world: World): string {
  const { office, random, model, market } = world;
  const grants = model.remaining();
  if (grants.length === 0) return 'there is no grant to end';
  const [id] = random.pick(grants);
  const platformId = market.buyers.find(({ customer }) => customer.walletId === model.walletOf(id))
    ?.customer.platformId;
  endGrant(office.db, platformId ?? 0n, id).catch(() => undefined);
  return `the grant ${id} is to be ended`;
}

/** Somebody decides: a key is revoked, an account suspended, or what was so ends; a new price. */
export async function decide({ random, market, model, database, office }: World): Promise<string> {
  const { customer, books, keyIds } = random.pick(market.buyers);
  const { accountId, platformId } = customer;
  const act = random.pick(['key', 'account', 'price'] as const);
  if (act === 'price') {
    const before = market.prices.get(platformId) ?? 0n;
    const after = office.ids.rowId();
    await database.query('update price set valid_until = clock_timestamp() where id = $1', [
      before,
    ]);
    await database.query(
      `insert into price (id, platform_id, product_id, unit, version, valid_from)
       select $1, $2, $3, 'USD', max(version) + 1, clock_timestamp() from price
       where product_id = $3`,
      [after, platformId, books.productId],
    );
    market.prices.set(platformId, after);
    model.ended.add(before);
    return `price ${after} takes the place of ${before}`;
  }
  const id = act === 'key' ? random.pick(keyIds) : accountId;
  const isEnded = model.ended.delete(id);
  if (!isEnded) model.ended.add(id);
  const [table, ended] = act === 'key' ? ['api_key', 'revoked'] : ['account', 'suspended'];
  const status = isEnded ? 'active' : ended;
  await database.query(`update ${table} set status = $2 where id = $1`, [id, status]);
  return `${act} ${id} is ${status}`;
}
