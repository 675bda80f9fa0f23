-- Moves what is left of a live grant to another wallet of the same unit, as a grant that is spent
-- and expires as the old one would have been. The caller holds both wallets' row locks, has rolled
-- them forward and let their grants give what was undrawn. Returns what was moved.
create or replace function move_grant(
  p_now timestamptz, p_grant bigint, p_to bigint, p_as bigint, p_reason text
) returns bigint language plpgsql as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  g wallet_grant;
  v_from wallet;
  v_to wallet;
begin
  select * into strict g from wallet_grant where id = p_grant and not closed and pinned is null;
  update wallet_grant set remaining = 0, closed = true where id = p_grant;
  update wallet set balance = balance - g.remaining, version = version + 1
    where id = g.wallet_id returning * into strict v_from;
  insert into wallet_grant (id, platform_id, wallet_id, source, priority, granted, remaining,
    expires_at, money_unit, money_amount, reason, created_at)
  values (p_as, g.platform_id, p_to, g.source, g.priority, g.remaining, g.remaining, g.expires_at,
    g.money_unit, trunc(g.money_amount::numeric * g.remaining / g.granted), g.reason, g.created_at);
  update wallet set balance = balance + g.remaining, version = version + 1,
      next_change_at = least(next_change_at, g.expires_at)
    where id = p_to and unit = v_from.unit returning * into strict v_to;
  insert into transfer (platform_id, unit, kind, amount, from_wallet_id, from_wallet_version,
    to_wallet_id, to_wallet_version, grant_id, reference, reason, at)
  values (g.platform_id, v_from.unit, 'merge', g.remaining, v_from.id, v_from.version, v_to.id,
    v_to.version, p_as, format('merge:%s', p_grant), p_reason, v_now);
  return g.remaining;
end $$;
