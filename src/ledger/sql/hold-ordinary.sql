-- Holds the ordinary calls of a batch: those for which there is enough whoever comes first, as all
-- that the batch asks of their wallet and key fits into what is there. Nothing has to be decided
-- call by call then: each key and each wallet is written once for all its calls, on the condition
-- that everything fits. What does not fit is left alone, and the caller hands it to hold_batch,
-- which decides call by call.
--
-- Wallets and keys come in the order of their ids, with all that the batch asks of each. A set of
-- caps is ten numbers, in the order of the counters, the largest bigint where there is none; a
-- wallet or key names its set by its place; null for a batch without any. A call has one leg and
-- names its wallet, key and price by their places (1-based; 0 is no key). Answers with the places of
-- the wallets that were held on, what each has available, and with caps the counters of each; then
-- the same of keys. Null or no row: of none. Locks: replica, keys by id, wallets by id.
drop function if exists hold_ordinary;
create function hold_ordinary(
  p_replica bigint, p_now timestamptz, p_platform bigint[],
  p_price bigint[], p_product bigint[], p_price_platform int[],
  p_key bigint[], p_key_wallet int[], p_key_platform int[], p_key_requests bigint[],
  p_key_tokens bigint[], p_key_amount bigint[], p_key_set int[], p_key_caps bigint[],
  p_wallet bigint[], p_account bigint[], p_wallet_platform int[], p_wallet_requests bigint[],
  p_wallet_tokens bigint[], p_wallet_amount bigint[], p_wallet_set int[], p_wallet_caps bigint[],
  p_call uuid[], p_call_wallet int[], p_call_key int[], p_call_price int[], p_call_amount bigint[],
  p_call_tokens bigint[]
) returns table (wallets int[], available bigint[], wallet_used bigint[], keys int[],
  key_used bigint[], instant timestamptz)
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
  v_alive boolean;
  v_fine boolean;               -- platforms and prices are as they are said to be
  v_unit text;
  v_keys int[];                 -- places of those that were counted on
  v_key_used bigint[];
  v_spoilt int[] := '{}';       -- wallets that are left alone because of a key
  v_wallets int[];              -- places of those that were held on
  v_available bigint[];
  v_wallet_used bigint[];
  v_all boolean;                -- that is every wallet
