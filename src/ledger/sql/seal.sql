-- Every call with an id below this one is sealed, or was still open and is named by late_call.
-- Tenants may know how far the seal has come, and nothing else of it.
create or replace function sealed_until() returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select b.until_call from seal_block b where b.kind = 'calls'
    order by b.no desc limit 1), '00000000-0000-0000-0000-000000000000')
$$;

-- The calls that began before this instant may have been dropped; the books have their totals.
create or replace function calls_kept_since() returns timestamptz
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select (max(day) + 1)::timestamp at time zone 'UTC' from dropped_calls),
    '-infinity')
$$;
