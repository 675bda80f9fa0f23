// The customers who call: each an account with a wallet, a grant and a key, with limits that are
// checked and counted on every call and never reached.

/** 100 USD in nano-dollars. */
const GRANT = 100_000_000_000_000n;
const NEVER_REACHED = {
  requests_per_minute: '1000000000',
  tokens_per_minute: '1000000000000',
  requests_per_day: '1000000000000',
  tokens_per_day: '1000000000000',
  requests_per_month: '1000000000000',
  tokens_per_month: '1000000000000',
  concurrent_requests: '1000000',
};

/** Makes them on a platform; the texts of their keys, and which limits are on. */
export async function createCallers(rooms, database, { platformSlug, count }) {
  const { tenants, ledger, ids, random } = rooms;
  const [{ id: platformId }] = await database.query('select id from platform where slug = $1', [
    platformSlug,
  ]);
  const keys = await database.transaction(async (tx) => {
    const texts = [];
    for (let n = 0; n < count; n += 1) {
      const account = await tenants.createAccount(tx, ids, {
        platformId,
        externalId: `caller-${n}`,
      });
      await ledger.grantValue(tx, {
        ...{ grantId: ids.rowId(), platformId, walletId: account.walletId, amount: GRANT },
        ...{ source: 'purchase', priority: 0, expiresAt: undefined, reference: `bench-${n}` },
        reason: 'for the bench',
      });
      const accountId = account.id;
      const key = await tenants.createKey(
        tx,
        { ids, random },
        { platformId, accountId, name: 'k' },
      );
      texts.push(key.text);
    }
    return texts;
  });
  return { keys, limits: await setLimits(database) };
}

/** Sets every limit that keys and accounts can have in this version. */
async function setLimits(database) {
  const columns = await database.query(
    `select table_name as owner, column_name as name from information_schema.columns
     where table_schema = current_schema() and table_name in ('api_key', 'account')
       and column_name in ('limits', 'requests_per_minute')`,
  );
  const callers = `select id from account where external_id like 'caller-%'`;
  const limits = [];
  for (const { owner, name } of columns) {
    const value = name === 'limits' ? NEVER_REACHED : Number(NEVER_REACHED.requests_per_minute);
    const column = owner === 'api_key' ? 'account_id' : 'id';
    await database.query(`update ${owner} set ${name} = $1 where ${column} in (${callers})`, [
      value,
    ]);
    const names = name === 'limits' ? Object.keys(NEVER_REACHED) : [name];
    limits.push(`${owner === 'api_key' ? 'key' : 'account'}: ${names.join(', ')}`);
  }
  return limits;
}
