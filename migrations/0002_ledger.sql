-- The ledger's append-only side. A movement is one row with its debit and its credit, so that each
-- row sums to zero by construction. A call's row is the charge, the log line and the one resolution
-- of its hold at once; every other movement is a row of `transfer`; the view `entry` lists both as
-- double entries.

create table wallet_grant (
  id bigint primary key,
  platform_id bigint not null,
  wallet_id bigint not null,
  source text not null check (source in ('allowance', 'purchase', 'bonus', 'refund', 'adjustment')),
  priority smallint not null default 0,
  granted bigint not null check (granted > 0),
  remaining bigint not null check (remaining >= 0),
  expires_at timestamptz,
  -- Set when the grant has expired: the sum of holds that were open then and may still draw on it.
  -- Its remaining value never exceeds that sum; what they leave goes to breakage.
  pinned bigint check (pinned >= 0),
  -- Spent or expired to the end. Only open grants are indexed.
  closed boolean not null default false,
  money_unit text,
  money_amount bigint not null default 0 check (money_amount >= 0),
  reason text,
  created_at timestamptz not null default now(),
  check (remaining <= granted),
  check (not closed or remaining = 0),
  check (pinned is null or remaining <= pinned),
  unique (platform_id, id),
  foreign key (platform_id, wallet_id) references wallet (platform_id, id)
) with (fillfactor = 70);
create index wallet_grant_open on wallet_grant (wallet_id) where not closed;

-- A server process. Its holds live while its lease is renewed.
create table replica (
  id bigint primary key,
  host text not null,
  pid int not null,
  started_at timestamptz not null,
  lease_until timestamptz not null,
  -- No hold of this replica with a call id below this one is open (its own last word on it).
  open_since uuid not null,
  ended_at timestamptz
);

-- Value set aside before the work. Never edited: its resolution is the call row with the same id.
-- A call has one leg for each wallet that it draws on; leg 0 is the caller's.
create table hold (
  id uuid not null,
  leg smallint not null check (leg >= 0),
  platform_id bigint not null,
  account_id bigint not null,
  wallet_id bigint not null,
  key_id bigint,
  product_id bigint not null,
  price_id bigint not null,
  replica_id bigint not null,
  amount bigint not null check (amount >= 0),
  tokens bigint not null check (tokens >= 0),
  held_at timestamptz not null,
  primary key (id, leg)
) partition by range (id);

create table call (
  id uuid not null,
  leg smallint not null,
  outcome text not null check (outcome in ('settled', 'released', 'expired')),
  streamed boolean not null,
  -- The quantities below were counted by us because the provider did not report them.
  estimated boolean not null,
  status smallint not null check (status between 0 and 599),
  platform_id bigint not null,
  account_id bigint not null,
  wallet_id bigint not null,
  key_id bigint,
  product_id bigint not null,
  price_id bigint not null,
  upstream_id bigint,
  held bigint not null check (held >= 0),
  -- What the work cost by the price; `charge` is what the wallet paid of it.
  price bigint not null check (price >= 0),
  charge bigint not null check (charge >= 0),
  wallet_version bigint check (wallet_version > 0),
  held_at timestamptz not null,
  settled_at timestamptz not null,
  input bigint not null check (input >= 0),
  output bigint not null check (output >= 0),
  cached_input bigint not null check (cached_input >= 0),
  -- Every other quantity, by component: {"reasoning": "12"}.
  other jsonb,
  first_byte_ms int,
  latency_ms int,
  error_code text,
  primary key (id, leg),
  check (charge <= price),
  check ((charge > 0) = (wallet_version is not null)),
  check (outcome = 'settled' or price = 0)
) partition by range (id);
create index call_account on call (account_id, id);

-- Every movement that is not a call. A side is a wallet or one of the platform's system accounts.
create table transfer (
  id bigint primary key,
  platform_id bigint not null,
  unit text not null,
  kind text not null check (kind in ('grant', 'expiry', 'lost', 'adjustment', 'refund', 'sale',
    'recognition', 'chargeback', 'repayment')),
  amount bigint not null check (amount > 0),
  from_system text,
  from_wallet_id bigint,
  from_wallet_version bigint,
  to_system text,
  to_wallet_id bigint,
  to_wallet_version bigint,
  grant_id bigint,
  call_id uuid,
  -- What this act is called outside; the same reference never moves money twice.
  reference text not null check (length(reference) between 1 and 255),
  reason text,
  at timestamptz not null,
  unique (platform_id, reference),
  check ((from_system is null) = (from_wallet_id is not null)),
  check ((to_system is null) = (to_wallet_id is not null)),
  check ((from_wallet_id is null) = (from_wallet_version is null)),
  check ((to_wallet_id is null) = (to_wallet_version is null)),
  check (from_system in ('issued', 'revenue', 'deferred', 'clearing', 'promotions', 'breakage',
    'overrun', 'lost', 'receivable', 'usage')),
  check (to_system in ('issued', 'revenue', 'deferred', 'clearing', 'promotions', 'breakage',
    'overrun', 'lost', 'receivable', 'usage')),
  foreign key (platform_id, unit) references unit (platform_id, code),
  foreign key (platform_id, from_wallet_id) references wallet (platform_id, id),
  foreign key (platform_id, to_wallet_id) references wallet (platform_id, id),
  foreign key (platform_id, grant_id) references wallet_grant (platform_id, id)
);
create index transfer_from_wallet on transfer (from_wallet_id, id) where from_wallet_id is not null;
create index transfer_to_wallet on transfer (to_wallet_id, id) where to_wallet_id is not null;

-- Both sides of every movement. A side's amount is negative where value leaves it.
create view entry as
  select c.platform_id, w.unit, 'call' as kind, c.id as call_id, null::bigint as transfer_id,
    side.wallet_id, side.system, side.version, side.amount, c.settled_at as at
  from call c
  join wallet w on w.id = c.wallet_id
  cross join lateral (values
    (c.wallet_id, null::text, c.wallet_version, -c.charge),
    (null, 'overrun', null, -(c.price - c.charge)),
    (null, 'usage', null, c.price)
  ) as side (wallet_id, system, version, amount)
  where side.amount <> 0
  union all
  select t.platform_id, t.unit, t.kind, t.call_id, t.id,
    side.wallet_id, side.system, side.version, side.amount, t.at
  from transfer t
  cross join lateral (values
    (t.from_wallet_id, t.from_system, t.from_wallet_version, -t.amount),
    (t.to_wallet_id, t.to_system, t.to_wallet_version, t.amount)
  ) as side (wallet_id, system, version, amount);

-- The smallest call id (UUID version 7) of an instant.
create function call_id_at(at timestamptz) returns uuid
language sql immutable strict parallel safe
as $$ select rpad(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid $$;
