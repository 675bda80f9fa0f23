-- What a seller does with the money of its accounts: ends a grant early, takes value back, makes one
-- account of two, and finds an account by whatever a customer quotes.

-- When a grant was ended before its time; what its expiry does is done then (src/ledger/sql/end-grant.sql).
alter table wallet_grant add column ended_at timestamptz;

-- A merge moves what is left of a grant from one wallet to another.
alter table transfer drop constraint transfer_kind_check, add constraint transfer_kind_check
  check (kind in ('grant', 'expiry', 'lost', 'adjustment', 'refund', 'sale', 'recognition',
    'chargeback', 'repayment', 'merge'));

-- An account that has become part of another keeps its names, which lead there, and admits nothing.
alter table account
  add column merged_into bigint,
  add foreign key (platform_id, merged_into) references account (platform_id, id),
  add constraint account_merged_is_closed
    check (merged_into is null or (status = 'suspended' and merged_into <> id));
create index account_merged_into on account (platform_id, merged_into)
  where merged_into is not null;

-- The seller's one search box looks for what a name begins with, and for a key's preview.
create index account_mail_begins on account (platform_id, mail text_pattern_ops);
create index account_external_id_begins on account (platform_id, external_id text_pattern_ops);
create index account_name_begins on account (platform_id, lower(name) text_pattern_ops);
create index api_key_preview on api_key (platform_id, preview);
