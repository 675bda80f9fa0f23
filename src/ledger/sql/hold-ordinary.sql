-- Holds the ordinary calls of a batch: those for which there is enough whoever comes first, as all
-- that the batch asks of their wallet and key fits into what is there. Nothing has to be decided
-- call by call then: each wallet and key is looked up and written once for all its calls, on the
-- condition that everything fits. What does not fit is left alone, and the caller hands it to
-- hold_batch, which decides call by call.
--
-- Wallets and keys come in the order of their ids, with all that the batch asks of each. Caps are
-- ten a row, in the order of the counters, the largest bigint where there is none; null for a batch
-- without any. A call has one leg and names its wallet, key and price by their places (1-based; 0
-- is no key). Answers with a row for each wallet that was held on: what it has available, and with
-- caps its counters; then with caps the same for their keys.
-- Locks: replica, keys by id, wallets by id.
drop function if exists hold_ordinary;
create function hold_ordinary(
  p_replica bigint, p_now timestamptz, p_platform bigint[],
  p_price bigint[], p_product bigint[], p_price_platform int[],
  p_key bigint[], p_key_wallet int[], p_key_platform int[], p_key_requests bigint[],
  p_key_tokens bigint[], p_key_amount bigint[], p_key_caps bigint[],
  p_wallet bigint[], p_account bigint[], p_wallet_platform int[], p_wallet_requests bigint[],
  p_wallet_tokens bigint[], p_wallet_amount bigint[], p_wallet_caps bigint[],
  p_call uuid[], p_call_wallet int[], p_call_key int[], p_call_price int[], p_call_amount bigint[],
  p_call_tokens bigint[]
) returns table (is_key boolean, place int, available bigint, used bigint[], instant timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := coalesce(p_now, clock_timestamp());
  v_minute constant timestamptz := date_bin('1 minute', v_now, 'epoch');
  v_before constant timestamptz := v_minute - interval '1 minute';
  -- Microseconds of the minute before that lie within the last sixty seconds.
  v_left constant bigint := 60000000 - extract(microseconds from v_now)::bigint;
  v_key_caps constant boolean := p_key_caps is not null;
  v_wallet_caps constant boolean := p_wallet_caps is not null;
  v_day timestamptz[];          -- of each platform
  v_month timestamptz[];
  v_fine boolean;
  v_unit text;
  v_key_row tid[];
  v_key_fine boolean[];
  v_spoilt int[] := '{}';       -- wallets that are left alone because of a key
  v_count bigint;
  v_all boolean;                -- every wallet was held on
  v_held boolean[];             -- else: was this one
begin
  perform pg_advisory_xact_lock_shared(p_replica);
  if not exists (select from replica r where r.id = p_replica and r.ended_at is null) then
    raise exception 'replica_ended';
  end if;
  select array_agg(window_start('day', v_now, p.time_zone) order by u.ord),
      array_agg(window_start('month', v_now, p.time_zone) order by u.ord),
      bool_and(coalesce(p.status = 'active', false))
    into v_day, v_month, v_fine
    from unnest(p_platform) with ordinality as u (id, ord) left join platform p on p.id = u.id;
  if not v_fine then
    return;
  end if;
  select min(r.unit), min(r.unit) = max(r.unit) and bool_and(r.id is not null
      and v_now >= r.valid_from and (r.valid_until is null or v_now < r.valid_until))
    into v_unit, v_fine
    from unnest(p_price, p_product, p_price_platform) as u (id, product_id, platform)
    left join price r on r.id = u.id and r.product_id = u.product_id
      and r.platform_id = p_platform[u.platform];
  if v_fine is not true then
    return;
  end if;

  select array_agg(x.row_id), array_agg(x.fine) into v_key_row, v_key_fine from (
    select k.ctid as row_id, k.status = 'active' and k.account_id = p_account[s.wallet]
        and k.platform_id = p_platform[s.platform]
        and (k.expires_at is null or k.expires_at > v_now)
        and k.minute_start <= v_minute and k.day_start <= v_day[s.platform]
        and k.month_start <= v_month[s.platform]
        and (not v_key_caps or (
          case when k.minute_start = v_minute
            then k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000
            when k.minute_start = v_before then (k.minute_requests * v_left + 59999999) / 60000000
            else 0 end + s.requests <= p_key_caps[s.ord * 10 - 9]
          and case when k.minute_start = v_minute
            then k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000
            when k.minute_start = v_before then (k.minute_tokens * v_left + 59999999) / 60000000
            else 0 end + s.tokens <= p_key_caps[s.ord * 10 - 8]
          and case when k.day_start = v_day[s.platform] then k.day_requests else 0 end + s.requests
            <= p_key_caps[s.ord * 10 - 7]
          and case when k.day_start = v_day[s.platform] then k.day_tokens else 0 end + s.tokens
            <= p_key_caps[s.ord * 10 - 6]
          and case when k.day_start = v_day[s.platform] then k.day_spent else 0 end + s.amount
            <= p_key_caps[s.ord * 10 - 5]
          and case when k.month_start = v_month[s.platform] then k.month_requests else 0 end
            + s.requests <= p_key_caps[s.ord * 10 - 4]
          and case when k.month_start = v_month[s.platform] then k.month_tokens else 0 end
            + s.tokens <= p_key_caps[s.ord * 10 - 3]
          and case when k.month_start = v_month[s.platform] then k.month_spent else 0 end + s.amount
            <= p_key_caps[s.ord * 10 - 2]
          and k.total_spent + s.amount <= p_key_caps[s.ord * 10 - 1]
          and k.open_holds + s.requests <= p_key_caps[s.ord * 10 - 0])) as fine
    from unnest(p_key, p_key_wallet, p_key_platform, p_key_requests, p_key_tokens, p_key_amount)
      with ordinality as s (id, wallet, platform, requests, tokens, amount, ord)
    join api_key k on k.id = s.id
    order by s.ord for no key update of k) x;
  if coalesce(cardinality(v_key_row), 0) <> cardinality(p_key) then
    return;
  end if;
  if false = any (v_key_fine) then
    select array_agg(p_key_wallet[i]) into v_spoilt from generate_subscripts(v_key_fine, 1) i
      where not v_key_fine[i];
  end if;

  return query
    update wallet w set
      held = w.held + s.amount,
      open_holds = w.open_holds + s.requests,
      minute_start = v_minute,
      minute_requests = case w.minute_start when v_minute then w.minute_requests else 0 end
        + s.requests,
      minute_tokens = case w.minute_start when v_minute then w.minute_tokens else 0 end
        + s.tokens,
      previous_minute_requests = case w.minute_start when v_minute
        then w.previous_minute_requests when v_before then w.minute_requests else 0 end,
      previous_minute_tokens = case w.minute_start when v_minute
        then w.previous_minute_tokens when v_before then w.minute_tokens else 0 end,
      day_start = s.day,
      day_requests = case w.day_start when s.day then w.day_requests else 0 end + s.requests,
      day_tokens = case w.day_start when s.day then w.day_tokens else 0 end + s.tokens,
      day_spent = case w.day_start when s.day then w.day_spent else 0 end + s.amount,
      month_start = s.month,
      month_requests = case w.month_start when s.month then w.month_requests else 0 end
        + s.requests,
      month_tokens = case w.month_start when s.month then w.month_tokens else 0 end + s.tokens,
      month_spent = case w.month_start when s.month then w.month_spent else 0 end + s.amount,
      total_spent = w.total_spent + s.amount
    from (
      select u.*, v_day[u.platform] as day, v_month[u.platform] as month
      from unnest(p_wallet, p_account, p_wallet_platform, p_wallet_requests, p_wallet_tokens,
          p_wallet_amount) with ordinality
        as u (id, account_id, platform, requests, tokens, amount, ord)
      where u.ord <> all (v_spoilt)
      order by u.ord
    ) s
    join account a on a.id = s.account_id and a.status = 'active'
    where w.id = s.id and w.account_id = s.account_id and w.platform_id = p_platform[s.platform]
      and w.unit = v_unit and w.balance - w.held >= s.amount and not w.has_pinned
      and (w.next_change_at is null or w.next_change_at > v_now)
      and w.minute_start <= v_minute and w.day_start <= s.day and w.month_start <= s.month
      and (not v_wallet_caps or (
          case when w.minute_start = v_minute
            then w.minute_requests + (w.previous_minute_requests * v_left + 59999999) / 60000000
            when w.minute_start = v_before then (w.minute_requests * v_left + 59999999) / 60000000
            else 0 end + s.requests <= p_wallet_caps[s.ord * 10 - 9]
          and case when w.minute_start = v_minute
            then w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000
            when w.minute_start = v_before then (w.minute_tokens * v_left + 59999999) / 60000000
            else 0 end + s.tokens <= p_wallet_caps[s.ord * 10 - 8]
          and case when w.day_start = s.day then w.day_requests else 0 end + s.requests
            <= p_wallet_caps[s.ord * 10 - 7]
          and case when w.day_start = s.day then w.day_tokens else 0 end + s.tokens
            <= p_wallet_caps[s.ord * 10 - 6]
          and case when w.day_start = s.day then w.day_spent else 0 end + s.amount
            <= p_wallet_caps[s.ord * 10 - 5]
          and case when w.month_start = s.month then w.month_requests else 0 end + s.requests
            <= p_wallet_caps[s.ord * 10 - 4]
          and case when w.month_start = s.month then w.month_tokens else 0 end + s.tokens
            <= p_wallet_caps[s.ord * 10 - 3]
          and case when w.month_start = s.month then w.month_spent else 0 end + s.amount
            <= p_wallet_caps[s.ord * 10 - 2]
          and w.total_spent + s.amount <= p_wallet_caps[s.ord * 10 - 1]
          and w.open_holds + s.requests <= p_wallet_caps[s.ord * 10 - 0]))
    returning false, s.ord::int, w.balance - w.held,
      case when v_wallet_caps then array[
        w.minute_requests + (w.previous_minute_requests * v_left + 59999999) / 60000000,
        w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000,
        w.day_requests, w.day_tokens, w.day_spent, w.month_requests, w.month_tokens,
        w.month_spent, w.total_spent, w.open_holds] end, v_now;
  get diagnostics v_count = row_count;
  if v_count = 0 then
    return;
  end if;
  v_all := v_count = cardinality(p_wallet);
  if not v_all then
    -- Those that this transaction has written.
    select array_agg(w.xmin is not distinct from pg_current_xact_id()::xid order by u.ord)
      into v_held
      from unnest(p_wallet) with ordinality as u (id, ord) left join wallet w on w.id = u.id;
  end if;

  return query with counted as (
    update api_key k set
      open_holds = k.open_holds + s.requests,
      minute_start = v_minute,
      minute_requests = case k.minute_start when v_minute then k.minute_requests else 0 end
        + s.requests,
      minute_tokens = case k.minute_start when v_minute then k.minute_tokens else 0 end
        + s.tokens,
      previous_minute_requests = case k.minute_start when v_minute
        then k.previous_minute_requests when v_before then k.minute_requests else 0 end,
      previous_minute_tokens = case k.minute_start when v_minute
        then k.previous_minute_tokens when v_before then k.minute_tokens else 0 end,
      day_start = v_day[s.platform],
      day_requests = case k.day_start when v_day[s.platform] then k.day_requests else 0 end
        + s.requests,
      day_tokens = case k.day_start when v_day[s.platform] then k.day_tokens else 0 end + s.tokens,
      day_spent = case k.day_start when v_day[s.platform] then k.day_spent else 0 end + s.amount,
      month_start = v_month[s.platform],
      month_requests = case k.month_start when v_month[s.platform] then k.month_requests else 0 end
        + s.requests,
      month_tokens = case k.month_start when v_month[s.platform] then k.month_tokens else 0 end
        + s.tokens,
      month_spent = case k.month_start when v_month[s.platform] then k.month_spent else 0 end
        + s.amount,
      total_spent = k.total_spent + s.amount
    from unnest(v_key_row, p_key_wallet, p_key_platform, p_key_requests, p_key_tokens,
        p_key_amount) with ordinality
      as s (row_id, wallet, platform, requests, tokens, amount, ord)
    where k.ctid = s.row_id and (v_all or v_held[s.wallet])
    returning s.ord::int as place, case when v_key_caps then array[
        k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000,
        k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000,
        k.day_requests, k.day_tokens, k.day_spent, k.month_requests, k.month_tokens,
        k.month_spent, k.total_spent, k.open_holds] end as used
  ) select true, c.place, null::bigint, c.used, v_now from counted c where v_key_caps;

  insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
      replica_id, amount, tokens, held_at)
    select u.id, 0, p_platform[p_wallet_platform[u.wallet]], p_account[u.wallet],
      p_wallet[u.wallet], p_key[u.key], p_product[u.price], p_price[u.price], p_replica, u.amount,
      u.tokens, v_now
    from unnest(p_call, p_call_wallet, p_call_key, p_call_price, p_call_amount, p_call_tokens)
      as u (id, wallet, key, price, amount, tokens)
    where v_all or v_held[u.wallet];
end $$;
