/** Reads of one platform's books ($1), in the names that the replay gave to accounts and keys. */

const NAMES = `m.id, account.external_id as account, owner.external_id as wallet,
  holder.external_id || ' ' || api_key.name as key, product.slug as model`;

const NAMED = `left join account on account.id = m.account_id
  left join wallet on wallet.id = m.wallet_id
  left join account owner on owner.id = wallet.account_id
  left join api_key on api_key.id = m.key_id
  left join account holder on holder.id = api_key.account_id
  left join product on product.id = m.product_id`;

export const HOLDS = `select ${NAMES}, m.amount from hold m ${NAMED} where m.platform_id = $1`;

const micros = (column: string) => `(extract(epoch from m.${column}) * 1000000)::bigint`;

export const CALLS = `
  select ${NAMES}, m.outcome, m.status, m.streamed, m.estimated, m.held, m.price, m.charge,
    m.input, m.cached_input as "cachedInput", m.output, m.other, m.error_code as "errorCode",
    ${micros('held_at')} as "heldAt", ${micros('settled_at')} as "settledAt"
  from call m ${NAMED} where m.platform_id = $1`;

export const CALL_ENTRIES = `
  select call_id as id,
    coalesce(sum(amount) filter (where wallet_id is not null), 0)::bigint as wallet,
    coalesce(sum(amount) filter (where system = 'usage'), 0)::bigint as usage,
    coalesce(sum(amount) filter (where system <> 'usage'), 0)::bigint as rest
  from entry where platform_id = $1 and call_id is not null group by call_id`;

export const WALLETS = `
  select account.external_id as account, w.unit, w.balance, w.held, w.version,
    w.total_spent as "totalSpent", w.open_holds as "openHolds",
    coalesce(e.total, 0)::bigint as entries
  from wallet w join account on account.id = w.account_id
  left join (select wallet_id, sum(amount) as total from entry
    where platform_id = $1 and wallet_id is not null group by wallet_id) e on e.wallet_id = w.id
  where w.platform_id = $1`;

export const GRANTS = `
  select account.external_id as account, g.source, g.granted, coalesce(s.remaining, 0) as remaining
  from wallet_grant g left join wallet w on w.id = g.wallet_id
  left join open_grant s on s.wallet_id = g.wallet_id and s.id = g.id
  left join account on account.id = w.account_id
  where g.platform_id = $1`;

export const TRANSFERS = `
  select t.reference, t.kind, t.amount,
    coalesce(t.from_system, giver.external_id) as "from",
    coalesce(t.to_system, taker.external_id) as "to"
  from transfer t
  left join wallet f on f.id = t.from_wallet_id left join account giver on giver.id = f.account_id
  left join wallet w on w.id = t.to_wallet_id left join account taker on taker.id = w.account_id
  where t.platform_id = $1`;

export const KEYS = `
  select account.external_id || ' ' || k.name as key, k.total_spent as "totalSpent",
    k.open_holds as "openHolds"
  from api_key k join account on account.id = k.account_id where k.platform_id = $1`;

export const TOTALS = `
  select coalesce(product.slug, account.external_id, 'all') as of, count(*) as calls,
    sum(m.price)::bigint as price, sum(m.charge)::bigint as charge
  from call m join product on product.id = m.product_id join account on account.id = m.account_id
  where m.platform_id = $1
  group by grouping sets ((product.slug), (account.external_id), ())`;

export const SYSTEM_ENTRIES = `
  select system as account, sum(amount)::bigint as amount
  from entry where platform_id = $1 and system is not null group by system`;
