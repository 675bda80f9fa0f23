-- What an account's plan gives it, and when. Everything is computed from rows and an instant; no job
-- has to run for it.

-- The window of an allowance that an instant falls in: a day or month of the zone, a month counted
-- from the anchor (from the 31st: the last day of shorter months), or all of time for 'once'.
create or replace function allowance_window(
  p_per text, p_at timestamptz, p_anchor timestamptz, p_zone text,
  out starts timestamptz, out ends timestamptz
) language plpgsql stable as $$
declare
  v_anchor constant timestamp := p_anchor at time zone p_zone;
  v_at constant timestamp := p_at at time zone p_zone;
  n int;
begin
  if p_per = 'once' then
    starts := 'epoch';
  elsif p_per in ('day', 'month') then
    starts := window_start(p_per, p_at, p_zone);
    -- Past its end, whose clock may have been put forward or back, and not past the end of the next.
    ends := window_start(p_per,
      starts + case p_per when 'day' then interval '26 hours' else interval '768 hours' end, p_zone);
  else
    n := greatest(0, 12 * (extract(year from v_at) - extract(year from v_anchor))::int
      + (extract(month from v_at) - extract(month from v_anchor))::int);
    if n > 0 and (v_anchor + make_interval(months => n)) at time zone p_zone > p_at then
      n := n - 1;
    end if;
    starts := (v_anchor + make_interval(months => n)) at time zone p_zone;
    ends := (v_anchor + make_interval(months => n + 1)) at time zone p_zone;
  end if;
end $$;

-- The plan that an account is on at an instant, since when, and until when if nothing is agreed
-- anew. Who is on none, or whose subscription has run out, is on the platform's default plan.
drop function if exists plan_at;
create function plan_at(
  p_platform bigint, p_account bigint, p_at timestamptz,
  out plan_id bigint, out state text, out since timestamptz, out until timestamptz,
  out anchor_at timestamptz, out period_start timestamptz, out period_end timestamptz,
  out next_plan_id bigint, out next_plan_at timestamptz, out currency text,
  out tried_plan_ids bigint[]
) language plpgsql stable as $$
declare
  s subscription;
  v_end timestamptz;
begin
  select * into s from subscription o
    where o.account_id = p_account and o.platform_id = p_platform;
  if found then
    plan_id := s.plan_id;
    since := s.plan_since;
    anchor_at := s.anchor_at;
    period_start := s.period_start;
    period_end := s.period_end;
    currency := s.currency;
    tried_plan_ids := s.tried_plan_ids;
    v_end := least(s.ended_at, s.grace_end);
    if s.next_plan_at <= p_at and (s.next_plan_at <= s.period_end or v_end is null
        or s.next_plan_at < v_end) and (s.ended_at is null or s.next_plan_at < s.ended_at) then
      plan_id := s.next_plan_id;
      since := s.next_plan_at;
      if s.next_is_free then
        period_start := since;
        period_end := null;
        v_end := s.ended_at;
      end if;
    else
      next_plan_id := s.next_plan_id;
      next_plan_at := s.next_plan_at;
    end if;
    if v_end is null or p_at < v_end then
      state := case when p_at >= period_end then 'past_due' when s.ended_at is not null then 'canceling'
        when s.is_trial and period_end is not null then 'trialing' else 'active' end;
      until := least(v_end, next_plan_at);
      return;
    end if;
    next_plan_id := null;
    next_plan_at := null;
    anchor_at := v_end;
  end if;
  state := case when s.account_id is null then 'none' else 'expired' end;
  select p.default_plan_id, greatest(v_end, p.default_plan_since) into plan_id, since
    from platform p where p.id = p_platform;
end $$;

-- Gives a wallet what its account's plan allows for the windows of p_now, once for each window.
-- Returns when the first of them ends. The caller holds the wallet's row lock, and has ended what
-- other plans gave. A window that nobody looked at is over when it is over.
drop function if exists give_allowances;
create function give_allowances(
  p_wallet wallet, p_plan bigint, p_anchor timestamptz, p_now timestamptz
) returns timestamptz language plpgsql as $$
declare
  v_next timestamptz;
  v_reference text;
  v_grant bigint;
  v_last wallet_allowance;
  a record;
