-- Resolves the ordinary calls of a batch: each has one leg, its hold is there and covers its price,
-- and its wallet has nothing that changes by itself by now. The calls of any other wallet are left
-- alone, and the caller hands them to settle_batch. A call that was resolved before breaks the
-- primary key of `call` and with it the whole batch: then settle_batch tells what stands.
--
-- Wallets and keys come in the order of their ids; a call names them by their places (1-based; 0
-- is no key). p_charges counts the charged calls of its wallet, this one included; it is 0 where
-- nothing is charged. All ids lie from p_first to p_last. Answers with the places of the wallets
-- whose calls were resolved and what each has available. Locks: keys by id, wallets by id.
drop function if exists settle_ordinary;
create function settle_ordinary(
  p_now timestamptz, p_key bigint[], p_wallet bigint[], p_first uuid, p_last uuid,
  p_call uuid[], p_call_wallet int[], p_call_key int[], p_charges int[],
  p_outcome text[], p_price bigint[], p_input bigint[], p_output bigint[], p_cached_input bigint[],
  p_other jsonb[], p_tokens bigint[], p_estimated boolean[], p_streamed boolean[],
  p_status smallint[], p_upstream bigint[], p_first_byte_ms int[], p_latency_ms int[],
  p_error_code text[]
) returns table (wallets int[], available bigint[])
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := coalesce(p_now, clock_timestamp());
  v_apart int[];                -- wallets that are left alone
  v_sign int;
  v_keys int[];                 -- places of the keys that were counted on
  v_wallets int[];              -- places of the wallets that were charged
  v_available bigint[];
  v_version bigint[];           -- of these, before
  v_all boolean;                -- that is every wallet
  -- What stands in the holds' rows, which never change.
  v_platform bigint[];
  v_account bigint[];
  v_product bigint[];
  v_price_id bigint[];
  v_held bigint[];
  v_hold_tokens bigint[];
  v_held_at timestamptz[];
  v_minute timestamptz[];
