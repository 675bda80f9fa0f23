-- When the newest of a wallet's open holds was made; null without any. No process has an open hold
-- older than it says of itself, so few rows are looked at. What processes say is not for tenants.
create or replace function last_held_at(p_wallet bigint) returns timestamptz
language sql stable security definer set search_path = public, pg_temp as $$
  select max(h.held_at) from hold h left join call c on c.id = h.id and c.leg = h.leg
    where h.wallet_id = p_wallet and c.id is null
      and h.id >= (select open_since from replica where swept_at is null
        order by open_since limit 1)
$$;

-- Ends a grant now, as its expiry would: what is left goes to breakage, but for what the holds that
-- are open now may still draw. False when it was over before.
create or replace function end_grant(p_now timestamptz, p_platform bigint, p_grant bigint)
returns boolean language plpgsql as $$
declare
  v_end timestamptz;
  v_wallet wallet;
begin
  select w.* into v_wallet from wallet w
    where w.id = (select g.wallet_id from wallet_grant g
      where g.id = p_grant and g.platform_id = p_platform) for no key update;
  if not found then
    raise exception 'grant_not_found';
  end if;
  v_end := coalesce(p_now, clock_timestamp());
  if v_wallet.next_change_at <= v_end then
    perform roll_forward(v_wallet.id, v_end);
  end if;
  perform draw_on_grants(v_wallet.id);
  -- Whoever was held before the end may draw on what is kept, also if the clock went back since.
  if v_wallet.open_holds > 0 then
    v_end := greatest(v_end, last_held_at(v_wallet.id) + interval '1 microsecond');
  end if;
  update wallet_grant set ended_at = v_end
    where id = p_grant and not closed and pinned is null;
  if not found then
    return false;
  end if;
  perform roll_forward(v_wallet.id, v_end);
  return true;
end $$;
