-- Redeems a code for an account, exactly once for each of its uses: as a grant of source 'bonus'.
-- A customer may call it, who may write neither codes nor grants: with its own account only. What an
-- account gets wrong is counted in the same transaction, which the caller commits whatever the
-- result is, and beyond p_most in an hour nothing is looked at. Locks: the account's count, the
-- code, the wallet.
drop function if exists redeem_code;
create function redeem_code(
  p_platform bigint, p_account bigint, p_hash bytea, p_most int,
  out result text, out grant_id bigint, out unit text, out amount bigint, out balance bigint,
  out code_id bigint
) language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_count wrong_code_count;
  v_code redemption_code;
  v_wallet bigint;
  v_grant bigint;
begin
  if p_platform <> coalesce(tenant_platform(), p_platform)
    or p_account <> coalesce(tenant_account(), p_account) then
    raise exception 'not of this tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into wrong_code_count (account_id, platform_id, hour, wrong)
    values (p_account, p_platform, date_trunc('hour', clock_timestamp()), 0)
    on conflict (account_id) do update set wrong = wrong_code_count.wrong
    returning * into v_count;
  v_now := clock_timestamp();
  if v_count.hour < date_trunc('hour', v_now) then
    update wrong_code_count set hour = date_trunc('hour', v_now), wrong = 0
      where account_id = p_account returning * into v_count;
  end if;
  if v_count.wrong >= p_most then
    result := 'too_many';
    return;
  end if;
  select * into v_code from redemption_code c
    where c.platform_id = p_platform and c.hash = p_hash for update;
  result := case
    when v_code.id is null or v_code.status <> 'active' then 'unknown'
    when v_code.expires_at <= v_now then 'expired'
    when v_code.once_per_account and exists (select from redemption r
      where r.code_id = v_code.id and r.account_id = p_account) then 'redeemed_before'
    when v_code.uses >= v_code.max_uses then 'used_up'
    else 'redeemed' end;
  if result <> 'redeemed' then
    if result = 'unknown' then
      update wrong_code_count set wrong = wrong + 1 where account_id = p_account;
    end if;
    return;
  end if;
  insert into wallet (id, platform_id, account_id, unit)
    values (row_id_at(v_now), p_platform, p_account, v_code.unit)
    on conflict (platform_id, account_id, unit) do nothing;
  select w.id into strict v_wallet from wallet w
    where w.platform_id = p_platform and w.account_id = p_account and w.unit = v_code.unit;
  v_grant := row_id_at(v_now);
  update redemption_code set uses = uses + 1 where id = v_code.id;
  select g.balance into balance from grant_value(null, v_grant, p_platform, v_wallet, v_code.amount,
    'bonus', 0::smallint, null, format('code:%s:%s', v_code.id, v_code.uses + 1),
    format('code %s', v_code.preview), null, 0) g;
  insert into redemption (platform_id, code_id, use_no, account_id, grant_id, at)
    values (p_platform, v_code.id, v_code.uses + 1, p_account, v_grant, v_now);
  grant_id := v_grant;
  unit := v_code.unit;
  amount := v_code.amount;
  code_id := v_code.id;
end $$;
