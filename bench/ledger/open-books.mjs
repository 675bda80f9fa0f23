// Books to measure on: a migrated database with one platform that sells one product, and customers
// made in bulk, each with a wallet, a key and its grants. Their account, wallet and key share one
// id, so that whoever calls is one number. The rows are those that grant_value would have written
// one by one; the verification at the end of each part says whether they are.
import { connect, databasePid, describeDatabase } from '../machine/database-server.mjs';

/** 1,000 USD in nano-dollars. */
const GRANT = 1_000_000_000_000n;
/** Rows made by one statement. */
const AT_ONCE = 100_000;

/** Opens an empty database as the product's: schema, functions, platform, product and price. */
export async function openBooks(rooms, address) {
  const database = connect(rooms, address);
  await rooms.db.migrate(database, rooms.schemaFiles);
  const sold = await createPlatform(rooms, database);
  const about = await describeDatabase(database);
  return { ...sold, database, about, databasePid: await databasePid(database) };
}

async function createPlatform({ ids }, database) {
  const [platformId, productId, priceId] = Array.from({ length: 3 }, () => ids.rowId());
  await database.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit)
       values ($1, 'bench', 'Bench', 'sk-fb-', 'USD')`,
      [platformId],
    );
    await tx.query(`insert into unit values ($1, 'USD', 9)`, [platformId]);
    await tx.query(
      `insert into product (id, platform_id, slug, kind, name) values ($1, $2, 'm', 'chat', 'M')`,
      [productId, platformId],
    );
    await tx.query(
      `insert into price (id, platform_id, product_id, unit, version)
       values ($1, $2, $3, 'USD', 1)`,
      [priceId, platformId, productId],
    );
  });
  return { platformId, productId, priceId };
}

/**
 * Makes `count` customers; the id of the first, the others follow it. Each has one grant, or with
 * `grants: 3` three that are all live: of the same priority, two of them expiring next year.
 */
export async function createCustomers({ ids }, { database, platformId }, { count, grants = 1 }) {
  const first = ids.rowId();
  for (let from = 0; from < count; from += AT_ONCE) {
    const rows = [platformId, first + BigInt(from), Math.min(AT_ONCE, count - from)];
    await database.transaction((tx) => insertCustomers(tx, rows, grants));
  }
  return first;
}

async function insertCustomers(tx, rows, grants) {
  const many = `generate_series($2::bigint, $2::bigint + $3::int - 1) as n`;
  await tx.query(
    `insert into account (id, platform_id, external_id, name)
     select n, $1, n::text, 'Customer' from ${many}`,
    rows,
  );
  await tx.query(
    `insert into wallet (id, platform_id, account_id, unit, balance, version, next_change_at)
     select n, $1, n, 'USD', ${BigInt(grants) * GRANT}, ${grants},
        ${grants > 1 ? expiry(1) : 'null'}
     from ${many}`,
    rows,
  );
  await tx.query(
    `insert into api_key (id, platform_id, account_id, hash, preview, name)
     select n, $1, n, sha256(n::text::bytea), 'sk-fb', 'key' from ${many}`,
    rows,
  );
  for (let grant = 0; grant < grants; grant += 1) {
    await tx.query(
      `insert into wallet_grant (id, platform_id, wallet_id, source, granted, remaining, expires_at)
       select n * 4 + ${grant}, $1, n, 'purchase', ${GRANT}, ${GRANT},
         ${grant === 0 ? 'null' : expiry(grant)} from ${many}`,
      rows,
    );
    await tx.query(
      `insert into transfer (platform_id, unit, kind, amount, from_system, to_wallet_id,
         to_wallet_version, grant_id, reference, at)
       select $1, 'USD', 'grant', ${GRANT}, 'issued', n, ${grant + 1}, n * 4 + ${grant},
         'bench:' || n || ':${grant}', now() from ${many}`,
      rows,
    );
  }
}

/** When the nth grant of a customer expires: all of one transaction have one "now". */
const expiry = (nth) => `now() + interval '${300 + nth} days'`;
