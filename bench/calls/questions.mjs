// What dashboards ask for, drawn from the past: of a platform or of an account, large and small,
// with none, one or several filters, over an hour to all 30 days. The same every time.

const PLATFORMS = [1n, 2n, 3n];
const PRODUCTS = 8;
const OUTCOMES = ['settled', 'released', 'expired'];
const DAYS = [1 / 24, 1, 7, 30];
const PARTS = ['hour', 'day', 'model', 'status'];

export async function drawQuestions({ clock }, database, { accounts, count }) {
  const draw = createDraw(1);
  const nowMs = clock.nowMs();
  const largest = await largestAccounts(database);
  return Array.from({ length: count }, (_, index) => {
    const ofPlatform = index % 2 === 0;
    // Half of the accounts that are asked about are those with the most calls.
    const accountId =
      draw(2) === 0 ? largest[draw(largest.length)] : 1_000_000n + BigInt(draw(accounts));
    const owner = ofPlatform ? { platformId: PLATFORMS[draw(3)] } : ownerOf(accountId);
    const until = new Date(nowMs - draw(2) * draw(25 * 24) * 3_600_000);
    const from = new Date(until.getTime() - DAYS[draw(DAYS.length)] * 86_400_000);
    const filter = {
      ...owner,
      ...(draw(3) === 0 ? {} : { from, until }),
      ...(draw(2) === 0 ? {} : { productId: owner.platformId * 100n + BigInt(1 + draw(PRODUCTS)) }),
      ...(draw(2) === 0 ? {} : { outcome: OUTCOMES[draw(OUTCOMES.length)] }),
      ...(ofPlatform || draw(2) === 0 ? {} : { keyId: owner.accountId * 10n + BigInt(draw(3)) }),
    };
    return { kind: ofPlatform ? 'platform' : 'account', filter, by: PARTS[draw(PARTS.length)] };
  });
}

/** Which platform an account is of, as history.sql has it. */
function ownerOf(accountId) {
  const n = accountId - 1_000_000n;
  const platformId = n % 1000n === 999n ? 3n : n % 10n === 5n ? 2n : 1n;
  return { platformId, accountId };
}

async function largestAccounts(database) {
  const rows = await database.query(
    `select account_id as id from usage_of_account group by 1 order by sum(calls) desc limit 20`,
  );
  return rows.map(({ id }) => id);
}

/** Whole numbers below a bound, from a seed: a linear congruence modulo 2^31. */
function createDraw(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % bound;
  };
}
