-- hold_ordinary for a batch of one call, which is most batches where little goes on: the same
-- conditions and the same writing, without arrays and sums to be set up. Answers in the same form.
-- Locks: replica, key, wallet.
drop function if exists hold_one;
create function hold_one(
  p_replica bigint, p_now timestamptz, p_platform bigint, p_price bigint, p_product bigint,
  p_key bigint, p_key_caps bigint[], p_wallet bigint, p_account bigint, p_wallet_caps bigint[],
  p_call uuid, p_amount bigint, p_tokens bigint
) returns table (wallets int[], available bigint[], wallet_used bigint[], keys int[],
  key_used bigint[], instant timestamptz)
language plpgsql
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := coalesce(p_now, clock_timestamp());
  v_minute constant timestamptz := date_bin('1 minute', v_now, 'epoch');
  v_before constant timestamptz := v_minute - interval '1 minute';
  -- Microseconds of the minute before that lie within the last sixty seconds.
  v_left constant bigint := 60000000 - extract(microseconds from v_now)::bigint;
  v_alive boolean;
  v_day timestamptz;
  v_month timestamptz;
  v_unit text;
  v_available bigint;
  v_wallet_used bigint[];
  v_key_used bigint[];
begin
  perform pg_advisory_xact_lock_shared(p_replica);
  select x.ended_at is null, window_start('day', v_now, p.time_zone),
      window_start('month', v_now, p.time_zone), r.unit
    into v_alive, v_day, v_month, v_unit
    from replica x
    left join platform p on p.id = p_platform and p.status = 'active'
    left join price r on r.id = p_price and r.product_id = p_product and r.platform_id = p_platform
      and v_now >= r.valid_from and (r.valid_until is null or v_now < r.valid_until)
    where x.id = p_replica;
  if v_alive is not true then
    raise exception 'replica_ended';
  end if;
  if v_day is null or v_unit is null then
    return;
  end if;

  if p_key is not null then
    update api_key k set
      open_holds = k.open_holds + 1,
      minute_start = v_minute,
      minute_requests = case k.minute_start when v_minute then k.minute_requests else 0 end + 1,
      minute_tokens = case k.minute_start when v_minute then k.minute_tokens else 0 end + p_tokens,
      previous_minute_requests = case k.minute_start when v_minute
        then k.previous_minute_requests when v_before then k.minute_requests else 0 end,
      previous_minute_tokens = case k.minute_start when v_minute
        then k.previous_minute_tokens when v_before then k.minute_tokens else 0 end,
      day_start = v_day,
      day_requests = case k.day_start when v_day then k.day_requests else 0 end + 1,
      day_tokens = case k.day_start when v_day then k.day_tokens else 0 end + p_tokens,
      day_spent = case k.day_start when v_day then k.day_spent else 0 end + p_amount,
      month_start = v_month,
      month_requests = case k.month_start when v_month then k.month_requests else 0 end + 1,
      month_tokens = case k.month_start when v_month then k.month_tokens else 0 end + p_tokens,
      month_spent = case k.month_start when v_month then k.month_spent else 0 end + p_amount,
      total_spent = k.total_spent + p_amount
    where k.id = p_key and k.status = 'active' and k.account_id = p_account
      and k.platform_id = p_platform and (k.expires_at is null or k.expires_at > v_now)
      and k.minute_start <= v_minute and k.day_start <= v_day and k.month_start <= v_month
      and (p_key_caps is null or (
        case when k.minute_start = v_minute
          then k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000
          when k.minute_start = v_before then (k.minute_requests * v_left + 59999999) / 60000000
          else 0 end + 1 <= p_key_caps[1]
        and case when k.minute_start = v_minute
          then k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000
          when k.minute_start = v_before then (k.minute_tokens * v_left + 59999999) / 60000000
          else 0 end + p_tokens <= p_key_caps[2]
        and case when k.day_start = v_day then k.day_requests else 0 end + 1 <= p_key_caps[3]
        and case when k.day_start = v_day then k.day_tokens else 0 end + p_tokens <= p_key_caps[4]
        and case when k.day_start = v_day then k.day_spent else 0 end + p_amount <= p_key_caps[5]
        and case when k.month_start = v_month then k.month_requests else 0 end + 1
          <= p_key_caps[6]
        and case when k.month_start = v_month then k.month_tokens else 0 end + p_tokens
          <= p_key_caps[7]
        and case when k.month_start = v_month then k.month_spent else 0 end + p_amount
          <= p_key_caps[8]
        and k.total_spent + p_amount <= p_key_caps[9] and k.open_holds + 1 <= p_key_caps[10]))
    returning case when p_key_caps is not null then array[array[
        k.minute_requests + (k.previous_minute_requests * v_left + 59999999) / 60000000,
        k.minute_tokens + (k.previous_minute_tokens * v_left + 59999999) / 60000000,
        k.day_requests, k.day_tokens, k.day_spent, k.month_requests, k.month_tokens,
        k.month_spent, k.total_spent, k.open_holds]] end into v_key_used;
    if not found then
      return;
    end if;
  end if;

  update wallet w set
    held = w.held + p_amount,
    open_holds = w.open_holds + 1,
    minute_start = v_minute,
    minute_requests = case w.minute_start when v_minute then w.minute_requests else 0 end + 1,
    minute_tokens = case w.minute_start when v_minute then w.minute_tokens else 0 end + p_tokens,
    previous_minute_requests = case w.minute_start when v_minute
      then w.previous_minute_requests when v_before then w.minute_requests else 0 end,
    previous_minute_tokens = case w.minute_start when v_minute
      then w.previous_minute_tokens when v_before then w.minute_tokens else 0 end,
    day_start = v_day,
    day_requests = case w.day_start when v_day then w.day_requests else 0 end + 1,
    day_tokens = case w.day_start when v_day then w.day_tokens else 0 end + p_tokens,
    day_spent = case w.day_start when v_day then w.day_spent else 0 end + p_amount,
    month_start = v_month,
    month_requests = case w.month_start when v_month then w.month_requests else 0 end + 1,
    month_tokens = case w.month_start when v_month then w.month_tokens else 0 end + p_tokens,
    month_spent = case w.month_start when v_month then w.month_spent else 0 end + p_amount,
    total_spent = w.total_spent + p_amount
  from account a
  where w.id = p_wallet and w.account_id = p_account and w.platform_id = p_platform
    and a.id = p_account and a.status = 'active'
    and w.unit = v_unit and w.balance - w.held >= p_amount and not w.has_pinned
    and (w.next_change_at is null or w.next_change_at > v_now)
    and w.minute_start <= v_minute and w.day_start <= v_day and w.month_start <= v_month
    and (p_wallet_caps is null or (
      case when w.minute_start = v_minute
        then w.minute_requests + (w.previous_minute_requests * v_left + 59999999) / 60000000
        when w.minute_start = v_before then (w.minute_requests * v_left + 59999999) / 60000000
        else 0 end + 1 <= p_wallet_caps[1]
      and case when w.minute_start = v_minute
        then w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000
        when w.minute_start = v_before then (w.minute_tokens * v_left + 59999999) / 60000000
        else 0 end + p_tokens <= p_wallet_caps[2]
      and case when w.day_start = v_day then w.day_requests else 0 end + 1 <= p_wallet_caps[3]
      and case when w.day_start = v_day then w.day_tokens else 0 end + p_tokens
        <= p_wallet_caps[4]
      and case when w.day_start = v_day then w.day_spent else 0 end + p_amount <= p_wallet_caps[5]
      and case when w.month_start = v_month then w.month_requests else 0 end + 1
        <= p_wallet_caps[6]
      and case when w.month_start = v_month then w.month_tokens else 0 end + p_tokens
        <= p_wallet_caps[7]
      and case when w.month_start = v_month then w.month_spent else 0 end + p_amount
        <= p_wallet_caps[8]
      and w.total_spent + p_amount <= p_wallet_caps[9] and w.open_holds + 1 <= p_wallet_caps[10]))
  returning w.balance - w.held, case when p_wallet_caps is not null then array[array[
      w.minute_requests + (w.previous_minute_requests * v_left + 59999999) / 60000000,
      w.minute_tokens + (w.previous_minute_tokens * v_left + 59999999) / 60000000,
      w.day_requests, w.day_tokens, w.day_spent, w.month_requests, w.month_tokens,
      w.month_spent, w.total_spent, w.open_holds]] end into v_available, v_wallet_used;
  if not found then
    -- The key is not to count it.
    update api_key k set
      open_holds = k.open_holds - 1,
      minute_requests = k.minute_requests - 1,
      minute_tokens = k.minute_tokens - p_tokens,
      day_requests = k.day_requests - 1,
      day_tokens = k.day_tokens - p_tokens,
      day_spent = k.day_spent - p_amount,
      month_requests = k.month_requests - 1,
      month_tokens = k.month_tokens - p_tokens,
      month_spent = k.month_spent - p_amount,
      total_spent = k.total_spent - p_amount
    where k.id = p_key;
    return;
  end if;

  insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
      replica_id, amount, tokens, held_at)
    values (p_call, 0, p_platform, p_account, p_wallet, p_key, p_product, p_price, p_replica,
      p_amount, p_tokens, v_now);
  return query select array[1], array[v_available], v_wallet_used,
    case when p_key is not null then array[1] end, v_key_used, v_now;
end $$;
