-- Puts value into a wallet as a new grant, once per reference. Returns the grant and whether it is
-- new; a reference that was used for something else raises 'reference_conflict'.
create or replace function grant_value(
  p_now timestamptz, p_grant bigint, p_platform bigint, p_wallet bigint, p_amount bigint,
  p_source text, p_priority smallint, p_expires_at timestamptz, p_reference text, p_reason text,
  p_money_unit text, p_money_amount bigint
) returns table (grant_id bigint, created boolean, balance bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_wallet wallet;
  v_old record;
  v_balance bigint;
begin
  select * into v_wallet from wallet
    where id = p_wallet and platform_id = p_platform for no key update;
  if not found then
    raise exception 'wallet_not_found';
  end if;
  -- Those of allowances are not for others to use up.
  if p_reference like 'allowance:%' then
    raise exception 'reference_conflict';
  end if;
  select t.amount, t.grant_id, t.to_wallet_id, t.kind into v_old from transfer t
    where t.platform_id = p_platform and t.reference = p_reference;
  if found then
    if v_old.kind <> 'grant' or v_old.to_wallet_id <> p_wallet or v_old.amount <> p_amount then
      raise exception 'reference_conflict';
    end if;
    return query select v_old.grant_id, false, v_wallet.balance;
    return;
  end if;
  v_now := coalesce(p_now, clock_timestamp());
  if p_expires_at <= v_now then
    raise exception 'already_expired';
  end if;
  if v_wallet.next_change_at <= v_now then
    perform roll_forward(p_wallet, v_now);
  end if;
  v_balance := put_grant(v_now, p_grant, p_platform, p_wallet, p_amount, p_source, p_priority,
    p_expires_at, p_reference, p_reason, p_money_unit, p_money_amount);
  return query select p_grant, true, v_balance;
end $$;

-- Writes a grant whose reference is new into a wallet that is up to p_now and locked. Returns the
-- balance.
drop function if exists put_grant;
create function put_grant(
  p_now timestamptz, p_grant bigint, p_platform bigint, p_wallet bigint, p_amount bigint,
  p_source text, p_priority smallint, p_expires_at timestamptz, p_reference text, p_reason text,
  p_money_unit text, p_money_amount bigint
) returns bigint
language plpgsql as $$
declare
  v_wallet wallet;
begin
  perform draw_on_grants(p_wallet);
  insert into wallet_grant (id, platform_id, wallet_id, source, priority, granted, remaining,
    expires_at, money_unit, money_amount, reason, created_at)
  values (p_grant, p_platform, p_wallet, p_source, p_priority, p_amount, p_amount,
    p_expires_at, p_money_unit, p_money_amount, p_reason, p_now);
  update wallet w set balance = w.balance + p_amount, version = w.version + 1,
    next_change_at = least(w.next_change_at, p_expires_at)
    where w.id = p_wallet returning * into v_wallet;
  insert into transfer (platform_id, unit, kind, amount, from_system, to_wallet_id,
    to_wallet_version, grant_id, reference, reason, at)
  values (p_platform, v_wallet.unit, 'grant', p_amount,
    case when p_source = 'purchase' then 'issued' else 'promotions' end, p_wallet,
    v_wallet.version, p_grant, p_reference, p_reason, p_now);
  return v_wallet.balance;
end $$;
