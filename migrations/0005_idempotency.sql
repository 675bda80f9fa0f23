-- What was asked for under an Idempotency-Key, so that a repeat finds it. The record names its call;
-- whether that call was charged is told by the call's own row and nowhere else.
create table idempotency_record (
  platform_id bigint not null,
  account_id bigint not null,
  -- Method and path, without the prefix under which the same routes stand twice.
  route text not null check (length(route) between 1 and 100),
  key text not null check (length(key) between 1 and 255),
  -- SHA-256 of the route and the request's body.
  fingerprint bytea not null check (length(fingerprint) = 32),
  call_id uuid not null,
  -- Calls made under this key before, which cost nothing: the newest of them.
  earlier_call_ids uuid[] not null default '{}',
  claimed_at timestamptz not null default clock_timestamp(),
  -- Set before the call is settled, when its answer has ended: from then on nobody takes the record
  -- from it unless its hold was given back.
  concluded_at timestamptz,
  -- The answer as the caller gets it, sealed for this call; null when it broke off or is too large.
  content_type text,
  answer bytea check (octet_length(answer) <= 1048576 + 64),
  primary key (account_id, route, key),
  foreign key (platform_id, account_id) references account (platform_id, id),
  check ((answer is null) = (content_type is null)),
  check (answer is null or concluded_at is not null)
) with (fillfactor = 80);
create index idempotency_record_age on idempotency_record (claimed_at);
