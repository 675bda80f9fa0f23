-- The seal of the journal: blocks of calls, transfers and grants, each with a code over its rows that
-- only the instance's key can make, each naming the block before it. docs/decisions/seal.md

create table seal_block (
  no bigint primary key check (no > 0),
  -- What its rows are: all calls of a range of ids, calls that were still open when their range was
  -- sealed (late_call names them), or all transfers of a range of ids with the grants they gave.
  kind text not null check (kind in ('calls', 'late_calls', 'transfers')),
  -- Which columns of the rows are covered, in which order.
  format smallint not null check (format > 0),
  -- The UTC day of its calls' ids; all of a block's calls are of one day.
  day date,
  from_call uuid,
  until_call uuid check (until_call > from_call),
  from_transfer bigint,
  until_transfer bigint check (until_transfer > from_transfer),
  row_count int not null check (row_count >= 0),
  -- CRC-32 of each row, four bytes, in the block's order: they tell which row is not what it was.
  marks bytea not null check (octet_length(marks) = 4 * row_count),
  -- HMAC-SHA256 of the rows, and of the block: all that stands here, the code before it included.
  rows_mac bytea not null check (octet_length(rows_mac) = 32),
  previous_mac bytea not null check (octet_length(previous_mac) = 32),
  mac bytea not null check (octet_length(mac) = 32),
  sealed_at timestamptz not null,
  check ((kind = 'calls') = (until_call is not null)),
  check ((from_call is null) = (until_call is null)),
  check ((kind = 'transfers') = (until_transfer is not null)),
  check ((from_transfer is null) = (until_transfer is null)),
  check (day is not null or row_count = 0 or kind = 'transfers')
);
create index seal_block_kind on seal_block (kind, no);

-- A call that was open when the range of its id was sealed, and the block that sealed it since.
create table late_call (
  id uuid primary key,
  sealed_in bigint
);
create index late_call_sealed_in on late_call (sealed_in, id);

-- This process asks for no hold with a call id below this one any more; null where an older program
-- runs, of which open_since is known alone.
alter table replica add column asks_since uuid;
