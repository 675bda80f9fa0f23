// The customers who call: each an account with a wallet, a grant and a key. Account and key have
// limits of requests, tokens and concurrency that are checked on every call and never reached.
import { PACED_MODEL, PATH, requestBody } from './requests.mjs';

/** 100,000 USD in nano-dollars. */
const GRANT = 100_000_000_000_000n;
const NEVER_REACHED = 10n ** 14n;

/** Every limit there is but those of money, by name. */
function allLimits({ ledger }) {
  const names = ledger.LIMIT_NAMES.filter((name) => !ledger.isBudget(name));
  return Object.fromEntries(names.map((name) => [name, NEVER_REACHED]));
}

/** Makes `count` callers on a platform; the texts of their keys, and the names of their limits. */
export async function createCallers(rooms, database, { platformSlug, count }) {
  const platform = await rooms.tenants.findPlatform(database, platformSlug);
  const limits = allLimits(rooms);
  const keys = await database.transaction(async (tx) => {
    const texts = [];
    for (let n = 0; n < count; n += 1) {
      const externalId = `caller-${n}`;
      texts.push(await createCaller(rooms, tx, platform.id, { externalId, key: limits, limits }));
    }
    return texts;
  });
  return { keys, limits: Object.keys(limits) };
}

/**
 * Makes one account that is refused all the time, with `count` keys: without money, or with a limit
 * of one call a minute. The texts of its keys.
 */
export async function createRefused(rooms, database, { platformSlug, kind, count }) {
  const { tenants, ids, random } = rooms;
  const { id: platformId } = await rooms.tenants.findPlatform(database, platformSlug);
  const limits = { ...allLimits(rooms), requests_per_minute: 1n };
  return database.transaction(async (tx) => {
    const externalId = `refused-${kind}-${count}`;
    const account = await tenants.createAccount(tx, ids, { platformId, externalId });
    const accountId = account.id;
    if (kind === 'limited') {
      await give(rooms, tx, { platformId, walletId: account.walletId, externalId });
      await tenants.changeAccountLimits(tx, platformId, accountId, limits);
    }
    const keys = [];
    for (let n = 0; n < count; n += 1) {
      const key = { platformId, accountId, name: `key ${n}`, limits: allLimits(rooms) };
      keys.push((await tenants.createKey(tx, { ids, random }, key)).text);
    }
    return keys;
  });
}

/** One of them: `limits` are the account's, `key` those of its key. The text of the key. */
async function createCaller(rooms, tx, platformId, { externalId, key, limits }) {
  const { tenants, ids, random } = rooms;
  const account = await tenants.createAccount(tx, ids, { platformId, externalId });
  const accountId = account.id;
  await tenants.changeAccountLimits(tx, platformId, accountId, limits);
  await give(rooms, tx, { platformId, walletId: account.walletId, externalId });
  const made = { ids, random };
  const name = 'key';
  return (await tenants.createKey(tx, made, { platformId, accountId, name, limits: key })).text;
}

const give = ({ ledger, ids }, tx, { platformId, walletId, externalId }) =>
  ledger.grantValue(tx, {
    ...{ grantId: ids.rowId(), platformId, walletId, amount: GRANT },
    ...{ source: 'purchase', priority: 0, expiresAt: undefined, reference: externalId },
    reason: 'for the bench',
  });

/**
 * Throws unless a limit of a key and one of an account refuse a call once they are used up. Answers
 * with the number of calls that were admitted.
 */
export async function checkLimits(rooms, database, { platformSlug, port }) {
  const platform = await rooms.tenants.findPlatform(database, platformSlug);
  const used = { ...allLimits(rooms), requests_per_day: 1n };
  const owners = {
    key: { key: used, limits: allLimits(rooms) },
    account: { key: allLimits(rooms), limits: used },
  };
  let admitted = 0;
  for (const [owner, limits] of Object.entries(owners)) {
    const externalId = `limited-${owner}`;
    const key = await database.transaction((tx) =>
      createCaller(rooms, tx, platform.id, { externalId, ...limits }),
    );
    const statuses = [await call(port, key), await call(port, key)];
    if (statuses.join() !== '200,429') {
      throw new Error(`limits of the ${owner} are off: two calls got ${statuses.join(' and ')}`);
    }
    admitted += 1;
  }
  return admitted;
}

async function call(port, key) {
  const response = await fetch(`http://127.0.0.1:${port}${PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: requestBody({ model: PACED_MODEL, stream: false }),
  });
  await response.arrayBuffer();
  return response.status;
}
