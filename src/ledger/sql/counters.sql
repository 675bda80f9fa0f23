-- The counters of a key (columns of api_key) and of an account (columns of its wallet). Which
-- counters there are is this fixed list; 'minute' slides (the minute before counts in proportion to
-- what of it still lies within 60 seconds), day and month are windows of the platform's time zone.

-- When the 'day' or 'month' of p_at began there. Where the clocks go back to midnight, it comes twice,
-- and date_trunc names the second: by then the day has begun an hour ago.
drop function if exists window_start;
create function window_start(p_window text, p_at timestamptz, p_zone text) returns timestamptz
language sql stable as $$
  select date_trunc(p_window, p_at, p_zone) - case
    when date_trunc(p_window, date_trunc(p_window, p_at, p_zone) - interval '1 hour', p_zone)
      = date_trunc(p_window, p_at, p_zone) then interval '1 hour' else interval '0' end
$$;

drop function if exists sliding_minute;
create function sliding_minute(
  p_start timestamptz, p_minute timestamptz, p_left_us bigint, p_current bigint,
  p_previous bigint
) returns bigint language sql stable as $$
  select case
    when p_start >= p_minute then p_current + (p_previous * p_left_us + 59999999) / 60000000
    when p_start = p_minute - interval '1 minute'
      then (p_current * p_left_us + 59999999) / 60000000
    else 0 end
$$;

drop function if exists claim_slots;
create function claim_slots(
  p_row int[], p_counter text[], p_wallet bigint[], p_key bigint[]
) returns table (ord bigint, slot int, counter text, of_key boolean, owner_id bigint)
language sql immutable as $$
  select u.ord, dense_rank() over (order by u.counter, o.owner_id)::int, u.counter,
    o.of_key, o.owner_id
  from unnest(p_row, p_counter) with ordinality as u (row_no, counter, ord)
  cross join lateral (select u.counter like 'key.%' as of_key, case when u.counter like 'key.%'
    then p_key[u.row_no] else p_wallet[u.row_no] end as owner_id) o
$$;

-- What each claimed counter stands at at the instant p_now, one row a slot.
drop function if exists counters_used;
create function counters_used(
  p_now timestamptz, p_row int[], p_counter text[], p_wallet bigint[], p_key bigint[]
) returns table (slot int, used bigint)
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select s.slot, case substr(s.counter, strpos(s.counter, '.') + 1)
    when 'minute.requests' then sliding_minute(r.minute_start, m.minute, m.left_us,
      r.minute_requests, r.previous_minute_requests)
    when 'minute.tokens' then sliding_minute(r.minute_start, m.minute, m.left_us,
      r.minute_tokens, r.previous_minute_tokens)
    when 'day.requests' then case when r.day_start >= d.day then r.day_requests else 0 end
    when 'day.tokens' then case when r.day_start >= d.day then r.day_tokens else 0 end
    when 'day.spent' then case when r.day_start >= d.day then r.day_spent else 0 end
    when 'month.requests' then case when r.month_start >= d.month then r.month_requests else 0 end
    when 'month.tokens' then case when r.month_start >= d.month then r.month_tokens else 0 end
    when 'month.spent' then case when r.month_start >= d.month then r.month_spent else 0 end
    when 'total.spent' then r.total_spent
    when 'open.requests' then r.open_holds
    end
  from (select distinct slot, counter, of_key, owner_id
    from claim_slots(p_row, p_counter, p_wallet, p_key)) s
  cross join (select b.minute,
      60000000 - extract(microseconds from p_now)::bigint as left_us
    from (select date_bin('1 minute', p_now, 'epoch') as minute) b) m
  left join lateral (
    select platform_id, minute_start, day_start, month_start, minute_requests, minute_tokens,
      previous_minute_requests, previous_minute_tokens, day_requests, day_tokens, day_spent,
      month_requests, month_tokens, month_spent, total_spent, open_holds
      from api_key a where s.of_key and a.id = s.owner_id
    union all
    select platform_id, minute_start, day_start, month_start, minute_requests, minute_tokens,
      previous_minute_requests, previous_minute_tokens, day_requests, day_tokens, day_spent,
      month_requests, month_tokens, month_spent, total_spent, open_holds
      from wallet w where not s.of_key and w.id = s.owner_id
  ) r on true
  left join platform p on p.id = r.platform_id
  cross join lateral (select window_start('day', p_now, p.time_zone) as day,
    window_start('month', p_now, p.time_zone) as month) d;
