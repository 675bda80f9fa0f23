// A call as the product's ledger takes it, with everything on: claims on all counters of requests,
// tokens and concurrency, of the key and of the account, and the full row of the call.

const TOKENS = 500n;
const PRICE = 700n;
const NEVER_REACHED = 1_000_000_000_000n;

const countersOf = ({ COUNTERS }) =>
  ['key', 'account'].flatMap((owner) =>
    COUNTERS.filter((counter) => !counter.endsWith('.spent')).map((name) => `${owner}.${name}`),
  );

/** The claims of every call: what each counter adds for it, and a cap that is never reached. */
const claimsOf = (counters) =>
  counters.map((counter) => ({
    counter,
    amount: counter.endsWith('.tokens') ? TOKENS : 1n,
    cap: NEVER_REACHED,
  }));

/** A ledger on these books, as a server process has one. */
export function openLedger({ ledger, ids, clock, log }, { database }) {
  const host = 'bench';
  return ledger.createLedger({
    ...{ db: database, ids, clock, log, host, pid: process.pid, soleServer: true },
  });
}

/** Seals and rolls up behind the calls, as a server process does. */
export function openSealer({ kernel, ledger, random, clock, log }, { database }) {
  const key = ledger.sealKey(kernel.createSecretBox(Buffer.from(random(32)), random));
  return ledger.startSealer({ db: database, clock, log, key });
}

/** How a caller (its id) holds and settles one call on an open ledger. */
export function productShape({ ledger: room }, ledger, { platformId, productId, priceId }) {
  const claims = claimsOf(countersOf(room));
  const asked = { productId, priceId, minimum: 1_000n, maximum: 1_000n, tokens: TOKENS, claims };
  const about = { outcome: 'settled', estimated: false, streamed: true, status: 200 };
  const took = { upstreamId: undefined, firstByteMs: 120, latencyMs: 900, errorCode: undefined };
  return {
    hold: async (callId, id) => {
      const leg = { platformId, accountId: id, walletId: id, keyId: id, ...asked };
      const { outcome } = await ledger.hold({ callId, legs: [leg] });
      if (outcome !== 'held') throw new Error(`a hold was refused: ${outcome}`);
    },
    settle: (callId, id) => {
      const leg = { ...room.emptyLeg(id, id), price: PRICE, input: 120n, output: 80n };
      return ledger.settle({ callId, ...about, ...took, legs: [leg] });
    },
  };
}

/** Throws unless every counter that calls claim does refuse one when its cap is reached. */
export async function checkClaims({ ledger: room, ids }, ledger, books, id) {
  const { platformId, productId, priceId } = books;
  const counters = countersOf(room);
  for (const claim of claimsOf(counters)) {
    const leg = { platformId, accountId: id, walletId: id, keyId: id, productId, priceId };
    const asked = { minimum: 1_000n, maximum: 1_000n, tokens: TOKENS };
    const claims = [{ ...claim, cap: 0n }];
    const callId = ids.callId();
    const { outcome } = await ledger.hold({ callId, legs: [{ ...leg, ...asked, claims }] });
    if (outcome !== 'limited') throw new Error(`${claim.counter} is off: a hold was ${outcome}`);
  }
  return counters;
}

/** Throws unless every pair has its row of a hold and of a settled call and the books hold. */
export async function checkBooks({ ledger: room }, database, pairs) {
  const [{ calls, holds }] = await database.query(
    `select (select count(*)::int from call where outcome = 'settled' and charge = price) as calls,
       (select count(*)::int from hold) as holds`,
  );
  if (calls !== pairs || holds !== pairs) {
    throw new Error(`${pairs} pairs, ${holds} rows of holds, ${calls} of calls`);
  }
  const [difference] = await room.verifyLedger(database);
  if (difference) throw new Error(`the books do not hold: ${JSON.stringify(difference)}`);
}
