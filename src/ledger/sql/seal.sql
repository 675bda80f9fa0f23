-- Every call with an id below this one is sealed, or was still open and is named by late_call.
create or replace function sealed_until() returns uuid language sql stable as $$
  select coalesce((select b.until_call from seal_block b where b.kind = 'calls'
    order by b.no desc limit 1), '00000000-0000-0000-0000-000000000000')
$$;
