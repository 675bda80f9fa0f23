-- What server processes remember is told to all of them when it changes: each message on the
-- channel 'farebox_change' is 'catalog', 'key ID', 'account ID' or 'platform ID'. PostgreSQL sends
-- them at the commit, and the same message once a transaction, so that an import of thousands of
-- products sends one. A message says what to read anew, never what it is now.

create function tell_catalog_changed() returns trigger
language plpgsql as $$
begin
  perform pg_notify('farebox_change', 'catalog');
  return null;
end $$;

-- Its arguments: what changed, and the column that has its id.
create function tell_row_changed() returns trigger
language plpgsql as $$
begin
  perform pg_notify('farebox_change', tg_argv[0] || ' '
    || (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> tg_argv[1]));
  return null;
end $$;

create trigger tell_change after insert or update or delete or truncate on platform
  for each statement execute function tell_catalog_changed();
create trigger tell_change after insert or update or delete or truncate on upstream
  for each statement execute function tell_catalog_changed();
create trigger tell_change after insert or update or delete or truncate on product
  for each statement execute function tell_catalog_changed();
create trigger tell_change after insert or update or delete or truncate on product_route
  for each statement execute function tell_catalog_changed();
create trigger tell_change after insert or update or delete or truncate on price
  for each statement execute function tell_catalog_changed();
create trigger tell_change after insert or update or delete or truncate on price_component
  for each statement execute function tell_catalog_changed();

-- A key's row also has its counters, which every call updates: only the columns named here count.
-- PostgreSQL gives no transition tables to such a trigger, so these are for each row.
create trigger tell_key_change
  after delete or update of status, expires_at, requests_per_minute, account_id, hash on api_key
  for each row execute function tell_row_changed('key', 'id');
create trigger tell_account_change after update of status on account
  for each row when (old.status is distinct from new.status)
  execute function tell_row_changed('account', 'id');
create trigger tell_platform_change after update on platform
  for each row execute function tell_row_changed('platform', 'id');
create trigger tell_unit_change after insert or update or delete on unit
  for each row execute function tell_row_changed('platform', 'platform_id');
