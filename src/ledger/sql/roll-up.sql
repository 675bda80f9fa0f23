-- A call as the sums of usage have it. Its hour is that of the platform's time zone in which it began.
drop view if exists call_usage;
create view call_usage with (security_invoker = true) as
  select c.id, c.platform_id, c.account_id,
    date_trunc('hour', call_started_at(c.id), p.time_zone) as hour, coalesce(c.key_id, 0) as key_id,
    c.product_id, w.unit, c.outcome, c.input, c.output, c.cached_input,
    case when c.other is null then 0 else other_tokens(c.other) end as other_tokens,
    c.price, c.charge
  from call c join wallet w on w.id = c.wallet_id join platform p on p.id = c.platform_id;
grant select on call_usage to farebox_tenant;
