import { AssertionFailed, callStartMs, Fault } from '../../src/kernel/index.ts';
import type {
  Claim,
  Counter,
  HoldLeg,
  HoldRequest,
  HoldResult,
  Settlement,
} from '../../src/ledger/index.ts';
import { emptyLeg } from '../../src/ledger/index.ts';
import { Discovery } from './discovery.ts';
import type { Buyer } from './market.ts';
import type { SimReplica } from './process.ts';
import type { World } from './world.ts';

/** One metered call on its way through a process. */
export interface SimCall {
  readonly request: HoldRequest;
  readonly replica: SimReplica;
  state: 'arrived' | 'asking' | 'working' | 'settling' | 'over';
  granted: readonly bigint[];
  settlement: Settlement | undefined;
}

const CALL_AGE_LIMIT_MS = 120_000;
const OLD_MS = 86_400_000 - 60_000;

/** A call arrives at a process: it has an id, and its body is read. */
export function arrive(world: World, replica: SimReplica): SimCall {
  const { random, market, asked } = world;
  const first = random.pick(market.buyers);
  const others = market.buyers.filter(({ customer }) => customer !== first.customer);
  const buyers = random.chance(200) ? [first, random.pick(others)] : [first];
  const request = {
    callId: replica.ids.callId(),
    legs: buyers.map((buyer) => legOf(world, buyer)),
  };
  asked.requests.set(request.callId, request);
  return { request, replica, state: 'arrived', granted: [], settlement: undefined };
}

function legOf(world: World, buyer: Buyer): HoldLeg {
  const { random, market } = world;
  const { customer, books } = buyer;
  const minimum = BigInt(random.below(60));
  const maximum = minimum + BigInt(random.chance(500) ? 0 : random.below(60));
  const tokens = BigInt(random.below(50));
  const keyId = random.chance(850) ? random.pick(buyer.keyIds) : undefined;
  const counters = buyer.counters.filter((name) => keyId !== undefined || !name.startsWith('key.'));
  return {
    platformId: customer.platformId,
    accountId: customer.accountId,
    walletId: customer.walletId,
    keyId,
    productId: books.productId,
    priceId: market.prices.get(customer.platformId) ?? 0n,
    minimum,
    maximum,
    tokens,
    claims: counters.map((counter) => claimOf(world, customer.walletId, keyId, counter, tokens)),
  };
}

/** A cap not far from what the counter stands at, so that it decides every now and then. */
function claimOf(
  { random, model, time }: World,
  walletId: bigint,
  keyId: bigint | undefined,
  counter: Counter,
  tokens: bigint,
): Claim {
  const isOfKey = counter.startsWith('key.');
  const owner = isOfKey ? model.keys.get(keyId ?? 0n) : model.wallets.get(walletId);
  const isOfCalls = counter.endsWith('.requests');
  const room = isOfCalls ? random.below(6) : random.below(250);
  const cap = (owner?.used(counter, time.nowUs) ?? 0n) + BigInt(room);
  return { counter, amount: isOfCalls ? 1n : tokens, cap };
}

/** Asks the process's ledger for the hold. */
export function ask(world: World, call: SimCall): void {
  call.state = 'asking';
  const { callId } = call.request;
  call.replica.ledger.hold(call.request).then(
    (result) => {
      call.granted = result.granted;
      call.state = result.outcome === 'held' ? 'working' : 'over';
      world.watch(() => checkHold(world, call.request, result));
    },
    (error) => {
      call.state = 'over';
      world.refusedCalls.add(callId);
      const ageMs = call.replica.clock.nowMs() - callStartMs(callId);
      if (error instanceof AssertionFailed && ageMs >= CALL_AGE_LIMIT_MS) return;
      // There are no partitions for calls that began so long ago.
      const isOld = world.time.nowUs / 1_000 - callStartMs(callId) > OLD_MS;
      if (isOld && /^no partition/.test(error.message)) return;
      world.watch(() => checkFault('hold', callId, error));
    },
  );
}

/** The upstream is done, or failed, or broke off. */
export function finish(world: World, call: SimCall): void {
  const { random, asked } = world;
  const kind = random.weighted([
    [5, 'whole'],
    [2, 'estimated'],
    [2, 'released'],
  ]);
  const isSettled = kind !== 'released';
  call.settlement = {
    callId: call.request.callId,
    outcome: isSettled ? 'settled' : 'released',
    legs: call.request.legs.map((leg, index) =>
      isSettled ? workOf(world, leg, call.granted[index] ?? 0n) : emptyLeg(leg.walletId, leg.keyId),
    ),
    estimated: kind === 'estimated',
    streamed: random.chance(500),
    status: kind === 'released' ? 502 : 200,
    upstreamId: undefined,
    firstByteMs: random.below(900),
    latencyMs: random.below(9_000),
    errorCode: kind === 'whole' ? undefined : 'upstream_broke_off',
  };
  if (isSettled) asked.settlements.set(call.request.callId, call.settlement);
  settle(world, call);
}

function workOf({ random }: World, leg: HoldLeg, granted: bigint): Settlement['legs'][number] {
  const price = random.pick([
    0n,
    granted / 3n,
    granted,
    granted,
    granted + BigInt(random.below(80)),
  ]);
  const other: Record<string, bigint> = random.chance(300)
    ? { reasoning: BigInt(random.below(20)), image: BigInt(random.below(3)) }
    : {};
  const [input, output, cachedInput] = [40, 40, 10].map((most) => BigInt(random.below(most)));
  return {
    walletId: leg.walletId,
    keyId: leg.keyId,
    price,
    input: input ?? 0n,
    output: output ?? 0n,
    cachedInput: cachedInput ?? 0n,
    other,
  };
}

/** Sends a call's settlement, perhaps not for the first time. */
export function settle(world: World, call: SimCall): void {
  const settlement = call.settlement as Settlement;
  const { callId } = settlement;
  call.state = 'settling';
  call.replica.ledger.settle(settlement).then(
    ({ result, charge }) => {
      call.state = 'over';
      world.watch(() => {
        const hold = world.model.holds.get(callId);
        const isLate = hold?.outcome === 'expired' && settlement.outcome === 'settled';
        if (hold === undefined || hold.outcome === 'open') throw new Discovery(`${callId} is open`);
        if (charge !== hold.charges[0] || isLate !== (result === 'late')) {
          throw new Discovery(
            `${callId}: ${result}, ${charge}; the model says ${hold.outcome}, ${hold.charges}`,
          );
        }
      });
    },
    (error) => {
      call.state = 'over';
      world.watch(() => checkFault('settlement', callId, error));
    },
  );
}

function checkHold(world: World, { callId, legs }: HoldRequest, result: HoldResult): void {
  const decision = world.asked.decisions.get(callId);
  if (decision === undefined) throw new Discovery(`${callId} was decided by nothing`);
  const isRetold = result.outcome === 'held' && world.asked.retold.has(callId);
  const told = ({ outcome, granted, available, refusedClaim, remaining }: typeof decision) =>
    isRetold
      ? `${outcome} ${granted}`
      : `${outcome} ${granted}, available ${available}, by ${refusedClaim?.counter}, ` +
        `left ${remaining} of ${legs[0]?.claims.map(({ counter }) => counter)}`;
  const [found, expected] = [told({ ...result, at: 0 }), told(decision)];
  if (found !== expected) throw new Discovery(`${callId}: ${found}; the model says ${expected}`);
}

function checkFault(what: string, callId: string, error: unknown): void {
  if (error instanceof Fault && error.status === 503) return;
  throw new Discovery(`the ${what} of ${callId} failed: ${error}`);
}