begin
  for a in
    select g.per, g.amount, v.starts, v.ends from plan_allowance g
    join platform p on p.id = g.platform_id
    join account o on o.id = p_wallet.account_id
    cross join lateral allowance_window(g.per, p_now, coalesce(p_anchor, o.created_at),
      p.time_zone) v
    where g.plan_id = p_plan and g.unit = p_wallet.unit order by g.per
  loop
    v_next := least(v_next, a.ends);
    select * into v_last from wallet_allowance where wallet_id = p_wallet.id and per = a.per;
    -- An earlier window than the last is that of a clock which went back.
    continue when v_last.plan_id = p_plan and v_last.window_start >= a.starts;
    v_reference := format('allowance:%s:%s:%s:%s', p_wallet.id, p_plan, a.per,
      (extract(epoch from a.starts) * 1000000)::bigint);
    select t.grant_id into v_grant from transfer t
      where t.platform_id = p_wallet.platform_id and t.reference = v_reference;
    if not found then
      v_grant := row_id_at(p_now);
      perform put_grant(p_now, v_grant, p_wallet.platform_id, p_wallet.id, a.amount, 'allowance',
        allowance_priority(), a.ends, v_reference, format('allowance of the plan, per %s', a.per),
        null, 0);
    end if;
    insert into wallet_allowance (wallet_id, per, platform_id, plan_id, window_start, grant_id)
      values (p_wallet.id, a.per, p_wallet.platform_id, p_plan, a.starts, v_grant)
      on conflict (wallet_id, per) do update set plan_id = excluded.plan_id,
        window_start = excluded.window_start, grant_id = excluded.grant_id;
  end loop;
  return v_next;
end $$;

-- Allowances are spent before everything that was bought or given.
create or replace function allowance_priority() returns smallint
language sql immutable parallel safe as $$ select -100::smallint $$;

-- Locks the wallets of an account, which serialises all that is agreed about its plan with its
-- calls. Returns the instant from which on a change goes: later than any hold that was made.
create or replace function lock_wallets_of(p_platform bigint, p_account bigint)
returns timestamptz language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from wallet where platform_id = p_platform and account_id = p_account
    order by id for no key update;
  return clock_timestamp();
end $$;

-- Lets a change of an account's plan take effect in its wallets, at the instant that
-- lock_wallets_of gave; opens wallets that the plan, or one to come, needs.
create or replace function plan_changed(p_platform bigint, p_account bigint, p_now timestamptz)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  w bigint;
begin
  insert into wallet (id, platform_id, account_id, unit)
    select row_id_at(p_now), p_platform, p_account, u.unit from (
      select distinct g.unit from platform p
      cross join lateral plan_at(p_platform, p_account, p_now) f
      join plan_allowance g on g.plan_id in (f.plan_id, f.next_plan_id, p.default_plan_id)
      where p.id = p_platform) u
    on conflict (platform_id, account_id, unit) do nothing;
  for w in
    select id from wallet where platform_id = p_platform and account_id = p_account order by id
    for no key update
  loop
    perform roll_forward(w, p_now);
  end loop;
end $$;

-- Lets a change of what plans give, or of which plan is the default, take effect: each wallet of
-- the platform looks anew at its next call, or when somebody looks at it.
create or replace function plans_changed(p_platform bigint)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from wallet where platform_id = p_platform order by id for no key update;
  insert into wallet (id, platform_id, account_id, unit)
    select row_id_at(clock_timestamp()), p_platform, n.account_id, n.unit from (
      select distinct a.id as account_id, g.unit from account a
      join platform p on p.id = a.platform_id
      cross join lateral plan_at(a.platform_id, a.id, clock_timestamp()) f
      join plan_allowance g on g.plan_id in (f.plan_id, f.next_plan_id, p.default_plan_id)
      where a.platform_id = p_platform) n
    on conflict (platform_id, account_id, unit) do nothing;
  update wallet set next_change_at = 'epoch' where platform_id = p_platform;
end $$;

-- Makes a plan (null: none) the one of whoever is on no other.
create or replace function set_default_plan(p_platform bigint, p_plan bigint)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from wallet where platform_id = p_platform order by id for no key update;
  update platform set default_plan_id = p_plan, default_plan_since = clock_timestamp()
    where id = p_platform and default_plan_id is distinct from p_plan;
  if found then
    perform plans_changed(p_platform);
  end if;
end $$;
