-- The engine's tables. Every row names its platform, and foreign keys carry the platform along, so
-- that a row of one tenant cannot point at a row of another. Amounts are in a unit's smallest part.

-- One row: a text that only the instance's key can read, so that a process with another key finds
-- out at its start and not at a provider's door.
create table instance (
  is_only boolean primary key default true check (is_only),
  key_proof bytea not null,
  created_at timestamptz not null default now()
);

create table platform (
  id bigint primary key,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,62}$'),
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  key_prefix text not null check (length(key_prefix) between 2 and 20),
  default_unit text not null,
  time_zone text not null default 'UTC',
  default_output_tokens int not null default 4096 check (default_output_tokens > 0),
  created_at timestamptz not null default now()
);

create table unit (
  platform_id bigint not null references platform (id),
  code text not null check (length(code) between 1 and 20),
  scale smallint not null check (scale between 0 and 12),
  primary key (platform_id, code)
);

alter table platform add foreign key (id, default_unit) references unit (platform_id, code)
  deferrable initially deferred;

create table account (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  mail text,
  external_id text,
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, mail),
  unique (platform_id, external_id),
  check (mail is not null or external_id is not null)
);

-- The hot row of money. The counters of an account live in its wallet's row, those of a key in the
-- key's row, because a second row written per call costs more than the columns. Windows: the
-- minute is UTC, day and month are the platform's. A counter counts from its window's start;
-- `spent` and `tokens` include what open holds have set aside.
create table wallet (
  id bigint primary key,
  platform_id bigint not null,
  account_id bigint not null,
  unit text not null,
  created_at timestamptz not null default now(),
  next_change_at timestamptz,
  version bigint not null default 0 check (version >= 0),
  balance bigint not null default 0 check (balance >= 0),
  held bigint not null default 0 check (held >= 0),
  minute_start timestamptz not null default 'epoch',
  day_start timestamptz not null default 'epoch',
  month_start timestamptz not null default 'epoch',
  minute_requests bigint not null default 0 check (minute_requests >= 0),
  minute_tokens bigint not null default 0 check (minute_tokens >= 0),
  previous_minute_requests bigint not null default 0 check (previous_minute_requests >= 0),
  previous_minute_tokens bigint not null default 0 check (previous_minute_tokens >= 0),
  day_requests bigint not null default 0 check (day_requests >= 0),
  day_tokens bigint not null default 0 check (day_tokens >= 0),
  day_spent bigint not null default 0 check (day_spent >= 0),
  month_requests bigint not null default 0 check (month_requests >= 0),
  month_tokens bigint not null default 0 check (month_tokens >= 0),
  month_spent bigint not null default 0 check (month_spent >= 0),
  total_spent bigint not null default 0 check (total_spent >= 0),
  open_holds bigint not null default 0 check (open_holds >= 0),
  check (held <= balance),
  unique (platform_id, id),
  unique (platform_id, account_id, unit),
  foreign key (platform_id, account_id) references account (platform_id, id),
  foreign key (platform_id, unit) references unit (platform_id, code)
) with (fillfactor = 60);

create table api_key (
  id bigint primary key,
  platform_id bigint not null,
  account_id bigint not null,
  hash bytea not null unique check (length(hash) = 32),
  preview text not null,
  name text not null,
  status text not null default 'active' check (status in ('active', 'revoked')),
  expires_at timestamptz,
  requests_per_minute int check (requests_per_minute > 0),
  created_at timestamptz not null default now(),
  minute_start timestamptz not null default 'epoch',
  day_start timestamptz not null default 'epoch',
  month_start timestamptz not null default 'epoch',
  minute_requests bigint not null default 0 check (minute_requests >= 0),
  minute_tokens bigint not null default 0 check (minute_tokens >= 0),
  previous_minute_requests bigint not null default 0 check (previous_minute_requests >= 0),
  previous_minute_tokens bigint not null default 0 check (previous_minute_tokens >= 0),
  day_requests bigint not null default 0 check (day_requests >= 0),
  day_tokens bigint not null default 0 check (day_tokens >= 0),
  day_spent bigint not null default 0 check (day_spent >= 0),
  month_requests bigint not null default 0 check (month_requests >= 0),
  month_tokens bigint not null default 0 check (month_tokens >= 0),
  month_spent bigint not null default 0 check (month_spent >= 0),
  total_spent bigint not null default 0 check (total_spent >= 0),
  open_holds bigint not null default 0 check (open_holds >= 0),
  unique (platform_id, id),
  foreign key (platform_id, account_id) references account (platform_id, id)
) with (fillfactor = 60);
create index api_key_account on api_key (platform_id, account_id);

-- What is sold. A product of kind 'chat' is a model.
create table product (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  slug text not null check (length(slug) between 1 and 200),
  kind text not null check (kind in ('chat', 'completion', 'embedding', 'image', 'speech',
    'transcription', 'video', 'moderation', 'service')),
  name text not null,
  owned_by text not null default 'farebox',
  active boolean not null default true,
  context_tokens int check (context_tokens > 0),
  max_output_tokens int check (max_output_tokens > 0),
  -- Input tokens are estimated as bytes / 2 x this factor; above 1 for tokenizers that split finer.
  estimate_factor numeric(6, 3) not null default 1 check (estimate_factor > 0),
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, slug)
);

create table upstream (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  name text not null,
  base_url text not null check (base_url ~ '^(https?://|demo:)'),
  -- The provider's key, encrypted with the instance's key; null where the provider needs none.
  credential bytea,
  active boolean not null default true,
  first_byte_timeout_ms int not null default 60000 check (first_byte_timeout_ms > 0),
  idle_timeout_ms int not null default 120000 check (idle_timeout_ms > 0),
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, name)
);

create table product_route (
  platform_id bigint not null,
  product_id bigint not null,
  upstream_id bigint not null,
  upstream_model text not null,
  priority smallint not null default 0,
  primary key (platform_id, product_id, upstream_id),
  foreign key (platform_id, product_id) references product (platform_id, id),
  foreign key (platform_id, upstream_id) references upstream (platform_id, id)
);

-- A price is never edited: publishing a new one ends the old one at that instant, and calls
-- admitted before keep the old one. Component amounts are exact: `amount` for each `per` counted.
create table price (
  id bigint primary key,
  platform_id bigint not null,
  product_id bigint not null,
  unit text not null,
  version int not null check (version > 0),
  valid_from timestamptz not null default now(),
  valid_until timestamptz check (valid_until >= valid_from),
  source text not null default 'manual',
  unique (platform_id, id),
  unique (platform_id, product_id, unit, version),
  foreign key (platform_id, product_id) references product (platform_id, id),
  foreign key (platform_id, unit) references unit (platform_id, code)
);
create unique index price_current on price (product_id, unit) where valid_until is null;

create table price_component (
  platform_id bigint not null,
  price_id bigint not null,
  component text not null check (component in ('input', 'cached_input', 'cache_write', 'output',
    'reasoning', 'input_audio', 'output_audio', 'input_image', 'image', 'second', 'minute',
    'character', 'request')),
  -- Applies from this many input tokens of the call on (long-context tiers); 0 is the base tier.
  from_context_tokens bigint not null default 0 check (from_context_tokens >= 0),
  amount bigint not null check (amount >= 0),
  per bigint not null check (per > 0),
  primary key (platform_id, price_id, component, from_context_tokens),
  foreign key (platform_id, price_id) references price (platform_id, id)
);
