-- Brings one wallet up to the instant p_now: grants that have expired or were ended by then, and
-- allowances of a plan that the account is no longer on, go to breakage, but for what open holds may
-- still draw; the allowances of the plan are given for the windows of p_now. The caller holds the
-- wallet's row lock. Called at the first hold or settlement at or after wallet.next_change_at, so
-- correctness never waits for a job.
create or replace function roll_forward(p_wallet bigint, p_now timestamptz) returns void
language plpgsql as $$
declare
  v_wallet wallet;
  v_plan record;
  v_kept bigint;
  v_keep bigint;
  v_window_end timestamptz;
  g record;
begin
  perform draw_on_grants(p_wallet);
  select * into strict v_wallet from wallet where id = p_wallet;
  select * into v_plan from plan_at(v_wallet.platform_id, v_wallet.account_id, p_now);
  -- Grants that expired earlier already keep this much for the holds that are open now.
  select coalesce(sum(remaining), 0) into v_kept
    from wallet_grant where wallet_id = p_wallet and not closed and pinned is not null;
  for g in
    select * from (
      select o.*, least(o.expires_at, o.ended_at, case
          when a.plan_id <> coalesce(v_plan.plan_id, 0) then greatest(v_plan.since, o.created_at)
          -- Its periods are counted anew from there.
          when a.per = 'period' and a.window_start < v_plan.anchor_at
            then greatest(v_plan.since, v_plan.anchor_at, o.created_at) end) as ends_at
      from wallet_grant o left join wallet_allowance a
        on a.wallet_id = o.wallet_id and a.grant_id = o.id and a.per <> 'once'
      where o.wallet_id = p_wallet and not o.closed and o.pinned is null) e
    where ends_at <= p_now
    order by ends_at, priority, id
  loop
    v_keep := least(g.remaining, v_wallet.held - v_kept);
    v_kept := v_kept + v_keep;
    update wallet_grant set pinned = v_wallet.held, remaining = v_keep, closed = (v_keep = 0),
      ended_at = nullif(g.ends_at, g.expires_at) where id = g.id;
    perform break_grant(g.platform_id, p_wallet, g.id, g.remaining - v_keep, p_now);
  end loop;
  if v_plan.plan_id is not null then
    v_window_end := give_allowances(v_wallet, v_plan.plan_id, v_plan.anchor_at, p_now);
  end if;
  update wallet set has_pinned = exists (
    select from wallet_grant where wallet_id = p_wallet and not closed and pinned is not null
  ), next_change_at = least(v_window_end, v_plan.until, (
    select min(expires_at) from wallet_grant
    where wallet_id = p_wallet and not closed and pinned is null
  )) where id = p_wallet;
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
