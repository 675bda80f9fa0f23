-- Books of a busy past, made at once and such that they hold: three platforms of very different
-- size, accounts of which a few make most calls, three keys an account, eight products a platform,
-- calls of every outcome. What it makes is told by the settings history.calls, history.accounts and
-- history.days; it ends ten minutes ago. The same settings make the same calls.
set local statement_timeout = 0;
set local work_mem = '256MB';
set constraints all deferred;

insert into platform (id, slug, name, key_prefix, default_unit, time_zone)
  values (1, 'large', 'Large', 'sk-fb-', 'USD', 'UTC'),
    (2, 'middle', 'Middle', 'sk-fb-', 'USD', 'Asia/Kolkata'),
    (3, 'small', 'Small', 'sk-fb-', 'USD', 'America/New_York');
insert into unit (platform_id, code, scale) select id, 'USD', 9 from platform where id < 4;
insert into product (id, platform_id, slug, kind, name)
  select p * 100 + n, p, 'model-' || n, 'chat', 'Model ' || n
  from generate_series(1, 3) p, generate_series(1, 8) n;
insert into price (id, platform_id, product_id, unit, version, valid_from)
  select id, platform_id, id, 'USD', 1, '2020-01-01' from product where id < 400;
insert into price_component (platform_id, price_id, component, amount, per)
  select p.platform_id, p.id, c.component, c.amount * (p.id % 100), 1
  from price p, (values ('input', 250), ('cached_input', 25), ('output', 1000))
    as c (component, amount)
  where p.id < 400;

create temporary table customer on commit drop as
  select 1000000 + n as id, case when n % 1000 = 999 then 3 when n % 10 = 5 then 2 else 1 end
    as platform_id
  from generate_series(0, current_setting('history.accounts')::int - 1) n;
insert into account (id, platform_id, external_id, name)
  select id, platform_id, id::text, 'Customer' from customer;
insert into wallet (id, platform_id, account_id, unit) select id, platform_id, id, 'USD' from customer;
insert into api_key (id, platform_id, account_id, hash, preview, name)
  select c.id * 10 + k, c.platform_id, c.id, sha256((c.id * 10 + k)::text::bytea), 'sk-fb', 'key ' || k
  from customer c, generate_series(0, 2) k;
select count(*) from customer c cross join lateral grant_value(null, c.id, c.platform_id, c.id,
  4000000000000000, 'purchase', 0::smallint, null, 'history:' || c.id, null, null, 0);

-- A call's number decides all of it: u is even in [0, 1), its cube prefers few of the accounts.
create temporary table past on commit drop as
  with numbered as (
    select n, floor(extract(epoch from now() - interval '10 minutes') * 1000)::bigint
        - (current_setting('history.days')::bigint * 86400000
          * (current_setting('history.calls')::bigint - n) / current_setting('history.calls')::bigint)
        as ms,
      (hashint8extended(n, 1) & 1073741823) / 1073741824.0::float8 as u,
      hashint8extended(n, 2) & 1073741823 as a, hashint8extended(n, 3) & 1073741823 as b
    from generate_series(1, current_setting('history.calls')::bigint) n
  ), drawn as (
    select n, ms, a, b, c.id as account_id, c.platform_id, c.platform_id * 100 + 1 + a % 8 as product_id,
      case when b % 100 < 95 then 'settled' when b % 100 < 99 then 'released' else 'expired' end
        as outcome,
      20 + a % 2000 as input, 10 + b % 700 as output, case when a % 5 = 0 then a % 900 else 0 end
        as cached_input
    from numbered join customer c
      on c.id = 1000000 + floor(current_setting('history.accounts')::int * u * u * u)
  ), priced as (
    select *, case when outcome = 'settled' then (product_id % 100)
        * (250 * input + 25 * cached_input + 1000 * output) else 0 end as price
    from drawn
  )
  select *, case when n % 1000 = 7 and price > 0 then price - 100 else price + 5000 end as held,
    (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
      || substr(md5(n::text), 4, 15))::uuid as id,
    to_timestamp(ms / 1000.0) as held_at,
    1 + count(*) filter (where price > 0) over (partition by account_id order by n) as version
  from priced;

