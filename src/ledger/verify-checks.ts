/**
 * What must be true of the books at any instant. Each query names every row that breaks its
 * promise: subject, what it should be, what it is. All run in one snapshot.
 */
export interface Check {
  readonly name: string;
  readonly promise: string;
  readonly sql: string;
}

const OPEN_HOLDS = `select h.* from hold h left join call c on c.id = h.id and c.leg = h.leg
  where c.id is null`;

export const CHECKS: readonly Check[] = [
  {
    name: 'entries_sum_to_zero',
    promise: 'The entries of each unit sum to zero.',
    sql: `select format('unit %s of platform %s', unit, platform_id) as subject,
        '0' as expected, sum(amount)::text as found
      from entry group by platform_id, unit having sum(amount) <> 0`,
  },
  {
    name: 'balance_is_entries',
    promise: "A wallet's balance is the sum of its entries.",
    sql: `select format('wallet %s', w.id) as subject, coalesce(e.total, 0)::text as expected,
        w.balance::text as found
      from wallet w
      left join (select wallet_id, sum(amount) as total from (
          select wallet_id, amount from entry where wallet_id is not null
          union all select wallet_id, -charge from dropped_calls) a
        group by wallet_id) e on e.wallet_id = w.id
      where w.balance <> coalesce(e.total, 0)`,
  },
  {
    name: 'versions_are_gapless',
    promise: "A wallet's movements are numbered 1 to its version, each once.",
    // As many as the version, each once, and together as much: of those dropped none is missing.
    sql: `select format('wallet %s', w.id) as subject,
        format('versions 1 to %s', w.version) as expected,
        format('%s movements, %s versions, %s to %s, %s dropped', coalesce(e.n, 0),
          coalesce(e.d, 0), e.low, e.high, coalesce(x.n, 0)) as found
      from wallet w
      left join (select wallet_id, count(*) as n, count(distinct version) as d,
          min(version) as low, max(version) as high, sum(version) as total
        from entry where wallet_id is not null group by wallet_id) e on e.wallet_id = w.id
      left join (select wallet_id, sum(movements) as n, sum(versions) as total
        from dropped_calls group by wallet_id) x on x.wallet_id = w.id
      where coalesce(e.n, 0) <> coalesce(e.d, 0) or coalesce(e.low, 1) < 1
        or coalesce(e.high, 0) > w.version
        or coalesce(e.n, 0) + coalesce(x.n, 0) <> w.version
        or coalesce(e.total, 0) + coalesce(x.total, 0) <> w.version::numeric * (w.version + 1) / 2`,
  },
  {
    name: 'held_is_open_holds',
    promise: "A wallet's held value and number of open holds are those of its open holds.",
    sql: `select format('wallet %s', w.id) as subject,
        format('%s in %s holds', coalesce(o.amount, 0), coalesce(o.n, 0)) as expected,
        format('%s in %s holds', w.held, w.open_holds) as found
      from wallet w
      left join (select wallet_id, sum(amount) as amount, count(*) as n from (${OPEN_HOLDS}) h
        group by wallet_id) o on o.wallet_id = w.id
      where w.held <> coalesce(o.amount, 0) or w.open_holds <> coalesce(o.n, 0)`,
  },
  {
    name: 'grants_are_balance',
    promise:
      "What remains of a wallet's grants, less what they have still to give, is its balance.",
    sql: `select format('wallet %s', w.id) as subject, w.balance::text as expected,
        (coalesce(g.remaining, 0) - w.undrawn)::text as found
      from wallet w
      left join (select wallet_id, sum(remaining) as remaining from wallet_grant
        group by wallet_id) g on g.wallet_id = w.id
      where w.balance <> coalesce(g.remaining, 0) - w.undrawn`,
  },
  {
    name: 'pinned_is_known',
    promise:
      'A wallet knows whether expired grants of it are kept for holds; those it draws at once.',
    sql: `select format('wallet %s', w.id) as subject,
        format('pinned %s, nothing undrawn', g.pinned) as expected,
        format('pinned %s, undrawn %s', w.has_pinned, w.undrawn) as found
      from wallet w
      cross join lateral (select exists (select from wallet_grant o where o.wallet_id = w.id
        and not o.closed and o.pinned is not null) as pinned) g
      where w.has_pinned <> g.pinned or (w.has_pinned and w.undrawn > 0)`,
  },
  {
    name: 'grant_is_its_transfer',
    promise: 'A grant was given by exactly one transfer of its amount, and is open while it lasts.',
    sql: `select format('grant %s', g.id) as subject, g.granted::text as expected,
        coalesce(string_agg(t.amount::text, ', '), 'no transfer') as found
      from wallet_grant g
      left join transfer t on t.grant_id = g.id and t.kind in ('grant', 'merge')
        and t.to_wallet_id = g.wallet_id
      group by g.id
      having count(t.id) <> 1 or min(t.amount) <> g.granted
        or (g.remaining = 0) <> g.closed and g.pinned is null`,
  },
  {
    name: 'expired_is_broken_once',
    promise: 'What an expired grant lost went to breakage, no more than it had.',
    sql: `select format('grant %s', g.id) as subject,
        format('at most %s to breakage, after expiry', g.granted - g.remaining) as expected,
        format('%s, expires %s', sum(t.amount), least(g.expires_at, g.ended_at)) as found
      from wallet_grant g join transfer t on t.grant_id = g.id and t.kind = 'expiry'
      group by g.id
      having sum(t.amount) > g.granted - g.remaining or min(t.at) < least(g.expires_at, g.ended_at)
        or least(g.expires_at, g.ended_at) is null`,
  },
  {
    name: 'pinned_is_open',
    promise: 'An expired grant is kept for no more than the holds that were open at its expiry.',
    sql: `select format('grant %s', g.id) as subject,
        coalesce(sum(h.amount), 0)::text as expected, g.pinned::text as found
      from wallet_grant g
      left join (${OPEN_HOLDS}) h on h.wallet_id = g.wallet_id
        and h.held_at < least(g.expires_at, g.ended_at)
      where g.pinned is not null and not g.closed
      group by g.id having g.pinned > coalesce(sum(h.amount), 0)`,
  },
  {
    name: 'movements_have_their_sides',
    promise: 'A movement goes between the sides that its kind has.',
    sql: `select format('transfer %s', id) as subject, case kind
          when 'grant' then 'into a wallet' when 'merge' then 'from a wallet to a wallet'
          else 'out of a wallet' end as expected,
        format('%s, from %s to %s', kind,
          coalesce(from_system, format('wallet %s', from_wallet_id)),
          coalesce(to_system, format('wallet %s', to_wallet_id))) as found
      from transfer
      where kind = 'grant' and (from_system is null or to_wallet_id is null or grant_id is null)
        or kind = 'merge' and (from_wallet_id is null or to_wallet_id is null or grant_id is null)
        or kind = 'expiry' and (from_wallet_id is null or to_system <> 'breakage')
        or kind = 'adjustment' and (from_wallet_id is null or to_system is null)`,
  },
  {
    name: 'next_change_is_known',
    promise: 'A wallet knows when the next of its grants expires.',
    sql: `select format('wallet %s', w.id) as subject, coalesce(g.at::text, 'never') as expected,
        coalesce(w.next_change_at::text, 'never') as found
      from wallet w
      left join (select wallet_id, min(expires_at) as at from wallet_grant
        where not closed and pinned is null group by wallet_id) g on g.wallet_id = w.id
      where g.at < w.next_change_at or (w.next_change_at is null and g.at is not null)`,
  },
  {
    name: 'call_resolves_its_hold',
    promise:
      'A call is the resolution of a hold of its own: same wallet, key, product, price, amount.',
    sql: `select format('call %s leg %s', c.id, c.leg) as subject,
        format('%s', (h.platform_id, h.account_id, h.wallet_id, h.key_id, h.product_id, h.price_id,
          h.amount, h.held_at)) as expected,
        format('%s', (c.platform_id, c.account_id, c.wallet_id, c.key_id, c.product_id, c.price_id,
          c.held, c.held_at)) as found
      from call c left join hold h on h.id = c.id and h.leg = c.leg
      where h.id is null or (h.platform_id, h.account_id, h.wallet_id, h.product_id, h.price_id,
          h.amount, h.held_at)
        is distinct from (c.platform_id, c.account_id, c.wallet_id, c.product_id, c.price_id,
          c.held, c.held_at)
        or h.key_id is distinct from c.key_id`,
  },
  {
    name: 'charge_is_price',
    promise: 'A call is charged its price; only a price above its hold may be charged in part.',
    sql: `select format('call %s leg %s', id, leg) as subject, price::text as expected,
        charge::text as found
      from call where charge <> price and (price <= held or charge < held)`,
  },
  {
    name: 'dead_holds_are_resolved',
    promise: 'No hold stays open over 60 s after its process lost its lease.',
    sql: `select format('hold %s leg %s', h.id, h.leg) as subject, 'resolved' as expected,
        format('open, replica %s ended %s', r.id, least(r.lease_until, r.ended_at)) as found
      from (${OPEN_HOLDS}) h left join replica r on r.id = h.replica_id
      where r.id is null or (least(r.lease_until, coalesce(r.ended_at, r.lease_until))
          < clock_timestamp() - interval '60 seconds'
        and pg_postmaster_start_time() < clock_timestamp() - interval '90 seconds')`,
  },
  {
    name: 'tenants_are_apart',
    promise: "A movement's wallet and account belong to the movement's platform.",
    sql: `select format('%s %s', m.kind, m.id) as subject,
        format('platform %s', w.platform_id) as expected,
        format('platform %s, account %s', m.platform_id, m.account_id) as found
      from (select 'call' as kind, id::text, platform_id, account_id, wallet_id from call
        union all select 'hold', id::text, platform_id, account_id, wallet_id from hold) m
      left join wallet w on w.id = m.wallet_id
      where w.id is null or w.platform_id <> m.platform_id or w.account_id <> m.account_id`,
  },
  {
    name: 'lost_is_expired',
    promise: 'Lost value belongs to one leg of a call whose hold had expired, once.',
    sql: `select format('transfer %s', t.id) as subject, 'an expired call' as expected,
        format('%s for %s', coalesce(c.outcome, 'no call'), t.reference) as found
      from transfer t left join call c on c.id = t.call_id
        and t.reference = format('lost:%s:%s', c.id, c.leg)
      where t.kind = 'lost' and c.outcome is distinct from 'expired'
        and (t.call_id is null or call_started_at(t.call_id) >= (select calls_kept_since()))`,
  },
  {
    name: 'month_usage_is_its_calls',
    promise: 'What an account used in a month is what its calls at tiered prices add, one by one.',
    sql: `select format('account %s, product %s, month %s', account_id, product_id, month_start)
          as subject, expected, found
      from (select m.*, format('%s calls, %s', m.calls, m.quantities) as found,
          coalesce((select format('%s calls, %s', t.ordinal, t.used_after) from tiered_call t
            where (t.platform_id, t.account_id, t.product_id, t.month_start)
              = (m.platform_id, m.account_id, m.product_id, m.month_start)
            order by t.ordinal desc limit 1),
            case when m.calls = 0 then '0 calls, {}' else found_none.text end) as expected
        from month_usage m cross join lateral (select format('%s calls, %s', m.calls, m.quantities)
          as text) found_none) s
      where expected <> found
      union all
      select format('call %s leg %s', id, leg), format('call %s after %s', before_ordinal + 1,
          before_used), format('call %s after %s', ordinal, used_before)
      from (select t.*, lag(t.ordinal, 1, t.ordinal - 1) over w as before_ordinal,
          coalesce(lag(t.used_after) over w, case t.ordinal when 1 then '{}' else t.used_before end)
            as before_used
        from tiered_call t
        window w as (partition by platform_id, account_id, product_id, month_start
          order by ordinal)) c
      where ordinal <> before_ordinal + 1 or used_before <> before_used
      union all
      select format('call %s leg %s', t.id, t.leg), 'a settled call', coalesce(c.outcome, 'none')
      from tiered_call t left join call c on c.id = t.id and c.leg = t.leg
      where c.outcome is distinct from 'settled'`,
  },
  {
    name: 'units_agree',
    promise: 'A movement and its wallets have one unit, and so have a call and its price.',
    sql: `select format('transfer %s', t.id) as subject, t.unit as expected, w.unit as found
      from transfer t join wallet w on w.id in (t.from_wallet_id, t.to_wallet_id)
      where w.unit <> t.unit
      union all
      select format('hold %s leg %s', h.id, h.leg), p.unit, w.unit
      from hold h join wallet w on w.id = h.wallet_id left join price p on p.id = h.price_id
      where w.unit is distinct from p.unit`,
  },
];
