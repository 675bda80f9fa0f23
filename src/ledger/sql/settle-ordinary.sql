-- Resolves the ordinary calls of a batch: each has one leg, its hold is there and covers its price,
-- and its wallet has nothing that changes by itself by now. The calls of any other wallet are left
-- alone, and the caller hands them to settle_batch. A call that was resolved before breaks the
-- primary key of `call` and with it the whole batch: then settle_batch tells what stands.
--
-- Wallets and keys come in the order of their ids; a call names them by their places (1-based; 0
-- is no key). p_charges counts the charged calls of its wallet, this one included; it is 0 where
-- nothing is charged. All ids lie from p_first to p_last. Answers with a row for each wallet whose calls were
-- resolved. Locks: keys by id, wallets by id.
drop function if exists settle_ordinary;
create function settle_ordinary(
  p_now timestamptz, p_key bigint[], p_wallet bigint[], p_first uuid, p_last uuid,
  p_call uuid[], p_call_wallet int[], p_call_key int[], p_charges int[],
  p_outcome text[], p_price bigint[], p_input bigint[], p_output bigint[], p_cached_input bigint[],
  p_other jsonb[], p_tokens bigint[], p_estimated boolean[], p_streamed boolean[],
  p_status smallint[], p_upstream bigint[], p_first_byte_ms int[], p_latency_ms int[],
  p_error_code text[]
) returns table (place int, available bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  -- Of each key and wallet: where its row is, and where the windows of its counters begin.
  v_key_row tid[];
  v_key_minute timestamptz[];
  v_key_day timestamptz[];
  v_key_month timestamptz[];
  v_wallet_row tid[];
  v_wallet_minute timestamptz[];
  v_wallet_day timestamptz[];
  v_wallet_month timestamptz[];
  v_version bigint[];
  v_changes_at timestamptz[];
  v_apart int[] := '{}';        -- wallets that are left alone
  -- What stands in the holds' rows.
  v_platform bigint[];
  v_account bigint[];
  v_product bigint[];
  v_price_id bigint[];
  v_held bigint[];
  v_hold_tokens bigint[];
  v_held_at timestamptz[];
begin
  select array_agg(x.row_id), array_agg(x.minute_start), array_agg(x.day_start),
      array_agg(x.month_start)
    into v_key_row, v_key_minute, v_key_day, v_key_month
    from (select k.ctid as row_id, k.minute_start, k.day_start, k.month_start
      from unnest(p_key) with ordinality as u (id, ord) join api_key k on k.id = u.id
      order by u.ord for no key update of k) x;
  select array_agg(x.row_id), array_agg(x.minute_start), array_agg(x.day_start),
      array_agg(x.month_start), array_agg(x.version), array_agg(x.changes_at)
    into v_wallet_row, v_wallet_minute, v_wallet_day, v_wallet_month, v_version, v_changes_at
    from (select w.ctid as row_id, w.minute_start, w.day_start, w.month_start, w.version,
        case when w.has_pinned then '-infinity' else w.next_change_at end as changes_at
      from unnest(p_wallet) with ordinality as u (id, ord) join wallet w on w.id = u.id
      order by u.ord for no key update of w) x;
  if coalesce(cardinality(v_key_row), 0) <> cardinality(p_key)
    or cardinality(v_wallet_row) is distinct from cardinality(p_wallet) then
    return;
  end if;
  v_now := coalesce(p_now, clock_timestamp());

  -- The wallets' locks are held: nobody else can resolve these holds now.
  select array_agg(x.platform_id), array_agg(x.account_id), array_agg(x.product_id),
      array_agg(x.price_id), array_agg(x.amount), array_agg(x.tokens), array_agg(x.held_at),
      coalesce(array_agg(x.wallet) filter (where x.fits is not true
        or v_changes_at[x.wallet] <= v_now), '{}')
    into v_platform, v_account, v_product, v_price_id, v_held, v_hold_tokens, v_held_at, v_apart
    from (select h.*, u.wallet, u.price <= h.amount and h.wallet_id = p_wallet[u.wallet]
        and coalesce(h.key_id, 0) = case u.key when 0 then 0 else p_key[u.key] end as fits
      from unnest(p_call, p_call_wallet, p_call_key, p_price) with ordinality
        as u (id, wallet, key, price, ord)
      left join hold h on h.id = u.id and h.leg = 0 and h.id between p_first and p_last
      order by u.ord) x;

  insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id,
      wallet_id, key_id, product_id, price_id, upstream_id, held, price, charge, wallet_version,
      held_at, settled_at, input, output, cached_input, other, first_byte_ms, latency_ms,
      error_code)
    select u.id, 0, u.outcome, u.streamed, u.estimated, u.status, u.platform_id, u.account_id,
      p_wallet[u.wallet], p_key[u.key], u.product_id, u.price_id, nullif(u.upstream_id, 0),
      u.held, u.price, u.price, case when u.charges > 0 then v_version[u.wallet] + u.charges end,
      u.held_at, v_now, u.input, u.output, u.cached_input, u.other, u.first_byte_ms, u.latency_ms,
      u.error_code
    from unnest(p_call, p_outcome, p_streamed, p_estimated, p_status, v_platform, v_account,
        p_call_wallet, p_call_key, v_product, v_price_id, p_upstream, v_held, p_price, p_charges,
        v_held_at, p_input, p_output, p_cached_input, p_other, p_first_byte_ms, p_latency_ms,
        p_error_code)
      as u (id, outcome, streamed, estimated, status, platform_id, account_id, wallet, key,
        product_id, price_id, upstream_id, held, price, charges, held_at, input, output,
        cached_input, other, first_byte_ms, latency_ms, error_code)
    where u.wallet <> all (v_apart);

  update api_key k set
    open_holds = k.open_holds - s.calls,
    minute_tokens = k.minute_tokens + s.minute_tokens,
    previous_minute_tokens = k.previous_minute_tokens + s.previous_minute_tokens,
    day_tokens = k.day_tokens + s.day_tokens,
    day_spent = k.day_spent + s.day_spent,
    month_tokens = k.month_tokens + s.month_tokens,
    month_spent = k.month_spent + s.month_spent,
    total_spent = k.total_spent + s.spent
  from (
    select v_key_row[u.key] as row_id, count(*) as calls, sum(u.price - u.held)::bigint as spent,
      coalesce(sum(u.tokens - u.hold_tokens) filter (where u.held_at >= v_key_minute[u.key]), 0)
        ::bigint as minute_tokens,
      coalesce(sum(u.tokens - u.hold_tokens) filter (where u.held_at < v_key_minute[u.key]
        and u.held_at >= v_key_minute[u.key] - interval '1 minute'), 0)::bigint
        as previous_minute_tokens,
      coalesce(sum(u.tokens - u.hold_tokens) filter (where u.held_at >= v_key_day[u.key]), 0)
        ::bigint as day_tokens,
      coalesce(sum(u.price - u.held) filter (where u.held_at >= v_key_day[u.key]), 0)
        ::bigint as day_spent,
      coalesce(sum(u.tokens - u.hold_tokens) filter (where u.held_at >= v_key_month[u.key]), 0)
        ::bigint as month_tokens,
      coalesce(sum(u.price - u.held) filter (where u.held_at >= v_key_month[u.key]), 0)
        ::bigint as month_spent
    from unnest(p_call_wallet, p_call_key, p_price, v_held, p_tokens, v_hold_tokens, v_held_at)
      as u (wallet, key, price, held, tokens, hold_tokens, held_at)
    where u.wallet <> all (v_apart) and u.key > 0
    group by u.key
  ) s
  where k.ctid = s.row_id;

  return query
  update wallet w set
    balance = w.balance - s.charge,
    undrawn = w.undrawn + s.charge,
    held = w.held - s.held,
    version = w.version + s.charges,
    open_holds = w.open_holds - s.calls,
    minute_tokens = w.minute_tokens + s.minute_tokens,
    previous_minute_tokens = w.previous_minute_tokens + s.previous_minute_tokens,
    day_tokens = w.day_tokens + s.day_tokens,
    day_spent = w.day_spent + s.day_spent,
    month_tokens = w.month_tokens + s.month_tokens,
    month_spent = w.month_spent + s.month_spent,
    total_spent = w.total_spent + s.charge - s.held
  from (
    select u.wallet, v_wallet_row[u.wallet] as row_id, count(*) as calls,
      sum(u.price)::bigint as charge, sum(u.held)::bigint as held, max(u.charges) as charges,
      coalesce(sum(u.tokens - u.hold_tokens)
        filter (where u.held_at >= v_wallet_minute[u.wallet]), 0)::bigint as minute_tokens,
      coalesce(sum(u.tokens - u.hold_tokens) filter (where u.held_at < v_wallet_minute[u.wallet]
        and u.held_at >= v_wallet_minute[u.wallet] - interval '1 minute'), 0)::bigint
        as previous_minute_tokens,
      coalesce(sum(u.tokens - u.hold_tokens)
        filter (where u.held_at >= v_wallet_day[u.wallet]), 0)::bigint as day_tokens,
      coalesce(sum(u.price - u.held)
        filter (where u.held_at >= v_wallet_day[u.wallet]), 0)::bigint as day_spent,
      coalesce(sum(u.tokens - u.hold_tokens)
        filter (where u.held_at >= v_wallet_month[u.wallet]), 0)::bigint as month_tokens,
      coalesce(sum(u.price - u.held)
        filter (where u.held_at >= v_wallet_month[u.wallet]), 0)::bigint as month_spent
    from unnest(p_call_wallet, p_charges, p_price, v_held, p_tokens, v_hold_tokens, v_held_at)
      as u (wallet, charges, price, held, tokens, hold_tokens, held_at)
    where u.wallet <> all (v_apart)
    group by u.wallet
  ) s
  where w.ctid = s.row_id
  returning s.wallet, w.balance - w.held;
end $$;
