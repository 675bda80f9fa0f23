-- What a tenant may see and write: the whole list, put in place anew whenever this text changes.
-- `farebox_tenant` speaks for one platform, or for one account of it (src/db/as-tenant.ts). The
-- tables' owner, which runs the batches, sees everything.

create or replace function tenant_platform() returns bigint
language sql stable parallel safe as $$
  select nullif(current_setting('farebox.platform', true), '')::bigint
$$;

create or replace function tenant_account() returns bigint
language sql stable parallel safe as $$
  select nullif(current_setting('farebox.account', true), '')::bigint
$$;

-- Who belongs to the tenant. Of what the instance knows about people it shows name and address.
create or replace function tenant_people()
returns table (user_id text, mail text, name text, role text, account_id bigint,
  created_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.email, u.name, m.role, m.account_id, m.created_at
  from (
    select user_id, role, null::bigint as account_id, created_at from platform_member
    where platform_id = tenant_platform() and tenant_account() is null
    union all
    select user_id, 'customer', account_id, created_at from account_member
    where platform_id = tenant_platform() and account_id = coalesce(tenant_account(), account_id)
  ) m join auth."user" u on u.id = m.user_id
$$;

-- Whether another platform has shown that this domain is its own.
create or replace function is_domain_taken(p_domain text, p_platform bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from platform
    where domain = p_domain and domain_verified_at is not null and id <> p_platform)
$$;

-- What another platform sells to an account of whoever asks: the account that opened the tenant's
-- platform, or one that the person is a member of.
create or replace function resale_source(p_account bigint, p_slug text, p_user text)
returns table (platform_id bigint, product_id bigint, account_id bigint, kind text,
  context_tokens int, max_output_tokens int)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.platform_id, p.id, a.id, p.kind, p.context_tokens, p.max_output_tokens
  from account a join product p on p.platform_id = a.platform_id and p.slug = p_slug and p.active
  where a.id = p_account and a.platform_id <> tenant_platform() and tenant_account() is null and (
    exists (select from platform where id = tenant_platform() and opened_by_account_id = a.id)
    or exists (select from account_member m where m.account_id = a.id and m.user_id = p_user))
$$;

do $policies$
declare
  -- Whose rows: of the platform, and for a customer only those of its account.
  ours constant text := 'platform_id = (select tenant_platform())';
  whole constant text := '(select tenant_account()) is null';
  own constant text := 'account_id = (select tenant_account())';
  of_wallet constant text := 'wallet_id in (select id from wallet)';
  of_key constant text := 'key_id in (select id from api_key)';
  each record;
  seen text;
  written text;
begin
  for each in select tablename, policyname from pg_policies where schemaname = 'public' loop
    execute format('drop policy %I on %I', each.policyname, each.tablename);
  end loop;
  revoke all on all tables in schema public from farebox_tenant;
  grant usage on schema public to farebox_tenant;

  -- Of each table: what may be done, and what a customer sees of it and writes in it.
  for each in
    select * from (values
      ('account', 'select, insert, update', 'id = (select tenant_account())', 'false'),
      ('account_member', 'select, insert, delete', own, 'false'),
      ('access_token', 'select, insert, update', 'false', 'false'),
      ('api_key', 'select, insert, update', own, own),
      -- A customer leaves a record of what it did, and does not read the record.
      ('audit_entry', 'select, insert', 'false', 'true'),
      ('call', 'select', own, 'false'),
      ('call_body', 'select', 'false', 'false'),
      ('hold', 'select', own, 'false'),
      ('idempotent_act', 'select, insert, delete', 'true', 'true'),
      ('invitation', 'select, insert, update, delete', own, 'false'),
      ('issuer', 'select, insert, update, delete', 'false', 'false'),
      ('month_usage', 'select', own, 'false'),
      ('outbox_mail', 'select', 'false', 'false'),
      ('package', 'select, insert, update', 'true', 'false'),
      ('plan', 'select, insert, update', 'true', 'false'),
      ('plan_allowance', 'select, insert, update, delete', 'true', 'false'),
      ('platform_member', 'select, insert, update, delete', 'false', 'false'),
      -- What a product costs its seller is no customer's business.
      ('price', 'select, insert, update', 'kind = ''sale''', 'false'),
      ('price_component', 'select, insert', 'price_id in (select id from price)', 'false'),
      ('price_draft', 'select, insert, update, delete', 'false', 'false'),
      ('product', 'select, insert, update', 'true', 'false'),
      ('product_resale', 'select, insert', 'false', 'false'),
      ('product_route', 'select, insert, update, delete', 'false', 'false'),
      ('retired_secret', 'select, insert, update, delete', of_key, of_key),
      ('redemption', 'select', own, 'false'),
      ('redemption_code', 'select, insert, update', 'false', 'false'),
      -- Its terms are checked by the engine: what costs money is not for customers to begin.
      ('subscription', 'select, insert, update', own, own),
      ('tiered_call', 'select', own, 'false'),
      ('transfer', 'select, insert',
        'from_wallet_id in (select id from wallet) or to_wallet_id in (select id from wallet)',
        'false'),
      ('unit', 'select, insert', 'true', 'false'),
      ('upstream', 'select, insert, update', 'false', 'false'),
      ('usage_event', 'select', own, 'false'),
      ('usage_of_account', 'select', own, 'false'),
      ('usage_of_platform', 'select', 'false', 'false'),
      ('wallet', 'select, insert, update', own, 'false'),
      ('wallet_allowance', 'select, insert, update', of_wallet, 'false'),
      ('wallet_grant', 'select, insert, update', of_wallet, 'false'),
      ('wrong_code_count', 'select', 'false', 'false')
    ) as t (name, may, seen, written)
  loop
    seen := format('%s and (%s or %s)', ours, whole, each.seen);
    written := format('%s and (%s or %s)', ours, whole, each.written);
    execute format('alter table %I enable row level security', each.name);
    execute format('grant %s on %I to farebox_tenant', each.may, each.name);
    execute format('create policy tenant_sees on %I for select to farebox_tenant using (%s)',
      each.name, seen);
    if each.may like '%insert%' then
      execute format('create policy tenant_adds on %I for insert to farebox_tenant
        with check (%s)', each.name, written);
    end if;
    if each.may like '%update%' then
      execute format('create policy tenant_changes on %I for update to farebox_tenant using (%s)',
        each.name, written);
    end if;
    if each.may like '%delete%' then
      execute format('create policy tenant_removes on %I for delete to farebox_tenant using (%s)',
        each.name, written);
    end if;
  end loop;

  -- A platform's own row is named by its id.
  alter table platform enable row level security;
  grant select, update on platform to farebox_tenant;
  create policy tenant_sees on platform for select to farebox_tenant
    using (id = (select tenant_platform()));
  create policy tenant_changes on platform for update to farebox_tenant
    using (id = (select tenant_platform()) and (select tenant_account()) is null);

  grant usage on sequence row_id_bits to farebox_tenant;
  -- Ids of calls without anything about them; a view shows only what its reader may see.
  grant select on late_call, entry, open_grant, call_usage to farebox_tenant;
end $policies$;
