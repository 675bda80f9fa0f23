-- What a key may be used for, and the texts of it that still work for a while after it was given
-- another.

-- Domains and no constraints of the table: every update reads the text of each constraint anew, and
-- each call updates the row of its key.
create domain key_scopes as text[]
  check (value <@ '{call,read}' and cardinality(value) between 1 and 2);
create domain key_models as text[] check (cardinality(value) between 1 and 100);
create domain key_addresses as cidr[] check (cardinality(value) between 1 and 100);
create domain slow_hash as text check (value ~ '^\$2b\$\d\d\$[./0-9A-Za-z]{53}$');

alter table api_key
  add column scopes key_scopes not null default '{call}',
  -- The products that may be called; null for all.
  add column models key_models,
  -- The addresses that it may be used from; null for all.
  add column addresses key_addresses,
  add column is_test boolean not null default false,
  -- bcrypt of the text, where the platform's scheme was that when the text was made. `hash` is then
  -- the SHA-256 of the text's public part alone (prefix and public id), by which it is found.
  add column slow_hash slow_hash,
  -- When its text was last replaced by another.
  add column rotated_at timestamptz,
  -- When its account was last read with it; calls are told by the counters.
  add column read_at timestamptz;

-- A text that a key had before, and that works until its time is over. Everything else about it is
-- the key's: limits, counters, scopes.
create table retired_secret (
  hash bytea primary key check (length(hash) = 32),
  platform_id bigint not null references platform (id),
  key_id bigint not null,
  slow_hash slow_hash,
  preview text not null,
  ends_at timestamptz not null
);
create index retired_secret_key on retired_secret (key_id);

-- No foreign key, which every call's update of its key would run through (0008).
create function refers_to_key() returns trigger language plpgsql as $$
begin
  if not exists (select from api_key k
    where k.platform_id = new.platform_id and k.id = new.key_id) then
    raise foreign_key_violation
      using message = format('%s: its platform has no key %s', tg_table_name, new.key_id);
  end if;
  return null;
end $$;
create constraint trigger retired_secret_key after insert or update of platform_id, key_id
  on retired_secret for each row execute function refers_to_key();

drop trigger tell_key_change on api_key;
create trigger tell_key_change
  after delete or update of status, expires_at, limits, account_id, hash, slow_hash, scopes, models,
    addresses on api_key
  for each row execute function tell_row_changed('key', 'id');
