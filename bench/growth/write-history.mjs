// Fills a database with calls of the last 30 days, as if they had been made: for each a hold, the
// settled call, and their effect on wallet, grant and counters, so that the books hold afterwards.

const DAYS = 30;
/** The last of them lie this far back, so that none belongs to a minute that is still counted. */
const AGO = `interval '10 minutes'`;

/** Prices and tokens of every call of the past. */
const CALL = { held: 1_000, charge: 700, tokens: 500, input: 120, output: 80 };

// A call's number decides its time and its caller; the id begins with the time (UUID version 7).
const NUMBERED = `
  select (lpad(to_hex(t.ms), 12, '0') || '7' || substr(t.noise, 1, 3) || '8'
      || substr(t.noise, 4, 15))::uuid as id,
    to_timestamp(t.ms / 1000.0) as at, $5::bigint + (t.n % $6) * $7::bigint as caller,
    t.n / $6 + 2 as version
  from (select n, $3::bigint + n * $4::bigint / $8::bigint as ms, md5(n::text) as noise
    from generate_series($1::bigint, $2::bigint - 1) as n) t`;

const HOLDS = `
  insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
    replica_id, amount, tokens, held_at)
  select c.id, 0, $9, c.caller, c.caller, c.caller, $10, $11, 0, ${CALL.held}, ${CALL.tokens}, c.at
  from (${NUMBERED}) c`;

const CALLS = `
  insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id,
    wallet_id, key_id, product_id, price_id, held, price, charge, wallet_version, held_at,
    settled_at, input, output, cached_input, first_byte_ms, latency_ms)
  select c.id, 0, 'settled', true, false, 200, $9, c.caller, c.caller, c.caller, $10, $11,
    ${CALL.held}, ${CALL.charge}, ${CALL.charge}, c.version, c.at,
    c.at + interval '900 milliseconds', ${CALL.input}, ${CALL.output}, 0, 120, 900
  from (${NUMBERED}) c`;

/** Sums of the past by caller, for today and this month; the minute is long over. */
const SUMS = `
  select wallet_id as id, count(*) as calls,
    count(*) filter (where held_at >= date_trunc('day', now(), 'UTC')) as of_day,
    count(*) filter (where held_at >= date_trunc('month', now(), 'UTC')) as of_month
  from hold group by wallet_id`;

const COUNTERS = `
  minute_start = date_bin('1 minute', now(), 'epoch'),
  day_start = date_trunc('day', now(), 'UTC'), month_start = date_trunc('month', now(), 'UTC'),
  day_requests = s.of_day, day_tokens = s.of_day * ${CALL.input + CALL.output},
  day_spent = s.of_day * ${CALL.charge},
  month_requests = s.of_month, month_tokens = s.of_month * ${CALL.input + CALL.output},
  month_spent = s.of_month * ${CALL.charge}, total_spent = s.calls * ${CALL.charge}`;

/**
 * Writes `calls` calls, evenly over 30 days and over `callers` callers whose ids are `stride` apart
 * from `first` on. The callers have one grant each and have made no call yet.
 */
export async function writeHistory(books, { calls, callers, first, stride, say }) {
  const { database, platformId, productId, priceId } = books;
  await database.query(`select ensure_partitions(now() - interval '${DAYS + 1} days', $1)`, [
    DAYS + 2,
  ]);
  const [{ ms }] = await database.query(
    `select floor(extract(epoch from now() - interval '${DAYS} days') * 1000)::bigint as ms`,
  );
  const [{ span }] = await database.query(
    `select extract(epoch from interval '${DAYS} days' - ${AGO})::bigint * 1000 as span`,
  );
  for (let day = 0; day < DAYS && calls > 0; day += 1) {
    const [from, to] = [day, day + 1].map((each) => Math.floor((calls * each) / DAYS));
    const values = [from, to, ms, span, first, callers, stride, calls];
    const sold = [platformId, productId, priceId];
    await database.query(HOLDS, [...values, ...sold]);
    await database.query(CALLS, [...values, ...sold]);
    if (day % 10 === 9) say(`  ${to} calls of the past`);
  }
  await countHistory(database);
}

async function countHistory(database) {
  await database.transaction(async (tx) => {
    await tx.query(`create temporary table past on commit drop as ${SUMS}`);
    await tx.query(
      `update wallet w set balance = balance - s.calls * ${CALL.charge},
         version = version + s.calls, ${COUNTERS} from past s where w.id = s.id`,
    );
    await tx.query(`update api_key k set ${COUNTERS} from past s where k.id = s.id`);
    await tx.query(
      `update wallet_grant g set remaining = remaining - s.calls * ${CALL.charge}
       from past s where g.wallet_id = s.id`,
    );
  });
}
