-- Limits and budgets of keys, accounts and plans.

-- What a set of limits may say. Counts have at most 15 digits, so that every JSON reader and the
-- rate limit headers take them; a budget is an amount in the smallest part of the platform's
-- default unit. Values are texts, since JSON's numbers are not exact everywhere.
create function is_limit_set(limits jsonb) returns boolean
language sql immutable strict parallel safe as $$
  select jsonb_typeof(limits) = 'object' and not exists (
    select from jsonb_each(limits) l
    where jsonb_typeof(l.value) <> 'string' or case
      when l.key in ('requests_per_minute', 'requests_per_day', 'requests_per_month',
        'tokens_per_minute', 'tokens_per_day', 'tokens_per_month', 'concurrent_requests')
        then l.value #>> '{}' !~ '^[1-9][0-9]{0,14}$'
      when l.key in ('budget_total', 'budget_per_day', 'budget_per_month')
        then case when l.value #>> '{}' ~ '^[1-9][0-9]{0,18}$'
          then (l.value #>> '{}')::numeric > 9223372036854775807 else true end
      else true end)
$$;

-- A domain, because its check is made when limits are set and not whenever the row changes: the
-- row of a key changes with every call.
create domain limit_set as jsonb check (is_limit_set(value));

-- What a customer may be put on. Its limits go for each account that is on it.
create table plan (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  slug text not null check (slug ~ '^[a-z][a-z0-9-]{1,62}$'),
  name text not null check (length(name) between 1 and 200),
  limits limit_set not null default '{}',
  created_at timestamptz not null default now(),
  unique (platform_id, id),
  unique (platform_id, slug)
);

alter table account
  add column plan_id bigint,
  add column limits limit_set not null default '{}',
  add foreign key (platform_id, plan_id) references plan (platform_id, id);
create index account_plan on account (platform_id, plan_id) where plan_id is not null;

drop trigger tell_key_change on api_key;
alter table api_key add column limits limit_set not null default '{}';
update api_key
  set limits = jsonb_build_object('requests_per_minute', requests_per_minute::text)
  where requests_per_minute is not null;
alter table api_key drop column requests_per_minute;

-- 'plan ID' stands for all accounts on it: one message, however many there are.
create trigger tell_key_change
  after delete or update of status, expires_at, limits, account_id, hash on api_key
  for each row execute function tell_row_changed('key', 'id');
drop trigger tell_account_change on account;
create trigger tell_account_change after update of status, plan_id, limits on account
  for each row when (old.status is distinct from new.status
    or old.plan_id is distinct from new.plan_id or old.limits is distinct from new.limits)
  execute function tell_row_changed('account', 'id');
create trigger tell_plan_change after update of limits on plan
  for each row when (old.limits is distinct from new.limits)
  execute function tell_row_changed('plan', 'id');
