-- Brings one wallet up to the instant p_now: grants that have expired or were ended by then go to
-- breakage, but for what open holds may still draw. The caller holds the wallet's row lock. Called at the first
-- hold or settlement at or after wallet.next_change_at, so correctness never waits for a job.
create or replace function roll_forward(p_wallet bigint, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_held bigint;
  v_kept bigint;
  v_keep bigint;
  g record;
begin
  perform draw_on_grants(p_wallet);
  select held into strict v_held from wallet where id = p_wallet;
  -- Grants that expired earlier already keep this much for the holds that are open now.
  select coalesce(sum(remaining), 0) into v_kept
    from wallet_grant where wallet_id = p_wallet and not closed and pinned is not null;
  for g in
    select * from wallet_grant
    where wallet_id = p_wallet and not closed and pinned is null
      and least(expires_at, ended_at) <= p_now
    order by least(expires_at, ended_at), priority, id
  loop
    v_keep := least(g.remaining, v_held - v_kept);
    v_kept := v_kept + v_keep;
    update wallet_grant set pinned = v_held, remaining = v_keep, closed = (v_keep = 0)
      where id = g.id;
    perform break_grant(g.platform_id, p_wallet, g.id, g.remaining - v_keep, p_now);
  end loop;
  update wallet set has_pinned = exists (
    select from wallet_grant where wallet_id = p_wallet and not closed and pinned is not null
  ), next_change_at = (
    select min(expires_at) from wallet_grant
    where wallet_id = p_wallet and not closed and pinned is null
  ) where id = p_wallet;
end $$;

-- Moves an expired part of a grant from the wallet to breakage. The grant's own row is the caller's.
create or replace function break_grant(
  p_platform bigint, p_wallet bigint, p_grant bigint, p_amount bigint, p_now timestamptz
) returns void language plpgsql as $$
declare
  v_wallet wallet;
begin
  if p_amount = 0 then
    return;
  end if;
  update wallet set balance = balance - p_amount, version = version + 1
    where id = p_wallet returning * into strict v_wallet;
  insert into transfer (platform_id, unit, kind, amount, from_wallet_id, from_wallet_version,
    to_system, grant_id, reference, at)
  values (p_platform, v_wallet.unit, 'expiry', p_amount, p_wallet,
    v_wallet.version, 'breakage', p_grant, format('expiry:%s:%s', p_grant, v_wallet.version), p_now);
end $$;

-- Rolls forward what is due of accounts' wallets. Time alone decides what that changes, so anybody
-- who looks at a wallet may have it done, also who may write nothing.
create or replace function roll_accounts_forward(p_platform bigint, p_accounts bigint[])
returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  due bigint;
begin
  for due in
    select id from wallet
    where platform_id = p_platform and account_id = any (p_accounts)
      and next_change_at <= clock_timestamp()
    order by id for no key update
  loop
    perform roll_forward(due, clock_timestamp());
  end loop;
end $$;
