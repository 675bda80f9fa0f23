-- settle_ordinary for a batch of one call: the same conditions and the same writing, without arrays
-- and sums to be set up. Answers in the same form; no row where it is left to settle_batch.
-- Locks: key, wallet.
drop function if exists settle_one;
create function settle_one(
  p_now timestamptz, p_key bigint, p_wallet bigint, p_call uuid, p_outcome text, p_price bigint,
  p_input bigint, p_output bigint, p_cached_input bigint, p_other jsonb, p_tokens bigint,
  p_estimated boolean, p_streamed boolean, p_status smallint, p_upstream bigint,
  p_first_byte_ms int, p_latency_ms int, p_error_code text
) returns table (wallets int[], available bigint[])
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := coalesce(p_now, clock_timestamp());
  v_sign int;
  v_hold hold;                  -- never changes
  v_minute timestamptz;
  v_spent bigint;
  v_tokens bigint;
  v_available bigint;
  v_version bigint;
begin
  select * into v_hold from hold h where h.id = p_call and h.leg = 0;
  if not found or p_price > v_hold.amount or p_wallet <> v_hold.wallet_id
    or p_key is distinct from v_hold.key_id then
    return;
  end if;
  v_minute := date_bin('1 minute', v_hold.held_at, 'epoch');
  v_spent := p_price - v_hold.amount;
  v_tokens := p_tokens - v_hold.tokens;

  -- Once, and a second time to take it back from the key of a wallet that is left alone.
  foreach v_sign in array '{1,-1}'::int[] loop
    update api_key k set
      open_holds = k.open_holds - v_sign,
      minute_tokens = k.minute_tokens
        + case k.minute_start when v_minute then v_sign * v_tokens else 0 end,
      previous_minute_tokens = k.previous_minute_tokens
        + case k.minute_start when v_minute + interval '1 minute' then v_sign * v_tokens else 0 end,
      day_tokens = k.day_tokens
        + case when k.day_start <= v_hold.held_at then v_sign * v_tokens else 0 end,
      day_spent = k.day_spent
        + case when k.day_start <= v_hold.held_at then v_sign * v_spent else 0 end,
      month_tokens = k.month_tokens
        + case when k.month_start <= v_hold.held_at then v_sign * v_tokens else 0 end,
      month_spent = k.month_spent
        + case when k.month_start <= v_hold.held_at then v_sign * v_spent else 0 end,
      total_spent = k.total_spent + v_sign * v_spent
    where k.id = p_key;
    if v_sign < 0 then
      return;
    end if;

    update wallet w set
      balance = w.balance - p_price,
      undrawn = w.undrawn + p_price,
      held = w.held - v_hold.amount,
      version = w.version + case when p_price > 0 then 1 else 0 end,
      open_holds = w.open_holds - 1,
      minute_tokens = w.minute_tokens
        + case w.minute_start when v_minute then v_tokens else 0 end,
      previous_minute_tokens = w.previous_minute_tokens
        + case w.minute_start when v_minute + interval '1 minute' then v_tokens else 0 end,
      day_tokens = w.day_tokens + case when w.day_start <= v_hold.held_at then v_tokens else 0 end,
      day_spent = w.day_spent + case when w.day_start <= v_hold.held_at then v_spent else 0 end,
      month_tokens = w.month_tokens
        + case when w.month_start <= v_hold.held_at then v_tokens else 0 end,
      month_spent = w.month_spent
        + case when w.month_start <= v_hold.held_at then v_spent else 0 end,
      total_spent = w.total_spent + v_spent
    where w.id = p_wallet and not w.has_pinned
      and (w.next_change_at is null or w.next_change_at > v_now)
    returning w.balance - w.held, w.version into v_available, v_version;
    exit when found;
  end loop;

  insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id,
      wallet_id, key_id, product_id, price_id, upstream_id, held, price, charge, wallet_version,
      held_at, settled_at, input, output, cached_input, other, first_byte_ms, latency_ms,
      error_code)
    values (p_call, 0, p_outcome, p_streamed, p_estimated, p_status, v_hold.platform_id,
      v_hold.account_id, p_wallet, p_key, v_hold.product_id, v_hold.price_id, p_upstream,
      v_hold.amount, p_price, p_price, case when p_price > 0 then v_version end, v_hold.held_at,
      v_now, p_input, p_output, p_cached_input, p_other, p_first_byte_ms, p_latency_ms,
      p_error_code);
  return query select array[1], array[v_available];
end $$;
