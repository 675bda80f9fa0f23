-- Admits or refuses a batch of calls, in the order of the arrays: limits, budgets, status, price
-- version and wallets are checked and the holds written in one go, all or nothing for each call.
-- A refused call leaves no trace and does not count against the ones after it.
--
-- One array element a leg; the legs of a call stand together, leg 0 first. `p_key` is 0 for a leg
-- without a key. A leg asks for an amount between p_min and p_max and gets the most that its wallet
-- and budgets allow. Claims belong to a leg (p_claim_row, 1-based, ascending): a counter, what this
-- call adds to it, and the cap. Locks: replica, keys by id, wallets by id, always in this order.
--
-- The planner is held to index look-ups: a plan made while the tables were small must not live on.
-- That goes for the functions called from here too; they are plpgsql, which keeps its plans, while
-- an SQL function that is not inlined would be planned at every call.
drop function if exists hold_batch;
create function hold_batch(
  p_replica bigint, p_now timestamptz, p_call uuid[], p_leg smallint[], p_platform bigint[],
  p_account bigint[], p_wallet bigint[], p_key bigint[], p_product bigint[], p_price bigint[],
  p_min bigint[], p_max bigint[], p_tokens bigint[],
  p_claim_row int[], p_claim_counter text[], p_claim_amount bigint[], p_claim_cap bigint[]
) returns table (
  row_no int, outcome text, granted bigint, available bigint,
  refused_claim int, refused_leg int, remaining bigint[], instant timestamptz
)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  n constant int := cardinality(p_call);
  v_now timestamptz;
  v_fault text[];
  v_locked bigint[];            -- the wallets, by id
  v_next_change timestamptz;
  v_available bigint[];         -- what each of them has left
  v_slot int[];                 -- leg -> index of its wallet in both
  v_spends boolean[];           -- claim -> is it on a 'spent' counter
  v_used bigint[];              -- claim slot -> what the counter stands at
  v_claim_slot int[];
  v_claim_from int[] := array_fill(1, array[n]);
  v_claim_to int[] := array_fill(0, array[n]);
  v_outcome text[] := array_fill(''::text, array[n]);
  v_granted bigint[] := array_fill(0::bigint, array[n]);
  v_refused_claim int[] := array_fill(0, array[n]);
  v_refused_leg int[] := array_fill(0, array[n]);
  v_remaining bigint[] := array_fill(0::bigint, array[cardinality(p_claim_row)]);
  v_after bigint[] := array_fill(0::bigint, array[n]);
  v_first int := 1;
  v_last int;
  v_done int;
  v_result text;
  v_grant bigint;
  v_claim int;
  k int;
  c int;