select ensure_partitions(min(held_at), current_setting('history.days')::int + 2) from past;
insert into hold (id, leg, platform_id, account_id, wallet_id, key_id, product_id, price_id,
    replica_id, amount, tokens, held_at)
  select id, 0, platform_id, account_id, account_id, account_id * 10 + b % 3, product_id,
    product_id, 0, held, input + output, held_at
  from past order by n;
insert into call (id, leg, outcome, streamed, estimated, status, platform_id, account_id, wallet_id,
    key_id, product_id, price_id, held, price, charge, wallet_version, held_at, settled_at, input,
    output, cached_input, first_byte_ms, latency_ms, error_code)
  select id, 0, outcome, a % 3 > 0, b % 100 = 94,
    case outcome when 'settled' then 200 when 'expired' then 0
      else case when b % 2 = 0 then 502 else 429 end end,
    platform_id, account_id, account_id, account_id * 10 + b % 3, product_id, product_id, held,
    price, least(price, held), case when price > 0 then version end, held_at,
    held_at + (50 + a % 4000) * interval '1 millisecond',
    case when outcome = 'settled' then input else 0 end,
    case when outcome = 'settled' then output else 0 end,
    case when outcome = 'settled' then cached_input else 0 end,
    20 + a % 300, 50 + a % 4000, case when outcome <> 'settled' then 'upstream_failed' end
  from past order by n;

-- What the calls did to wallets, grants and counters; the minute of all of them is long over.
create temporary table spent on commit drop as
  select c.account_id, c.key_id, sum(c.charge)::bigint as total_spent, max(c.wallet_version) as version,
    count(*) filter (where c.held_at >= w.day) as day_requests,
    coalesce(sum(c.input + c.output + c.cached_input) filter (where c.held_at >= w.day), 0)::bigint
      as day_tokens,
    coalesce(sum(c.charge) filter (where c.held_at >= w.day), 0)::bigint as day_spent,
    count(*) filter (where c.held_at >= w.month) as month_requests,
    coalesce(sum(c.input + c.output + c.cached_input) filter (where c.held_at >= w.month), 0)::bigint
      as month_tokens,
    coalesce(sum(c.charge) filter (where c.held_at >= w.month), 0)::bigint as month_spent,
    min(w.day) as day_start, min(w.month) as month_start
  from call c
  join (select id, date_trunc('day', now(), time_zone) as day,
    date_trunc('month', now(), time_zone) as month from platform) w on w.id = c.platform_id
  group by c.account_id, c.key_id;
update api_key k set total_spent = s.total_spent, day_requests = s.day_requests,
    day_tokens = s.day_tokens, day_spent = s.day_spent, month_requests = s.month_requests,
    month_tokens = s.month_tokens, month_spent = s.month_spent, day_start = s.day_start,
    month_start = s.month_start, minute_start = date_bin('1 minute', now(), 'epoch')
  from spent s where k.id = s.key_id;
update wallet w set total_spent = s.total_spent, balance = w.balance - s.total_spent,
    version = greatest(w.version, s.version), day_requests = s.day_requests,
    day_tokens = s.day_tokens, day_spent = s.day_spent, month_requests = s.month_requests,
    month_tokens = s.month_tokens, month_spent = s.month_spent, day_start = s.day_start,
    month_start = s.month_start, minute_start = date_bin('1 minute', now(), 'epoch')
  from (select account_id, sum(total_spent)::bigint as total_spent, max(version) as version,
      sum(day_requests)::bigint as day_requests, sum(day_tokens)::bigint as day_tokens,
      sum(day_spent)::bigint as day_spent, sum(month_requests)::bigint as month_requests,
      sum(month_tokens)::bigint as month_tokens, sum(month_spent)::bigint as month_spent,
      min(day_start) as day_start, min(month_start) as month_start
    from spent group by account_id) s
  where w.id = s.account_id;
update wallet_grant g set remaining = w.balance, closed = (w.balance = 0)
  from wallet w where w.id = g.wallet_id and w.id in (select account_id from spent);
