import type { Check } from './verify-checks.ts';

// A counter's window begins at the start that its row carries; what was held since then counts. One
// that reaches back to days that were dropped is long over and cannot be counted any more.
function counterCheck(table: 'wallet' | 'api_key', column: 'wallet_id' | 'key_id'): Check {
  return {
    name: `counters_of_${table}`,
    promise: `The counters of a ${table} are what its holds and calls of the windows add up to.`,
    sql: `
      with counted as (
        select h.${column} as owner_id, h.held_at, coalesce(c.charge, h.amount) as spent,
          case when c.id is null then h.tokens else c.input + c.output + c.cached_input
            + case when c.other is null then 0 else other_tokens(c.other) end end as tokens,
          c.id is null as open
        from hold h left join call c on c.id = h.id and c.leg = h.leg
      ), expected as (
        select o.id,
          count(*) filter (where x.held_at >= o.minute_start) as minute_requests,
          sum(x.tokens) filter (where x.held_at >= o.minute_start) as minute_tokens,
          count(*) filter (where x.held_at < o.minute_start
            and x.held_at >= o.minute_start - interval '1 minute') as previous_minute_requests,
          sum(x.tokens) filter (where x.held_at < o.minute_start
            and x.held_at >= o.minute_start - interval '1 minute') as previous_minute_tokens,
          count(*) filter (where x.held_at >= o.day_start) as day_requests,
          sum(x.tokens) filter (where x.held_at >= o.day_start) as day_tokens,
          sum(x.spent) filter (where x.held_at >= o.day_start) as day_spent,
          count(*) filter (where x.held_at >= o.month_start) as month_requests,
          sum(x.tokens) filter (where x.held_at >= o.month_start) as month_tokens,
          sum(x.spent) filter (where x.held_at >= o.month_start) as month_spent,
          sum(x.spent) as total_spent,
          count(*) filter (where x.open) as open_holds
        from ${table} o join counted x on x.owner_id = o.id group by o.id
      ), compared as (
        select o.id, v.*, case split_part(v.counter, '_', 1)
            when 'previous' then o.minute_start - interval '1 minute'
            when 'minute' then o.minute_start when 'day' then o.day_start
            when 'month' then o.month_start else 'infinity' end as since
        from ${table} o left join expected e on e.id = o.id
        left join (select ${column} as id, sum(charge) as spent from dropped_calls
          group by ${column}) x on x.id = o.id
        cross join lateral (values
          ('minute_requests', coalesce(e.minute_requests, 0), o.minute_requests),
          ('minute_tokens', coalesce(e.minute_tokens, 0), o.minute_tokens),
          ('previous_minute_requests', coalesce(e.previous_minute_requests, 0),
            o.previous_minute_requests),
          ('previous_minute_tokens', coalesce(e.previous_minute_tokens, 0),
            o.previous_minute_tokens),
          ('day_requests', coalesce(e.day_requests, 0), o.day_requests),
          ('day_tokens', coalesce(e.day_tokens, 0), o.day_tokens),
          ('day_spent', coalesce(e.day_spent, 0), o.day_spent),
          ('month_requests', coalesce(e.month_requests, 0), o.month_requests),
          ('month_tokens', coalesce(e.month_tokens, 0), o.month_tokens),
          ('month_spent', coalesce(e.month_spent, 0), o.month_spent),
          ('total_spent', coalesce(e.total_spent, 0) + coalesce(x.spent, 0), o.total_spent),
          ('open_holds', coalesce(e.open_holds, 0), o.open_holds)
        ) as v (counter, expected, found)
      )
      select format('${table} %s %s', id, counter) as subject, expected::text, found::text
      from compared
      where expected <> found and since > (select calls_kept_since()) + interval '1 hour'`,
  };
}

export const COUNTER_CHECKS: readonly Check[] = [
  counterCheck('wallet', 'wallet_id'),
  counterCheck('api_key', 'key_id'),
];
