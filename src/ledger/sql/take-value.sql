-- Takes value out of a wallet, once per reference, from its grants in the order in which they are
-- spent. `outcome`: 'taken'; 'repeated' when the same reference took the same before; 'insufficient'
-- when less is available, which holds are no part of: nothing is taken then. A reference that was
-- used for something else raises 'reference_conflict'.
create or replace function take_value(
  p_now timestamptz, p_platform bigint, p_wallet bigint, p_amount bigint, p_reference text,
  p_reason text
) returns table (outcome text, transfer_id bigint, balance bigint, available bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_wallet wallet;
  v_old record;
  v_transfer bigint;
begin
  select * into v_wallet from wallet
    where id = p_wallet and platform_id = p_platform for no key update;
  if not found then
    raise exception 'wallet_not_found';
  end if;
  select t.id, t.amount, t.from_wallet_id, t.kind into v_old from transfer t
    where t.platform_id = p_platform and t.reference = p_reference;
  if found then
    if v_old.kind <> 'adjustment' or v_old.from_wallet_id <> p_wallet
      or v_old.amount <> p_amount then
      raise exception 'reference_conflict';
    end if;
    return query select 'repeated', v_old.id, v_wallet.balance, v_wallet.balance - v_wallet.held;
    return;
  end if;
  v_now := coalesce(p_now, clock_timestamp());
  if v_wallet.next_change_at <= v_now then
    perform roll_forward(p_wallet, v_now);
  end if;
  perform draw_on_grants(p_wallet);
  select * into strict v_wallet from wallet where id = p_wallet;
  if v_wallet.balance - v_wallet.held < p_amount then
    return query select 'insufficient', null::bigint, v_wallet.balance,
      v_wallet.balance - v_wallet.held;
    return;
  end if;
  -- What expired grants keep is within what is held: the live ones cover all that is available.
  update wallet_grant g set remaining = s.remaining, closed = (s.remaining = 0)
    from (
      select o.id, o.remaining - least(o.remaining, greatest(0, p_amount
          - (sum(o.remaining) over (order by o.priority, o.expires_at nulls last, o.id)
            - o.remaining)))::bigint as remaining
      from wallet_grant o where o.wallet_id = p_wallet and not o.closed and o.pinned is null
    ) s
    where g.id = s.id and g.remaining <> s.remaining;
  update wallet w set balance = w.balance - p_amount, version = w.version + 1
    where w.id = p_wallet returning * into v_wallet;
  insert into transfer (platform_id, unit, kind, amount, from_wallet_id, from_wallet_version,
    to_system, reference, reason, at)
  values (p_platform, v_wallet.unit, 'adjustment', p_amount, p_wallet, v_wallet.version,
    'promotions', p_reference, p_reason, v_now) returning id into v_transfer;
  return query select 'taken', v_transfer, v_wallet.balance, v_wallet.balance - v_wallet.held;
end $$;
