-- Lets a wallet's grants give what was charged to the wallet and not drawn yet: by priority,
-- earliest expiry, oldest. The caller holds the wallet's row lock. Called before the set of the
-- wallet's grants changes; until then the view open_grant tells the same without writing.
drop function if exists draw_on_grants;
create function draw_on_grants(p_wallet bigint) returns void language plpgsql as $$
begin
  if (select w.undrawn from wallet w where w.id = p_wallet) = 0 then
    return;
  end if;
  update wallet_grant g set remaining = s.remaining, closed = (s.remaining = 0)
    from open_grant s
    where s.wallet_id = p_wallet and s.id = g.id and s.remaining <> g.remaining;
  update wallet set undrawn = 0 where id = p_wallet;
end $$;

-- Draws call by call, for wallets that have pinned grants: a call may draw on an expired grant
-- only if it was held before the expiry, and then draws on it first: nobody else can use it, and
-- later holds count on the live grants. What resolved holds leave of a pinned grant goes to
-- breakage at once. The wallet's balance already bears the charges.
drop function if exists draw_on_pinned;
create function draw_on_pinned(
  p_now timestamptz, p_call uuid[], p_leg smallint[], p_result text[], p_charge bigint[],
  p_wallet bigint[]
) returns void language plpgsql as $$
declare
  v_left bigint;
  v_taken bigint;
  v_kept bigint;
  r record;
  g record;
begin
  for r in
    select h.*, u.charge from unnest(p_call, p_leg, p_result, p_charge) with ordinality
      as u (id, leg, result, charge, ord)
    join hold h on h.id = u.id and h.leg = u.leg
    where u.result = 'new' and h.wallet_id = any (p_wallet) order by u.ord
  loop
    v_left := r.charge;
    for g in
      select * from wallet_grant where wallet_id = r.wallet_id and not closed
        and (pinned is null or coalesce(ended_at, expires_at) > r.held_at)
      order by case when pinned is not null then coalesce(ended_at, expires_at) end, priority,
        expires_at, id
    loop
      v_taken := least(v_left, g.remaining);
      v_left := v_left - v_taken;
      update wallet_grant set remaining = remaining - v_taken,
        closed = (pinned is null and remaining = v_taken) where id = g.id and v_taken > 0;
    end loop;
    if v_left > 0 then
      raise exception 'grants of wallet % do not cover its balance', r.wallet_id;
    end if;
    v_kept := 0;
    for g in
      select * from wallet_grant
      where wallet_id = r.wallet_id and not closed and pinned is not null
      order by coalesce(ended_at, expires_at), priority, id
    loop
      if coalesce(g.ended_at, g.expires_at) > r.held_at then
        g.pinned := greatest(0, g.pinned - r.amount);
      end if;
      v_taken := greatest(0, least(g.remaining, v_kept + g.remaining - g.pinned));
      v_kept := v_kept + g.remaining - v_taken;
      update wallet_grant set pinned = g.pinned, remaining = g.remaining - v_taken,
        closed = (g.remaining = v_taken) where id = g.id;
      perform break_grant(g.platform_id, r.wallet_id, g.id, v_taken, p_now);
    end loop;
  end loop;
  update wallet w set has_pinned = false where w.id = any (p_wallet) and not exists (
    select from wallet_grant o where o.wallet_id = w.id and not o.closed and o.pinned is not null);
end $$;
