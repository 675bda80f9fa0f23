-- Work done elsewhere that is reported to be rated and charged, and the bodies of calls that a
-- platform has kept for a while.

-- An event of the outside, by source and id (CloudEvents): charged at most once, by the one call
-- that it names. While `settling_at` is null nobody may charge for it; who sets it, holding the
-- value and still being named here, is the only one who does. Never deleted: an id stays taken.
create table usage_event (
  platform_id bigint not null references platform (id),
  source text not null check (length(source) between 1 and 500),
  id text not null check (length(id) between 1 and 255),
  -- SHA-256 of what it says: the same id with something else in it is a mistake.
  fingerprint bytea not null check (length(fingerprint) = 32),
  account_id bigint not null,
  -- When the work was done, as the event says.
  at timestamptz not null,
  call_id uuid not null,
  claimed_at timestamptz not null default clock_timestamp(),
  settling_at timestamptz,
  primary key (platform_id, source, id),
  foreign key (platform_id, account_id) references account (platform_id, id)
) with (fillfactor = 80);
create index usage_event_call on usage_event (platform_id, call_id);

-- What was asked and answered, as far as the platform keeps it: blacked out, cut to 64 kB each, and
-- encrypted with a key that the database does not have. The rows of a call that was refused are here
-- too, so nothing refers to the call.
create table call_body (
  call_id uuid primary key,
  platform_id bigint not null references platform (id),
  account_id bigint not null,
  http_status smallint not null,
  -- Null for what could not be read, or was too large to be read.
  request bytea check (octet_length(request) <= 65536 + 64),
  request_bytes bigint not null check (request_bytes >= 0),
  request_cut boolean not null,
  answer bytea check (octet_length(answer) <= 65536 + 64),
  answer_type text,
  answer_bytes bigint not null check (answer_bytes >= 0),
  answer_cut boolean not null,
  kept_until timestamptz not null
);
create index call_body_age on call_body (kept_until);