begin
  perform pg_advisory_xact_lock_shared(p_replica);
  select exists (select from replica r where r.id = p_replica and r.ended_at is null),
      c.fine and o.fine, c.day, c.month, o.unit
    into v_alive, v_fine, v_day, v_month, v_unit
    from (
      select array_agg(window_start('day', v_now, p.time_zone) order by u.ord) as day,
        array_agg(window_start('month', v_now, p.time_zone) order by u.ord) as month,
        bool_and(coalesce(p.status = 'active', false)) as fine
      from unnest(p_platform) with ordinality as u (id, ord) left join platform p on p.id = u.id
    ) c, (
      select min(r.unit) as unit, min(r.unit) = max(r.unit) and bool_and(r.id is not null
          and v_now >= r.valid_from and (r.valid_until is null or v_now < r.valid_until)) as fine
      from unnest(p_price, p_product, p_price_platform) as u (id, product_id, platform)
      left join price r on r.id = u.id and r.product_id = u.product_id
        and r.platform_id = p_platform[u.platform]
    ) o;
  if not v_alive then
    raise exception 'replica_ended';
  end if;
  if v_fine is not true then
    return;
  end if;

  with counted as (
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
      day_start = s.day,
      day_requests = case k.day_start when s.day then k.day_requests else 0 end + s.requests,
      day_tokens = case k.day_start when s.day then k.day_tokens else 0 end + s.tokens,
      day_spent = case k.day_start when s.day then k.day_spent else 0 end + s.amount,
      month_start = s.month,
      month_requests = case k.month_start when s.month then k.month_requests else 0 end
        + s.requests,
      month_tokens = case k.month_start when s.month then k.month_tokens else 0 end + s.tokens,
      month_spent = case k.month_start when s.month then k.month_spent else 0 end + s.amount,
      total_spent = k.total_spent + s.amount
    from (
      select u.*, v_day[u.platform] as day, v_month[u.platform] as month
      from unnest(p_key, p_key_wallet, p_key_platform, p_key_requests, p_key_tokens, p_key_amount,
          p_key_set) with ordinality
        as u (id, wallet, platform, requests, tokens, amount, set, ord)
      order by u.ord
    ) s
    where k.id = s.id and k.status = 'active' and k.account_id = p_account[s.wallet]
      and k.platform_id = p_platform[s.platform]
      and (k.expires_at is null or k.expires_at > v_now)
      and k.minute_start <= v_minute and k.day_start <= s.day and k.month_start <= s.month
      and (not v_key_caps or (
        case when k.minute_start = v_minute
          then k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000
          when k.minute_start = v_before then (k.minute_requests * v_left + 59999999) / 60000000
          else 0 end + s.requests <= p_key_caps[s.set * 10 - 9]
        and case when k.minute_start = v_minute
          then k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000
          when k.minute_start = v_before then (k.minute_tokens * v_left + 59999999) / 60000000
          else 0 end + s.tokens <= p_key_caps[s.set * 10 - 8]
        and case when k.day_start = s.day then k.day_requests else 0 end + s.requests
          <= p_key_caps[s.set * 10 - 7]
        and case when k.day_start = s.day then k.day_tokens else 0 end + s.tokens
          <= p_key_caps[s.set * 10 - 6]
        and case when k.day_start = s.day then k.day_spent else 0 end + s.amount
          <= p_key_caps[s.set * 10 - 5]
        and case when k.month_start = s.month then k.month_requests else 0 end + s.requests
          <= p_key_caps[s.set * 10 - 4]
        and case when k.month_start = s.month then k.month_tokens else 0 end + s.tokens
          <= p_key_caps[s.set * 10 - 3]
        and case when k.month_start = s.month then k.month_spent else 0 end + s.amount
          <= p_key_caps[s.set * 10 - 2]
        and k.total_spent + s.amount <= p_key_caps[s.set * 10 - 1]
        and k.open_holds + s.requests <= p_key_caps[s.set * 10 - 0]))
    returning s.ord::int as place, case when v_key_caps then array[
        k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000,
        k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000,
        k.day_requests, k.day_tokens, k.day_spent, k.month_requests, k.month_tokens,
        k.month_spent, k.total_spent, k.open_holds] end as used
  )
  select coalesce(array_agg(c.place), '{}'), array_agg(c.used) filter (where v_key_caps)
    into v_keys, v_key_used from counted c;
  if cardinality(v_keys) <> cardinality(p_key) then
    select array_agg(p_key_wallet[i]) into v_spoilt from generate_subscripts(p_key, 1) i
      where i <> all (v_keys);
  end if;

  with held as (
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
          p_wallet_amount, p_wallet_set) with ordinality
        as u (id, account_id, platform, requests, tokens, amount, set, ord)
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
          else 0 end + s.requests <= p_wallet_caps[s.set * 10 - 9]
        and case when w.minute_start = v_minute
          then w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000
          when w.minute_start = v_before then (w.minute_tokens * v_left + 59999999) / 60000000
          else 0 end + s.tokens <= p_wallet_caps[s.set * 10 - 8]
        and case when w.day_start = s.day then w.day_requests else 0 end + s.requests
          <= p_wallet_caps[s.set * 10 - 7]
        and case when w.day_start = s.day then w.day_tokens else 0 end + s.tokens
          <= p_wallet_caps[s.set * 10 - 6]
        and case when w.day_start = s.day then w.day_spent else 0 end + s.amount
          <= p_wallet_caps[s.set * 10 - 5]
        and case when w.month_start = s.month then w.month_requests else 0 end + s.requests
          <= p_wallet_caps[s.set * 10 - 4]
        and case when w.month_start = s.month then w.month_tokens else 0 end + s.tokens
          <= p_wallet_caps[s.set * 10 - 3]
        and case when w.month_start = s.month then w.month_spent else 0 end + s.amount
          <= p_wallet_caps[s.set * 10 - 2]
        and w.total_spent + s.amount <= p_wallet_caps[s.set * 10 - 1]
        and w.open_holds + s.requests <= p_wallet_caps[s.set * 10 - 0]))
    returning s.ord::int as place, w.balance - w.held as available,
      case when v_wallet_caps then array[
        w.minute_requests + (w.previous_minute_requests * v_left + 59999999) / 60000000,
        w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000,
        w.day_requests, w.day_tokens, w.day_spent, w.month_requests, w.month_tokens,
        w.month_spent, w.total_spent, w.open_holds] end as used
  )
  select coalesce(array_agg(h.place), '{}'), array_agg(h.available),
      array_agg(h.used) filter (where v_wallet_caps)
    into v_wallets, v_available, v_wallet_used from held h;
  v_all := cardinality(v_wallets) = cardinality(p_wallet);
  if not v_all and cardinality(v_keys) > 0 then
    -- The keys of what is left alone are not to count it.
    update api_key k set
      open_holds = k.open_holds - s.requests,
      minute_requests = k.minute_requests - s.requests,
      minute_tokens = k.minute_tokens - s.tokens,
      day_requests = k.day_requests - s.requests,
      day_tokens = k.day_tokens - s.tokens,
      day_spent = k.day_spent - s.amount,
      month_requests = k.month_requests - s.requests,
      month_tokens = k.month_tokens - s.tokens,
      month_spent = k.month_spent - s.amount,
      total_spent = k.total_spent - s.amount
    from unnest(p_key, p_key_wallet, p_key_requests, p_key_tokens, p_key_amount) with ordinality
      as s (id, wallet, requests, tokens, amount, ord)
    where k.id = s.id and s.ord = any (v_keys) and s.wallet <> all (v_wallets);
  end if;

  insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
      replica_id, amount, tokens, held_at)
    select u.id, 0, p_platform[p_wallet_platform[u.wallet]], p_account[u.wallet],
      p_wallet[u.wallet], p_key[u.key], p_product[u.price], p_price[u.price], p_replica, u.amount,
      u.tokens, v_now
    from unnest(p_call, p_call_wallet, p_call_key, p_call_price, p_call_amount, p_call_tokens)
      as u (id, wallet, key, price, amount, tokens)
    where v_all or u.wallet = any (v_wallets);
  return query select v_wallets, v_available, v_wallet_used, v_keys, v_key_used, v_now;
end $$;