begin
  perform pg_advisory_xact_lock_shared(p_replica);
  if not exists (select from replica r where r.id = p_replica and r.ended_at is null) then
    raise exception 'replica_ended';
  end if;
  perform from api_key a where a.id = any (p_key) order by a.id for no key update;
  select array_agg(w.balance - w.held order by w.id), array_agg(w.id order by w.id),
      min(w.next_change_at)
    into v_available, v_locked, v_next_change
    from (select * from wallet w where w.id = any (p_wallet) order by w.id for no key update) w;
  v_now := coalesce(p_now, clock_timestamp());
  if v_next_change <= v_now then
    perform roll_forward(w.id, v_now) from wallet w
      where w.id = any (p_wallet) and w.next_change_at <= v_now;
    select array_agg(w.balance - w.held order by w.id) into v_available
      from wallet w where w.id = any (p_wallet);
  end if;

  select array_agg(coalesce(array_position(v_locked, u.wallet_id), 0) order by u.ord),
      array_agg(case
        when w.id is null then 'wallet_missing'
        when p.status <> 'active' then 'platform_suspended'
        when a.status <> 'active' then 'account_suspended'
        when u.key_id <> 0 and (k.status is distinct from 'active' or k.expires_at <= v_now)
          then 'key_inactive'
        when r.id is null or v_now < r.valid_from or v_now >= r.valid_until then 'stale_price'
        when r.unit <> w.unit then 'wrong_unit'
        else '' end order by u.ord)
    into v_slot, v_fault
    from unnest(p_platform, p_account, p_wallet, p_key, p_product, p_price) with ordinality
      as u (platform_id, account_id, wallet_id, key_id, product_id, price_id, ord)
    left join wallet w on w.id = u.wallet_id and w.account_id = u.account_id
      and w.platform_id = u.platform_id
    left join platform p on p.id = u.platform_id
    left join account a on a.platform_id = u.platform_id and a.id = u.account_id
    left join api_key k on k.id = u.key_id and k.account_id = u.account_id
    left join price r on r.platform_id = u.platform_id and r.id = u.price_id
      and r.product_id = u.product_id;

  -- Claims: the counters they name, one slot for each (row, counter), with what it stands at now.
  if cardinality(p_claim_row) > 0 then
    for c in 1 .. cardinality(p_claim_row) loop
      if v_claim_to[p_claim_row[c]] = 0 then
        v_claim_from[p_claim_row[c]] := c;
      end if;
      v_claim_to[p_claim_row[c]] := c;
    end loop;
    select array_agg(s.slot order by s.ord), array_agg(s.counter like '%.spent' order by s.ord),
        (select array_agg(u.used order by u.slot) from
          counters_used(v_now, p_claim_row, p_claim_counter, p_wallet, p_key) u)
      into v_claim_slot, v_spends, v_used
      from claim_slots(p_claim_row, p_claim_counter, p_wallet, p_key) s;
  end if;

  -- Arrival order decides, in one pass.
  while v_first <= n loop
    v_last := v_first;
    while v_last < n and p_leg[v_last + 1] > 0 loop
      v_last := v_last + 1;
    end loop;
    v_result := 'held';
    v_claim := 0;
    v_done := v_first - 1;
    for k in v_first .. v_last loop
      if v_fault[k] <> '' then
        v_result := v_fault[k];
        exit;
      end if;
      v_grant := least(p_max[k], v_available[v_slot[k]]);
      if v_grant < p_min[k] then
        v_result := 'insufficient';
        exit;
      end if;
      for c in v_claim_from[k] .. v_claim_to[k] loop
        if v_spends[c] then
          v_grant := least(v_grant, p_claim_cap[c] - v_used[v_claim_slot[c]]);
        end if;
        if v_grant < p_min[k]
          or (not v_spends[c]
            and v_used[v_claim_slot[c]] + p_claim_amount[c] > p_claim_cap[c]) then
          v_result := 'limited';
          v_claim := c;
          exit;
        end if;
      end loop;
      exit when v_result <> 'held';
      v_granted[k] := v_grant;
      v_available[v_slot[k]] := v_available[v_slot[k]] - v_grant;
      v_done := k;
    end loop;
    for k in v_first .. v_last loop
      if v_result <> 'held' and k <= v_done then
        v_available[v_slot[k]] := v_available[v_slot[k]] + v_granted[k];
        v_granted[k] := 0;
      end if;
      for c in v_claim_from[k] .. v_claim_to[k] loop
        if v_result = 'held' then
          v_used[v_claim_slot[c]] := v_used[v_claim_slot[c]]
            + case when v_spends[c] then v_granted[k]
                else p_claim_amount[c] end;
        end if;
        v_remaining[c] := p_claim_cap[c] - v_used[v_claim_slot[c]];
      end loop;
      v_outcome[k] := v_result;
      v_refused_claim[k] := v_claim;
      v_refused_leg[k] := case v_result when 'held' then 0 else p_leg[v_done + 1] end;
      v_after[k] := coalesce(v_available[v_slot[k]], 0);
    end loop;
    v_first := v_last + 1;
  end loop;

  perform count_holds(v_now, p_platform, p_wallet, p_key, p_tokens, v_granted, v_outcome);
  insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
      replica_id, amount, tokens, held_at)
    select u.id, u.leg, u.platform_id, u.account_id, u.wallet_id, nullif(u.key_id, 0),
      u.product_id, u.price_id, p_replica, u.granted, u.tokens, v_now
    from unnest(p_call, p_leg, p_platform, p_account, p_wallet, p_key, p_product, p_price,
        v_granted, p_tokens, v_outcome)
      as u (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
        granted, tokens, outcome)
    where u.outcome = 'held';
  return query
    select u.ord::int, u.outcome, u.granted, u.available, u.refused_claim, u.refused_leg,
      v_remaining[v_claim_from[u.ord::int] : v_claim_to[u.ord::int]], v_now
    from unnest(v_outcome, v_granted, v_after, v_refused_claim, v_refused_leg) with ordinality
      as u (outcome, granted, available, refused_claim, refused_leg, ord);
end $$;
