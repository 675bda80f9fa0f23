-- What is sold by the month and in one piece: plans with allowances and prices, who is on which,
-- packages, and codes that are redeemed.

-- Amounts of money by currency (ISO 4217), whole numbers in each currency's smallest part.
create function is_price_set(prices jsonb) returns boolean
language sql immutable parallel safe as $$
  select jsonb_typeof(prices) = 'object' and not exists (
    select from jsonb_each(prices) as p (currency, amount)
    where currency !~ '^[A-Z]{3}$' or jsonb_typeof(amount) <> 'string'
      or amount #>> '{}' !~ '^[1-9][0-9]{0,14}$')
$$;
create domain price_set as jsonb check (is_price_set(value));

alter table plan
  -- By the month; none where it costs nothing.
  add column prices price_set not null default '{}',
  add column features text[] not null default '{}' check (cardinality(features) <= 100),
  -- How many keys an account on it may have; null for any number.
  add column key_count int check (key_count > 0),
  add column trial_days int not null default 0 check (trial_days between 0 and 365),
  -- How long what is not paid goes on.
  add column grace_days int not null default 0 check (grace_days between 0 and 365),
  add column sort_order int not null default 0,
  -- Whether it is offered; who is on it stays.
  add column active boolean not null default true;

-- What a plan gives for each window: a day or month of the platform's time zone, a period of the
-- account's own (a month from its anniversary), or once.
create table plan_allowance (
  platform_id bigint not null,
  plan_id bigint not null,
  unit text not null,
  per text not null check (per in ('day', 'month', 'period', 'once')),
  amount bigint not null check (amount > 0),
  primary key (plan_id, unit, per),
  foreign key (platform_id, plan_id) references plan (platform_id, id),
  foreign key (platform_id, unit) references unit (platform_id, code)
);

-- The plan of who is on no other, and since when it is that one.
alter table platform
  add column default_plan_id bigint,
  add column default_plan_since timestamptz not null default '-infinity',
  add foreign key (id, default_plan_id) references plan (platform_id, id);

-- What was last agreed for an account. What is so at an instant is computed from it: plan_at.
create table subscription (
  account_id bigint primary key,
  platform_id bigint not null,
  plan_id bigint not null,
  plan_since timestamptz not null,
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- Periods are counted from here.
  anchor_at timestamptz not null,
  period_start timestamptz not null,
  -- Paid, or on trial, until then; null for no end. Without renewal it ends with the grace.
  period_end timestamptz,
  grace_end timestamptz,
  is_trial boolean not null default false,
  -- Another plan from an instant on; a free one has no end.
  next_plan_id bigint,
  next_plan_at timestamptz,
  next_is_free boolean not null default false,
  -- When it ends whatever is paid; in the future when it was cancelled.
  ended_at timestamptz,
  -- Plans that the account has tried; each once.
  tried_plan_ids bigint[] not null default '{}',
  foreign key (platform_id, account_id) references account (platform_id, id),
  foreign key (platform_id, plan_id) references plan (platform_id, id),
  foreign key (platform_id, next_plan_id) references plan (platform_id, id),
  check (period_end > period_start),
  check ((period_end is null) = (grace_end is null) and grace_end >= period_end),
  check ((next_plan_id is null) = (next_plan_at is null)),
  check (period_end is not null or not is_trial)
);
create index subscription_plan on subscription (platform_id, plan_id);

insert into subscription (account_id, platform_id, plan_id, plan_since, anchor_at, period_start)
  select id, platform_id, plan_id, now(), created_at, created_at from account
  where plan_id is not null;

drop trigger tell_account_change on account;
drop index account_plan;
alter table account drop column plan_id;
create trigger tell_account_change after update of status, limits on account
  for each row when (old.status is distinct from new.status
    or old.limits::jsonb is distinct from new.limits::jsonb)
  execute function tell_row_changed('account', 'id');
create trigger tell_subscription_change after insert or update or delete on subscription
  for each row execute function tell_row_changed('account', 'account_id');

-- The last allowance that a wallet was given of each kind: which grant, for which window.
create table wallet_allowance (
  wallet_id bigint not null,
  per text not null,
  platform_id bigint not null,
  plan_id bigint not null,
  window_start timestamptz not null,
  grant_id bigint not null,
  primary key (wallet_id, per),
  foreign key (platform_id, grant_id) references wallet_grant (platform_id, id)
);

-- Ids of rows that the database makes, in the order of the program's own: milliseconds since 2020
-- and 21 bits.
create sequence row_id_bits;
create function row_id_at(p_at timestamptz) returns bigint language sql volatile as $$
  select (floor(extract(epoch from p_at) * 1000)::bigint - 1577836800000) * 2097152
    + nextval('row_id_bits') % 2097152
$$;

-- An amount for sale, with what comes on top for nothing.
create table package (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  slug text not null check (slug ~ '^[a-z][a-z0-9-]{1,62}$'),
  name text not null check (length(name) between 1 and 200),
  unit text not null,
  amount bigint not null check (amount > 0),
  bonus bigint not null default 0 check (bonus >= 0),
  prices price_set not null default '{}',
  sort_order int not null default 0,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, slug),
  foreign key (platform_id, unit) references unit (platform_id, code)
);

-- Codes that give value. Stored as a key is: hash and preview.
create table redemption_code (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  hash bytea not null check (length(hash) = 32),
  preview text not null,
  unit text not null,
  amount bigint not null check (amount > 0),
  -- What it stands for, if it was made for a package.
  package_id bigint,
  max_uses int not null check (max_uses > 0),
  uses int not null default 0 check (uses between 0 and max_uses),
  once_per_account boolean not null default true,
  expires_at timestamptz,
  status text not null default 'active' check (status in ('active', 'revoked')),
  note text check (length(note) between 1 and 200),
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, hash),
  foreign key (platform_id, unit) references unit (platform_id, code),
  foreign key (platform_id, package_id) references package (platform_id, id)
);

create table redemption (
  platform_id bigint not null,
  code_id bigint not null,
  use_no int not null,
  account_id bigint not null,
  grant_id bigint not null,
  at timestamptz not null,
  primary key (code_id, use_no),
  foreign key (platform_id, code_id) references redemption_code (platform_id, id),
  foreign key (platform_id, account_id) references account (platform_id, id),
  foreign key (platform_id, grant_id) references wallet_grant (platform_id, id)
);
create index redemption_account on redemption (code_id, account_id);

-- Codes that an account has got wrong in an hour.
create table wrong_code_count (
  account_id bigint primary key,
  platform_id bigint not null,
  hour timestamptz not null,
  wrong int not null,
  foreign key (platform_id, account_id) references account (platform_id, id)
);
