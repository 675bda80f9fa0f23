import type { Check } from './verify-checks.ts';

// The reference of a transfer that gave an allowance: wallet, plan, kind of window, its start.
const GIVEN = `select g.*, split_part(t.reference, ':', 2)::bigint as of_wallet,
    split_part(t.reference, ':', 3)::bigint as plan_id, split_part(t.reference, ':', 4) as per,
    'epoch'::timestamptz
      + split_part(t.reference, ':', 5)::bigint * interval '1 microsecond' as window_start
  from transfer t join wallet_grant g on g.id = t.grant_id
  where t.kind = 'grant' and t.reference like 'allowance:%'`;

/** What plans give: for each window at most once, in that window, for that window. */
export const ALLOWANCE_CHECKS: readonly Check[] = [
  {
    name: 'allowance_is_of_its_window',
    promise: 'An allowance was given once for its window, within it, and lasts until its end.',
    sql: `select format('grant %s', id) as subject,
        format('wallet %s from %s, before the next window', of_wallet, window_start) as expected,
        format('wallet %s at %s until %s, the next from %s', wallet_id, created_at, expires_at,
          next_start) as found
      from (select *, lead(window_start) over (partition by of_wallet, plan_id, per
          order by window_start) as next_start from (${GIVEN}) a) w
      where wallet_id <> of_wallet or source <> 'allowance'
        or created_at < window_start
        or expires_at <= created_at
        -- The periods of an account are counted anew when it begins anew: spent ones may overlap.
        or (coalesce(ended_at, expires_at) > next_start and (per <> 'period' or not closed))
        or (expires_at is null) <> (per = 'once') or (per = 'once' and next_start is not null)`,
  },
  {
    name: 'allowance_is_known',
    promise: 'A wallet knows which allowance of each kind it was given last.',
    sql: `select format('wallet %s', a.wallet_id) as subject,
        format('%s of plan %s from %s', a.per, a.plan_id, a.window_start) as expected,
        format('grant %s, %s of plan %s from %s', a.grant_id, g.per, g.plan_id, g.window_start)
          as found
      from wallet_allowance a left join (${GIVEN}) g on g.id = a.grant_id
      where (g.wallet_id, g.per, g.plan_id, g.window_start)
        is distinct from (a.wallet_id, a.per, a.plan_id, a.window_start)`,
  },
  {
    name: 'ended_is_over',
    promise: 'A grant that ended before its time is drawn no more, and ended while it lived.',
    sql: `select format('grant %s', id) as subject, 'a grant that is not open' as expected,
        format('%s, pinned %s, ended %s', source, pinned, ended_at) as found
      from wallet_grant where ended_at is not null
        and (pinned is null or ended_at < created_at or ended_at >= expires_at)`,
  },
];
