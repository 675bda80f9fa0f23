// The yardstick: the least that a batched hold and settlement can be in PostgreSQL. A small wallet,
// one row inserted and one updated a call at each of the two, arrays in, nothing out: no limits, no
// grants, no look at status or price, no partitions. Batched on two sessions, as the product is.

const SESSIONS = 2;
const MOST_AT_ONCE = 256;

const TABLES = `
  create table bare_wallet (id bigint primary key, balance bigint not null,
    held bigint not null default 0, check (held <= balance)) with (fillfactor = 60);
  create table bare_hold (id uuid primary key, wallet_id bigint not null, amount bigint not null);
  create table bare_call (id uuid primary key, wallet_id bigint not null, charge bigint not null,
    input bigint not null, output bigint not null, latency_ms int not null,
    settled_at timestamptz not null default now())`;

const STATEMENTS = {
  hold: `with held as (
      insert into bare_hold select * from unnest($1::uuid[], $2::bigint[], $3::bigint[])
    )
    update bare_wallet w set held = w.held + s.amount
    from (select u.id, sum(u.amount) as amount
      from unnest($2::bigint[], $3::bigint[]) as u (id, amount) group by u.id) s
    where w.id = s.id`,
  settle: `with settled as (
      insert into bare_call (id, wallet_id, charge, input, output, latency_ms)
      select u.id, u.wallet_id, 700, 120, 80, 900
      from unnest($1::uuid[], $2::bigint[]) as u (id, wallet_id)
    )
    update bare_wallet w set held = w.held - s.held, balance = w.balance - s.charge
    from (select u.id, sum(u.held) as held, count(*) * 700 as charge
      from unnest($2::bigint[], $3::bigint[]) as u (id, held) group by u.id) s
    where w.id = s.id`,
};
const HELD = 1_000;

/** Makes its tables with `wallets` wallets, numbered from 0, and opens its sessions. */
export async function openBareShape(database, wallets) {
  await database.query(TABLES);
  await database.query(
    'insert into bare_wallet select n, 1000000000000 from generate_series(0, $1::int - 1) as n',
    [wallets],
  );
  const connections = await Promise.all(
    Array.from({ length: SESSIONS }, () => database.connection()),
  );
  const lanes = connections.map(createLane);
  const laneOf = (wallet) => lanes[Number(wallet % BigInt(SESSIONS))];
  return {
    hold: (callId, wallet) => laneOf(wallet)('hold', callId, wallet),
    settle: (callId, wallet) => laneOf(wallet)('settle', callId, wallet),
    close: async () => {
      for (const connection of connections) await connection.close();
    },
  };
}

/** What arrives while a batch is under way forms the next one; holds and settlements take turns. */
function createLane(connection) {
  const waiting = { hold: [], settle: [] };
  let isRunning = false;
  const execute = async (kind) => {
    const batch = waiting[kind].splice(0, MOST_AT_ONCE);
    if (batch.length === 0) return;
    const ids = `{${batch.map(({ callId }) => callId).join(',')}}`;
    const wallets = `{${batch.map(({ wallet }) => wallet).join(',')}}`;
    const amounts = `{${batch.map(() => HELD).join(',')}}`;
    try {
      await connection.prepared(`bare_${kind}`, STATEMENTS[kind], [ids, wallets, amounts]);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const run = async () => {
    isRunning = true;
    while (waiting.hold.length + waiting.settle.length > 0) {
      await execute('hold');
      await execute('settle');
    }
    isRunning = false;
  };
  return (kind, callId, wallet) =>
    new Promise((resolve, reject) => {
      waiting[kind].push({ callId, wallet, resolve, reject });
      if (!isRunning) void run();
    });
}
