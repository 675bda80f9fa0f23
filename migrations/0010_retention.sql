-- What is left of the calls of a day that was dropped, by the wallet they drew on and their key: as
-- much as the books need in order to be derived without them. A block of the seal covers the rows of
-- each day; it is made in the transaction that drops the day. docs/decisions/retention.md
create table dropped_calls (
  day date not null,            -- the UTC day of the calls' ids, as their partition
  wallet_id bigint not null,
  key_id bigint not null,       -- 0 where the calls were made without a key
  calls bigint not null check (calls > 0),
  charge numeric not null check (charge >= 0),
  -- The movements of the wallet among them: how many, and the sum of their versions.
  movements bigint not null check (movements between 0 and calls),
  versions numeric not null check (versions >= movements),
  primary key (day, wallet_id, key_id)
);

alter table seal_block drop constraint seal_block_kind_check,
  add constraint seal_block_kind_check
    check (kind in ('calls', 'late_calls', 'transfers', 'drops'));