end $$;

-- Adds a batch of admitted holds to the wallets' held value and to all counters of keys and wallets.
drop function if exists count_holds;
create function count_holds(
  p_now timestamptz, p_platform bigint[], p_wallet bigint[], p_key bigint[], p_tokens bigint[],
  p_granted bigint[], p_outcome text[]
) returns void language plpgsql as $$
declare
  v_minute constant timestamptz := date_bin('1 minute', p_now, 'epoch');
begin
  update wallet w set
    held = w.held + s.amount,
    open_holds = w.open_holds + s.requests,
    minute_start = greatest(w.minute_start, v_minute),
    minute_requests = case when w.minute_start >= v_minute then w.minute_requests else 0 end
      + s.requests,
    minute_tokens = case when w.minute_start >= v_minute then w.minute_tokens else 0 end + s.tokens,
    previous_minute_requests = case when w.minute_start >= v_minute then w.previous_minute_requests
      when w.minute_start = v_minute - interval '1 minute' then w.minute_requests else 0 end,
    previous_minute_tokens = case when w.minute_start >= v_minute then w.previous_minute_tokens
      when w.minute_start = v_minute - interval '1 minute' then w.minute_tokens else 0 end,
    day_start = greatest(w.day_start, s.day),
    day_requests = case when w.day_start >= s.day then w.day_requests else 0 end + s.requests,
    day_tokens = case when w.day_start >= s.day then w.day_tokens else 0 end + s.tokens,
    day_spent = case when w.day_start >= s.day then w.day_spent else 0 end + s.amount,
    month_start = greatest(w.month_start, s.month),
    month_requests = case when w.month_start >= s.month then w.month_requests else 0 end
      + s.requests,
    month_tokens = case when w.month_start >= s.month then w.month_tokens else 0 end + s.tokens,
    month_spent = case when w.month_start >= s.month then w.month_spent else 0 end + s.amount,
    total_spent = w.total_spent + s.amount
  from held_by(p_now, p_platform, p_wallet, p_tokens, p_granted, p_outcome) s
  where w.id = s.id;
  update api_key w set
    open_holds = w.open_holds + s.requests,
    minute_start = greatest(w.minute_start, v_minute),
    minute_requests = case when w.minute_start >= v_minute then w.minute_requests else 0 end
      + s.requests,
    minute_tokens = case when w.minute_start >= v_minute then w.minute_tokens else 0 end + s.tokens,
    previous_minute_requests = case when w.minute_start >= v_minute then w.previous_minute_requests
      when w.minute_start = v_minute - interval '1 minute' then w.minute_requests else 0 end,
    previous_minute_tokens = case when w.minute_start >= v_minute then w.previous_minute_tokens
      when w.minute_start = v_minute - interval '1 minute' then w.minute_tokens else 0 end,
    day_start = greatest(w.day_start, s.day),
    day_requests = case when w.day_start >= s.day then w.day_requests else 0 end + s.requests,
    day_tokens = case when w.day_start >= s.day then w.day_tokens else 0 end + s.tokens,
    day_spent = case when w.day_start >= s.day then w.day_spent else 0 end + s.amount,
    month_start = greatest(w.month_start, s.month),
    month_requests = case when w.month_start >= s.month then w.month_requests else 0 end
      + s.requests,
    month_tokens = case when w.month_start >= s.month then w.month_tokens else 0 end + s.tokens,
    month_spent = case when w.month_start >= s.month then w.month_spent else 0 end + s.amount,
    total_spent = w.total_spent + s.amount
  from held_by(p_now, p_platform, p_key, p_tokens, p_granted, p_outcome) s
  where w.id = s.id;
end $$;

-- Sums the admitted legs of a batch by wallet or key, with the day and month they fall in.
drop function if exists held_by;
create function held_by(
  p_now timestamptz, p_platform bigint[], p_id bigint[], p_tokens bigint[], p_granted bigint[],
  p_outcome text[]
) returns table (id bigint, amount bigint, requests bigint, tokens bigint,
  day timestamptz, month timestamptz)