begin
  select array_agg(x.platform_id), array_agg(x.account_id), array_agg(x.product_id),
      array_agg(x.price_id), array_agg(x.amount), array_agg(x.tokens), array_agg(x.held_at),
      array_agg(date_bin('1 minute', x.held_at, 'epoch')),
      coalesce(array_agg(x.wallet) filter (where x.fits is not true), '{}')
    into v_platform, v_account, v_product, v_price_id, v_held, v_hold_tokens, v_held_at, v_minute,
      v_apart
    from (select h.*, u.wallet, u.price <= h.amount and h.wallet_id = p_wallet[u.wallet]
        and coalesce(h.key_id, 0) = case u.key when 0 then 0 else p_key[u.key] end as fits
      from unnest(p_call, p_call_wallet, p_call_key, p_price) with ordinality
        as u (id, wallet, key, price, ord)
      left join hold h on h.id = u.id and h.leg = 0 and h.id between p_first and p_last
      order by u.ord) x;

  -- Once, and a second time to take back what was counted on the keys of wallets left alone.
  foreach v_sign in array '{1,-1}'::int[] loop
    with counted as (
      update api_key k set
        open_holds = k.open_holds - v_sign * s.calls,
        minute_tokens = k.minute_tokens
          + case k.minute_start when s.last_minute then v_sign * s.tokens_then else 0 end,
        previous_minute_tokens = k.previous_minute_tokens
          + case k.minute_start when s.last_minute then v_sign * s.tokens_before
            when s.last_minute + interval '1 minute' then v_sign * s.tokens_then else 0 end,
        day_tokens = k.day_tokens
          + case when k.day_start <= s.first_at then v_sign * s.tokens else 0 end,
        day_spent = k.day_spent
          + case when k.day_start <= s.first_at then v_sign * s.spent else 0 end,
        month_tokens = k.month_tokens
          + case when k.month_start <= s.first_at then v_sign * s.tokens else 0 end,
        month_spent = k.month_spent
          + case when k.month_start <= s.first_at then v_sign * s.spent else 0 end,
        total_spent = k.total_spent + v_sign * s.spent
      from (
        select u.key, count(*) as calls, sum(u.spent)::bigint as spent,
          sum(u.tokens)::bigint as tokens, min(u.held_at) as first_at, max(u.held_at) as last_at,
          max(u.last_minute) as last_minute,
          coalesce(sum(u.tokens) filter (where u.minute = u.last_minute), 0)::bigint as tokens_then,
          coalesce(sum(u.tokens) filter (where u.minute = u.last_minute - interval '1 minute'), 0)
            ::bigint as tokens_before
        from (
          select c.key, c.price - c.held as spent, c.tokens - c.hold_tokens as tokens, c.held_at,
            c.minute, max(c.minute) over (partition by c.key) as last_minute
          from unnest(p_call_wallet, p_call_key, p_price, v_held, p_tokens, v_hold_tokens,
              v_held_at, v_minute)
            as c (wallet, key, price, held, tokens, hold_tokens, held_at, minute)
          where case v_sign when 1 then c.key > 0 and c.wallet <> all (v_apart)
            else c.key = any (v_keys) and c.wallet <> all (v_wallets) end
        ) u
        group by u.key order by u.key
      ) s
      -- Calls of two days at once, of which the row counts the later, have to be told apart.
      where k.id = p_key[s.key] and (k.day_start <= s.first_at or k.day_start > s.last_at)
        and (k.month_start <= s.first_at or k.month_start > s.last_at)
      returning s.key as place
    )
    select coalesce(array_agg(c.place), '{}') into v_keys from counted c;
    exit when v_sign < 0;
    if cardinality(v_keys) <> cardinality(p_key) then
      select v_apart || coalesce(array_agg(u.wallet), '{}') into v_apart
        from unnest(p_call_wallet, p_call_key) as u (wallet, key)
        where u.key > 0 and u.key <> all (v_keys);
    end if;

    with charged as (
      update wallet w set
        balance = w.balance - s.charge,
        undrawn = w.undrawn + s.charge,
        held = w.held - s.held,
        version = w.version + s.charges,
        open_holds = w.open_holds - s.calls,
        minute_tokens = w.minute_tokens
          + case w.minute_start when s.last_minute then s.tokens_then else 0 end,
        previous_minute_tokens = w.previous_minute_tokens
          + case w.minute_start when s.last_minute then s.tokens_before
            when s.last_minute + interval '1 minute' then s.tokens_then else 0 end,
        day_tokens = w.day_tokens + case when w.day_start <= s.first_at then s.tokens else 0 end,
        day_spent = w.day_spent
          + case when w.day_start <= s.first_at then s.charge - s.held else 0 end,
        month_tokens = w.month_tokens
          + case when w.month_start <= s.first_at then s.tokens else 0 end,
        month_spent = w.month_spent
          + case when w.month_start <= s.first_at then s.charge - s.held else 0 end,
        total_spent = w.total_spent + s.charge - s.held
      from (
        select u.wallet, count(*) as calls, sum(u.price)::bigint as charge,
          sum(u.held)::bigint as held, max(u.charges) as charges, sum(u.tokens)::bigint as tokens,
          min(u.held_at) as first_at, max(u.held_at) as last_at,
          max(u.last_minute) as last_minute,
          coalesce(sum(u.tokens) filter (where u.minute = u.last_minute), 0)::bigint as tokens_then,
          coalesce(sum(u.tokens) filter (where u.minute = u.last_minute - interval '1 minute'), 0)
            ::bigint as tokens_before
        from (
          select c.wallet, c.charges, c.price, c.held, c.tokens - c.hold_tokens as tokens,
            c.held_at, c.minute, max(c.minute) over (partition by c.wallet) as last_minute
          from unnest(p_call_wallet, p_charges, p_price, v_held, p_tokens, v_hold_tokens,
              v_held_at, v_minute)
            as c (wallet, charges, price, held, tokens, hold_tokens, held_at, minute)
          where c.wallet <> all (v_apart)
        ) u
        group by u.wallet order by u.wallet
      ) s
      where w.id = p_wallet[s.wallet] and not w.has_pinned
        and (w.next_change_at is null or w.next_change_at > v_now)
        and (w.day_start <= s.first_at or w.day_start > s.last_at)
        and (w.month_start <= s.first_at or w.month_start > s.last_at)
      returning s.wallet as place, w.balance - w.held as available, w.version - s.charges as version
    )
    select coalesce(array_agg(c.place order by c.place), '{}'),
        array_agg(c.available order by c.place), array_agg(c.version order by c.place)
      into v_wallets, v_available, v_version from charged c;
    v_all := cardinality(v_wallets) = cardinality(p_wallet);
    exit when v_all;
  end loop;

  insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id,
      wallet_id, key_id, product_id, price_id, upstream_id, held, price, charge, wallet_version,
      held_at, settled_at, input, output, cached_input, other, first_byte_ms, latency_ms,
      error_code)
    select u.id, 0, u.outcome, u.streamed, u.estimated, u.status, u.platform_id, u.account_id,
      p_wallet[u.wallet], p_key[u.key], u.product_id, u.price_id, nullif(u.upstream_id, 0),
      u.held, u.price, u.price, case when u.charges > 0 then u.charges + v_version[
        case when v_all then u.wallet else array_position(v_wallets, u.wallet) end] end,
      u.held_at, v_now, u.input, u.output, u.cached_input, u.other, u.first_byte_ms, u.latency_ms,
      u.error_code
    from unnest(p_call, p_outcome, p_streamed, p_estimated, p_status, v_platform, v_account,
        p_call_wallet, p_call_key, v_product, v_price_id, p_upstream, v_held, p_price, p_charges,
        v_held_at, p_input, p_output, p_cached_input, p_other, p_first_byte_ms, p_latency_ms,
        p_error_code)
      as u (id, outcome, streamed, estimated, status, platform_id, account_id, wallet, key,
        product_id, price_id, upstream_id, held, price, charges, held_at, input, output,
        cached_input, other, first_byte_ms, latency_ms, error_code)
    where v_all or u.wallet = any (v_wallets);
  return query select v_wallets, v_available;
end $$;
