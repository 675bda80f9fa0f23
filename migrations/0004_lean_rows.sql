-- What a call writes, made lean. A charge is taken from the wallet at once and from its grants
-- later: `undrawn` says how much the grants have still to give. In which order grants are spent does
-- not depend on when, as long as the set of grants stays the same; so whatever changes the set (a
-- new grant, an expiry) first lets the grants give what is undrawn (draw_on_grants).
alter table wallet
  add column undrawn bigint not null default 0,
  -- Has expired grants that holds of then may still draw on; its charges are drawn one by one.
  add column has_pinned boolean not null default false;
update wallet w set has_pinned = true
  where exists (select from wallet_grant g
    where g.wallet_id = w.id and not g.closed and g.pinned is not null);

-- Every update reads the text of each constraint anew, so what was one for each column is one.
alter table wallet
  drop constraint wallet_version_check, drop constraint wallet_balance_check,
  drop constraint wallet_held_check, drop constraint wallet_minute_requests_check,
  drop constraint wallet_minute_tokens_check, drop constraint wallet_previous_minute_requests_check,
  drop constraint wallet_previous_minute_tokens_check, drop constraint wallet_day_requests_check,
  drop constraint wallet_day_tokens_check, drop constraint wallet_day_spent_check,
  drop constraint wallet_month_requests_check, drop constraint wallet_month_tokens_check,
  drop constraint wallet_month_spent_check, drop constraint wallet_total_spent_check,
  drop constraint wallet_open_holds_check, drop constraint wallet_check,
  add constraint wallet_never_below_zero check (least(balance - held, held, version, undrawn,
    minute_requests, minute_tokens, previous_minute_requests, previous_minute_tokens, day_requests,
    day_tokens, day_spent, month_requests, month_tokens, month_spent, total_spent, open_holds) >= 0);
alter table api_key
  drop constraint api_key_minute_requests_check, drop constraint api_key_minute_tokens_check,
  drop constraint api_key_previous_minute_requests_check,
  drop constraint api_key_previous_minute_tokens_check, drop constraint api_key_day_requests_check,
  drop constraint api_key_day_tokens_check, drop constraint api_key_day_spent_check,
  drop constraint api_key_month_requests_check, drop constraint api_key_month_tokens_check,
  drop constraint api_key_month_spent_check, drop constraint api_key_total_spent_check,
  drop constraint api_key_open_holds_check,
  add constraint api_key_never_below_zero check (least(minute_requests, minute_tokens,
    previous_minute_requests, previous_minute_tokens, day_requests, day_tokens, day_spent,
    month_requests, month_tokens, month_spent, total_spent, open_holds) >= 0);
alter table call
  drop constraint call_status_check, drop constraint call_held_check,
  drop constraint call_price_check, drop constraint call_charge_check,
  drop constraint call_wallet_version_check, drop constraint call_input_check,
  drop constraint call_output_check, drop constraint call_cached_input_check,
  drop constraint call_check, drop constraint call_check1, drop constraint call_check2,
  add constraint call_never_below_zero check (least(held, charge, price - charge, input, output,
    cached_input, status, 599 - status) >= 0),
  -- Only settled work has a price, and only what is charged moves the wallet on.
  add constraint call_charge_moves_wallet check ((outcome = 'settled' or price = 0)
    and (charge > 0) = (wallet_version is not null) and coalesce(wallet_version, 1) > 0);

-- The grants that are not spent, with what is left of each, the wallet's undrawn charges taken off.
create view open_grant as
  select o.platform_id, o.wallet_id, o.id, o.remaining - least(o.remaining, greatest(0, w.undrawn
      - (sum(o.remaining) over (partition by o.wallet_id
        order by o.priority, o.expires_at nulls last, o.id) - o.remaining)))::bigint as remaining
  from wallet_grant o join wallet w on w.id = o.wallet_id
  where not o.closed;
