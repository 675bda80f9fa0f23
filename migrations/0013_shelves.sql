-- Each platform's part of the catalogue is read by itself: what changed is told with the platform's
-- id, once a statement, or without one when very many platforms are meant.
create function tell_shelf_changed() returns trigger language plpgsql as $$
begin
  if (select count(*) from (select distinct platform_id from changed limit 101) c) > 100 then
    perform pg_notify('farebox_change', 'catalog');
  else
    perform pg_notify('farebox_change', 'catalog ' || platform_id)
      from (select distinct platform_id from changed) c;
  end if;
  return null;
end $$;

do $$
declare
  each text;
begin
  foreach each in array
    array['upstream', 'product', 'product_route', 'price', 'price_component']
  loop
    execute format('drop trigger tell_change on %I', each);
    execute format('create trigger tell_added after insert on %I referencing new table as changed
      for each statement execute function tell_shelf_changed()', each);
    execute format('create trigger tell_changed after update on %I referencing new table as changed
      for each statement execute function tell_shelf_changed()', each);
    execute format('create trigger tell_removed after delete on %I referencing old table as changed
      for each statement execute function tell_shelf_changed()', each);
    execute format('create trigger tell_emptied after truncate on %I
      for each statement execute function tell_catalog_changed()', each);
  end loop;
end $$;
-- A platform's own row is told of by tell_platform_change.
drop trigger tell_change on platform;
