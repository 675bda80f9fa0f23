-- Resolves a batch of holds: each exactly once, by its call row, whatever is sent how often.
-- One array element a leg. Outcome 'settled' charges the price: from the hold, and where the price
-- is higher, from what the wallet has available beside it, never from other holds; the rest is the
-- platform's overrun. 'released' and 'expired' charge nothing. A leg that was resolved before is
-- answered with what stands in its row; work that was done for a hold that has expired meanwhile is
-- booked to the platform's lost account. Locks: keys by id, wallets by id, as in hold_batch.
drop function if exists settle_batch;
create function settle_batch(
  p_now timestamptz, p_call uuid[], p_leg smallint[], p_wallet bigint[], p_key bigint[],
  p_outcome text[], p_price bigint[], p_input bigint[], p_output bigint[], p_cached_input bigint[],
  p_other jsonb[], p_tokens bigint[], p_estimated boolean[], p_streamed boolean[],
  p_status smallint[], p_upstream bigint[], p_first_byte_ms int[], p_latency_ms int[],
  p_error_code text[]
) returns table (row_no int, result text, charge bigint, available bigint, instant timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_next_change timestamptz;
  v_result text[];
  v_charge bigint[];
  -- What stands in the holds' rows, read once: every look-up costs a search in the day's partition.
  v_platform bigint[];
  v_account bigint[];
  v_key bigint[];
  v_product bigint[];
  v_price_id bigint[];
  v_held bigint[];
  v_hold_tokens bigint[];
  v_held_at timestamptz[];
  v_spare bigint;
  v_pinned bigint[];
  r record;
begin
  perform from api_key a where a.id = any (p_key) order by a.id for no key update;
  select min(w.next_change_at) into v_next_change
    from (select * from wallet w where w.id = any (p_wallet) order by w.id for no key update) w;
  v_now := coalesce(p_now, clock_timestamp());
  if v_next_change <= v_now then
    perform roll_forward(w.id, v_now) from wallet w
      where w.id = any (p_wallet) and w.next_change_at <= v_now;
  end if;

  -- The wallet's lock is held: nobody else can resolve these holds now.
  select array_agg(case
        when h.id is null then 'unknown'
        when c.id is null then 'new'
        when c.outcome = 'expired' and p_outcome[u.ord] = 'settled' then 'late'
        else 'already' end order by u.ord),
      array_agg(coalesce(h.amount, 0) order by u.ord),
      array_agg(case when c.id is not null then c.charge
        else least(p_price[u.ord], coalesce(h.amount, 0)) end order by u.ord),
      array_agg(h.platform_id order by u.ord), array_agg(h.account_id order by u.ord),
      array_agg(coalesce(h.key_id, 0) order by u.ord), array_agg(h.product_id order by u.ord),
      array_agg(h.price_id order by u.ord), array_agg(h.tokens order by u.ord),
      array_agg(h.held_at order by u.ord)
    into v_result, v_held, v_charge, v_platform, v_account, v_key, v_product, v_price_id,
      v_hold_tokens, v_held_at
    from unnest(p_call, p_leg, p_wallet) with ordinality as u (id, leg, wallet_id, ord)
    left join hold h on h.id = u.id and h.leg = u.leg and h.wallet_id = u.wallet_id
    left join call c on c.id = u.id and c.leg = u.leg;

  select array_agg(w.id) into v_pinned from wallet w
    where w.id = any (p_wallet) and w.has_pinned;
  -- A price above its hold takes what is available besides, in the order of arrival: what calls
  -- before it gave back counts, except where an expired grant may be what is given back.
  for r in
    select u.ord, u.wallet_id, u.price - u.held as missing
    from unnest(v_result, p_wallet, p_price, v_held) with ordinality
      as u (result, wallet_id, price, held, ord)
    where u.result = 'new' and u.price > u.held order by u.ord
  loop
    select w.balance - w.held into v_spare from wallet w where w.id = r.wallet_id;
    v_spare := v_spare + coalesce((
      select sum(case when r.wallet_id = any (v_pinned) then least(0, v_held[o] - v_charge[o])
        else v_held[o] - v_charge[o] end)
      from generate_series(1, r.ord - 1) o
      where p_wallet[o] = r.wallet_id and v_result[o] = 'new'), 0);
    v_charge[r.ord] := v_charge[r.ord] + least(r.missing, greatest(v_spare, 0));
  end loop;

  perform correct_key_counters(v_key, v_platform, v_result, v_held, v_charge, p_tokens,
    v_hold_tokens, v_held_at);
  -- The movements are numbered from the wallet's version on, which rises below.
  insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id,
      wallet_id, key_id, product_id, price_id, upstream_id, held, price, charge, wallet_version,
      held_at, settled_at, input, output, cached_input, other, first_byte_ms, latency_ms,
      error_code)
    select u.id, u.leg, u.outcome, u.streamed, u.estimated, u.status, u.platform_id, u.account_id,
      u.wallet_id, nullif(u.key_id, 0), u.product_id, u.price_id, nullif(u.upstream_id, 0), u.held,
      u.price, u.charge,
      case when u.charge > 0 then w.version
        + count(*) filter (where u.charge > 0) over (partition by u.wallet_id order by u.ord) end,
      u.held_at, v_now, u.input, u.output, u.cached_input, u.other, u.first_byte_ms, u.latency_ms,
      u.error_code
    from unnest(p_call, p_leg, p_outcome, p_streamed, p_estimated, p_status, p_upstream, p_price,
        v_charge, p_input, p_output, p_cached_input, p_other, p_first_byte_ms, p_latency_ms,
        p_error_code, v_result, p_wallet, v_platform, v_account, v_key, v_product, v_price_id,
        v_held, v_held_at) with ordinality
      as u (id, leg, outcome, streamed, estimated, status, upstream_id, price, charge, input,
        output, cached_input, other, first_byte_ms, latency_ms, error_code, result, wallet_id,
        platform_id, account_id, key_id, product_id, price_id, held, held_at, ord)
    join wallet w on w.id = u.wallet_id
    where u.result = 'new';
  update wallet w set
    balance = w.balance - s.charge,
    held = w.held - s.held,
    undrawn = w.undrawn + case when w.has_pinned then 0 else s.charge end,
    version = w.version + s.movements,
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
      sum(d.charge)::bigint as charge, sum(d.held)::bigint as held,
      count(*) filter (where d.charge > 0) as movements,
      coalesce(sum(d.tokens) filter (where d.minute = o.minute_start), 0)::bigint
        as minute_tokens,
      coalesce(sum(d.tokens) filter (where d.minute = o.minute_start - interval '1 minute'), 0)
        ::bigint as previous_minute_tokens,
      coalesce(sum(d.tokens) filter (where d.day = o.day_start), 0)::bigint as day_tokens,
      coalesce(sum(d.spent) filter (where d.day = o.day_start), 0)::bigint as day_spent,
      coalesce(sum(d.tokens) filter (where d.month = o.month_start), 0)::bigint as month_tokens,
      coalesce(sum(d.spent) filter (where d.month = o.month_start), 0)::bigint as month_spent
    from resolved_holds(p_wallet, v_platform, v_result, v_held, v_charge, p_tokens, v_hold_tokens,
      v_held_at) d
    join wallet o on o.id = d.owner_id
    group by o.id
  ) s
  where w.id = s.id;
  if v_pinned is not null then
    perform draw_on_pinned(v_now, p_call, p_leg, v_result, v_charge, v_pinned);
  end if;

  insert into transfer (platform_id, unit, kind, amount, from_system, to_system, call_id,
      reference, reason, at)
    select h.platform_id, w.unit, 'lost', u.price, 'lost', 'usage', u.id,
      format('lost:%s:%s', u.id, u.leg), 'settled after its hold had expired', v_now
    from unnest(p_call, p_leg, p_price, v_result) as u (id, leg, price, result)
    join hold h on h.id = u.id and h.leg = u.leg
    join wallet w on w.id = h.wallet_id
    where u.result = 'late' and u.price > 0
    on conflict (platform_id, reference) do nothing;
  return query
    select u.ord::int, u.result, u.charge, coalesce(w.balance - w.held, 0), v_now
    from unnest(p_wallet, v_result, v_charge) with ordinality as u (wallet_id, result, charge, ord)
    left join wallet w on w.id = u.wallet_id;
end $$;
