-- Makes the daily partitions of hold and call (UTC days of the call's start, taken from its id) for
-- p_days days from the day of p_from on. Returns how many days were new. Safe to run at any time by
-- any number of processes; attaching does not block readers or writers of other partitions.
drop function if exists ensure_partitions;
create function ensure_partitions(p_from timestamptz, p_days int) returns int
language plpgsql as $$
declare
  v_day date;
  v_table text;
  v_name text;
  v_made int := 0;
begin
  for i in 0 .. p_days - 1 loop
    v_day := (p_from at time zone 'UTC')::date + i;
    foreach v_table in array array['hold', 'call'] loop
      v_name := format('%s_%s', v_table, to_char(v_day, 'YYYYMMDD'));
      continue when to_regclass(v_name) is not null;
      -- A relation's lock, unlike an advisory one, makes the session see what others just made.
      lock table hold in share update exclusive mode;
      if to_regclass(v_name) is null then
        execute format('create table %I (like %I including all)', v_name, v_table);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          v_table, v_name, call_id_at(v_day::timestamp at time zone 'UTC'),
          call_id_at((v_day + 1)::timestamp at time zone 'UTC'));
        v_made := v_made + (v_table = 'hold')::int;
      end if;
    end loop;
  end loop;
  return v_made;
end $$;