language sql stable as $$
  select u.id, sum(u.granted)::bigint, count(*), sum(u.tokens)::bigint,
    window_start('day', p_now, min(p.time_zone)), window_start('month', p_now, min(p.time_zone))
  from unnest(p_platform, p_id, p_tokens, p_granted, p_outcome)
    as u (platform_id, id, tokens, granted, outcome)
  join platform p on p.id = u.platform_id
  where u.outcome = 'held' and u.id <> 0
  group by u.id
$$;

-- The legs that a batch resolves, each with the windows it was counted in and its corrections;
-- the owner is a wallet or a key, 0 where a leg has no key.
drop function if exists resolved_holds;
create function resolved_holds(
  p_owner bigint[], p_platform bigint[], p_result text[], p_held bigint[], p_charge bigint[],
  p_tokens bigint[], p_hold_tokens bigint[], p_held_at timestamptz[]
) returns table (owner_id bigint, held bigint, charge bigint, tokens bigint, spent bigint,
  minute timestamptz, day timestamptz, month timestamptz)
language sql stable as $$
  select u.owner_id, u.held, u.charge, u.tokens - u.hold_tokens, u.charge - u.held,
    date_bin('1 minute', u.held_at, 'epoch'), window_start('day', u.held_at, p.time_zone),
    window_start('month', u.held_at, p.time_zone)
  from unnest(p_owner, p_platform, p_result, p_held, p_charge, p_tokens, p_hold_tokens, p_held_at)
    as u (owner_id, platform_id, result, held, charge, tokens, hold_tokens, held_at)
  join platform p on p.id = u.platform_id
  where u.result = 'new' and u.owner_id <> 0
$$;

-- Corrects the counters when holds are resolved: tokens and spent from what was set aside to what it
-- was, in the very windows the hold was counted in, if they are still the current ones.
-- (A wallet's counters are corrected in settle_batch, in the one update of its row.)
drop function if exists correct_key_counters;
create function correct_key_counters(
  p_key bigint[], p_platform bigint[], p_result text[], p_held bigint[], p_charge bigint[],
  p_tokens bigint[], p_hold_tokens bigint[], p_held_at timestamptz[]
) returns void language plpgsql as $$
begin
  update api_key w set
    open_holds = w.open_holds - s.holds,
    minute_tokens = w.minute_tokens + s.minute_tokens,
    previous_minute_tokens = w.previous_minute_tokens + s.previous_minute_tokens,
    day_tokens = w.day_tokens + s.day_tokens,
    day_spent = w.day_spent + s.day_spent,
    month_tokens = w.month_tokens + s.month_tokens,
    month_spent = w.month_spent + s.month_spent,
    total_spent = w.total_spent + s.spent
  from (
    select o.id, count(*) as holds, sum(d.spent)::bigint as spent,
      coalesce(sum(d.tokens) filter (where d.minute = o.minute_start), 0)::bigint as minute_tokens,
      coalesce(sum(d.tokens) filter (where d.minute = o.minute_start - interval '1 minute'), 0)
        ::bigint as previous_minute_tokens,
      coalesce(sum(d.tokens) filter (where d.day = o.day_start), 0)::bigint as day_tokens,
      coalesce(sum(d.spent) filter (where d.day = o.day_start), 0)::bigint as day_spent,
      coalesce(sum(d.tokens) filter (where d.month = o.month_start), 0)::bigint as month_tokens,
      coalesce(sum(d.spent) filter (where d.month = o.month_start), 0)::bigint as month_spent
    from resolved_holds(p_key, p_platform, p_result, p_held, p_charge, p_tokens, p_hold_tokens,
      p_held_at) d
    join api_key o on o.id = d.owner_id
    group by o.id
  ) s
  where w.id = s.id;
end $$;

-- The tokens among a call's other quantities; seconds, images and requests are not tokens.
create or replace function other_tokens(p_other jsonb) returns bigint
language sql immutable parallel safe as $$
  select coalesce(sum(value::bigint), 0)::bigint from jsonb_each_text(coalesce(p_other, '{}'))
  where key not in ('image', 'second', 'minute', 'character', 'request')
$$;
