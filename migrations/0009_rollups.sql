-- Sums of calls by the hour of the platform's time zone, so that no page of usage reads the calls
-- one by one. The sealer adds every range of calls that it seals, once, in the transaction that
-- records the range; what is not sealed yet is summed from the calls themselves. docs/decisions/roll-ups.md

-- A call's start, as its id carries it.
create function call_started_at(call_id uuid) returns timestamptz
language sql immutable strict parallel safe
as $$ select to_timestamp(('x' || translate(left(call_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) $$;

-- What a dashboard of an account filters by; its keys are its own. A sum may exceed a bigint.
create table usage_of_account (
  platform_id bigint not null,
  account_id bigint not null,
  hour timestamptz not null,
  key_id bigint not null,       -- 0 where the call was made without a key
  product_id bigint not null,
  unit text not null,
  outcome text not null,
  calls bigint not null check (calls > 0),
  input numeric not null,
  output numeric not null,
  cached_input numeric not null,
  other_tokens numeric not null,
  price numeric not null,
  charge numeric not null,
  primary key (account_id, hour, key_id, product_id, unit, outcome)
);
-- Tells where the calls are that a rare filter looks for, without an index on the calls for it.
create index usage_of_account_platform
  on usage_of_account (platform_id, hour, product_id, outcome);

-- The same over all accounts of a platform.
create table usage_of_platform (
  platform_id bigint not null,
  hour timestamptz not null,
  product_id bigint not null,
  unit text not null,
  outcome text not null,
  calls bigint not null check (calls > 0),
  input numeric not null,
  output numeric not null,
  cached_input numeric not null,
  other_tokens numeric not null,
  price numeric not null,
  charge numeric not null,
  primary key (platform_id, hour, product_id, unit, outcome)
);

-- What was sealed before there were roll-ups. (The tokens among other quantities as other_tokens
-- has them, which is put in place after the migrations.)
insert into usage_of_account
  select c.platform_id, c.account_id, date_trunc('hour', call_started_at(c.id), p.time_zone),
    coalesce(c.key_id, 0), c.product_id, w.unit, c.outcome, count(*), sum(c.input), sum(c.output),
    sum(c.cached_input), sum((select coalesce(sum(value::bigint), 0)
      from jsonb_each_text(coalesce(c.other, '{}'))
      where key not in ('image', 'second', 'minute', 'character', 'request'))),
    sum(c.price), sum(c.charge)
  from call c join wallet w on w.id = c.wallet_id join platform p on p.id = c.platform_id
  where c.id < (select until_call from seal_block where kind = 'calls' order by no desc limit 1)
    and not exists (select from late_call l where l.id = c.id and l.sealed_in is null)
  group by 1, 2, 3, 4, 5, 6, 7;
insert into usage_of_platform
  select platform_id, hour, product_id, unit, outcome, sum(calls), sum(input), sum(output),
    sum(cached_input), sum(other_tokens), sum(price), sum(charge)
  from usage_of_account group by 1, 2, 3, 4, 5;
