-- Prices as a seller works on them: versions that begin at an instant to come, what a product costs
-- the seller, tiers by the month's usage, drafts; and products of other platforms sold on.

alter table price
  -- What a customer pays, or what the product's provider takes from the seller for the same.
  add column kind text not null default 'sale' check (kind in ('sale', 'cost')),
  -- How components from a month's quantity on are meant; null where there are none.
  add column tiering text check (tiering in ('graduated', 'volume')),
  add column note text check (length(note) <= 500),
  add column created_at timestamptz not null default now(),
  drop constraint price_platform_id_product_id_unit_version_key,
  add unique (platform_id, product_id, kind, unit, version),
  add check (kind = 'sale' or tiering is null);
update price set created_at = valid_from;
drop index price_current;
-- The last of the versions; those before it end where the next one begins.
create unique index price_last on price (product_id, unit, kind) where valid_until is null;

alter table price_component
  -- Applies to what is used beyond this quantity in the account's month; 0 is the first tier.
  add column from_month_quantity bigint not null default 0 check (from_month_quantity >= 0),
  drop constraint price_component_pkey,
  add primary key (platform_id, price_id, component, from_context_tokens, from_month_quantity);

-- A published version never changes. Only its end is set, as long as that end lies ahead.
create function keep_price() returns trigger
language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - 'valid_until' = to_jsonb(old) - 'valid_until'
    and (old.valid_until is null or old.valid_until > now())
    and (new.valid_until is null or new.valid_until >= now()) then
    return new;
  end if;
  raise exception 'price % is published and stays as it is', old.id
    using errcode = 'restrict_violation';
end $$;
create trigger keep_price before update or delete on price
  for each row execute function keep_price();

create function keep_price_component() returns trigger
language plpgsql as $$
begin
  raise exception 'price % is published and stays as it is', old.price_id
    using errcode = 'restrict_violation';
end $$;
create trigger keep_price_component before update or delete on price_component
  for each row execute function keep_price_component();

-- All components of a version come in one statement: later ones would change it.
create function keep_price_whole() returns trigger
language plpgsql as $$
begin
  if exists (
    select from (select platform_id, price_id, count(*) as n from fresh group by 1, 2) f
    where f.n <> (select count(*) from price_component c
      where c.platform_id = f.platform_id and c.price_id = f.price_id)
  ) then
    raise exception 'a published price gets no more components'
      using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger keep_price_whole after insert on price_component
  referencing new table as fresh for each statement execute function keep_price_whole();

-- A price that is being worked on: nothing sells by it.
create table price_draft (
  id bigint primary key,
  platform_id bigint not null references platform (id),
  product_id bigint not null,
  kind text not null default 'sale' check (kind in ('sale', 'cost')),
  unit text not null,
  tiering text check (tiering in ('graduated', 'volume')),
  -- As rows of price_component: numbers as texts.
  components jsonb not null check (jsonb_typeof(components) = 'array'),
  source text not null default 'manual' check (length(source) between 1 and 100),
  note text check (length(note) <= 500),
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  unique (platform_id, id),
  foreign key (platform_id, product_id) references product (platform_id, id),
  foreign key (platform_id, unit) references unit (platform_id, code)
);
create index price_draft_product on price_draft (platform_id, product_id);

-- What an account used of a product in a month (of the platform's zone) at prices with tiers by
-- quantity. Only settlements at such prices touch it; it is locked before keys and wallets.
create table month_usage (
  platform_id bigint not null,
  account_id bigint not null,
  product_id bigint not null,
  month_start timestamptz not null,
  calls bigint not null default 0 check (calls >= 0),
  -- By the component whose price was taken: {"input": "1200"}.
  quantities jsonb not null default '{}' check (jsonb_typeof(quantities) = 'object'),
  primary key (platform_id, account_id, product_id, month_start),
  foreign key (platform_id, account_id) references account (platform_id, id),
  foreign key (platform_id, product_id) references product (platform_id, id)
);

-- What had been used before such a call: with it, its price can be computed once more.
create table tiered_call (
  id uuid not null,
  leg smallint not null,
  platform_id bigint not null,
  account_id bigint not null,
  product_id bigint not null,
  month_start timestamptz not null,
  -- The how many-eth call of the month it is, from 1 on.
  ordinal bigint not null check (ordinal > 0),
  used_before jsonb not null check (jsonb_typeof(used_before) = 'object'),
  used_after jsonb not null check (jsonb_typeof(used_after) = 'object'),
  primary key (id, leg),
  unique (platform_id, account_id, product_id, month_start, ordinal)
);

-- A product that another platform sells to this one, which sells it on at a price of its own.
create table product_resale (
  platform_id bigint not null,
  product_id bigint not null,
  seller_platform_id bigint not null,
  seller_product_id bigint not null,
  -- The account of this platform at the seller's, which pays the seller's price.
  account_id bigint not null,
  primary key (platform_id, product_id),
  foreign key (platform_id, product_id) references product (platform_id, id),
  foreign key (seller_platform_id, seller_product_id) references product (platform_id, id),
  foreign key (seller_platform_id, account_id) references account (platform_id, id),
  check (seller_platform_id <> platform_id)
);
create index product_resale_account on product_resale (account_id);
create trigger tell_added after insert on product_resale referencing new table as changed
  for each statement execute function tell_shelf_changed();

-- The catalogue knows the limits of the accounts that pay for resale, too. Who changes them is a
-- tenant of the seller, and does not see what others resell.
create function tell_payer_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_notify('farebox_change', 'catalog ' || r.platform_id)
    from product_resale r
    where case tg_table_name
      when 'account' then r.account_id = (to_jsonb(new) ->> 'id')::bigint
      when 'subscription' then r.account_id = (to_jsonb(new) ->> 'account_id')::bigint
      else r.seller_platform_id = (to_jsonb(new) ->> 'platform_id')::bigint end;
  return null;
end $$;
create trigger tell_payer_change after update of limits on account
  for each row execute function tell_payer_changed();
create trigger tell_payer_change after insert or update on subscription
  for each row execute function tell_payer_changed();
create trigger tell_payer_change after update of limits on plan
  for each row execute function tell_payer_changed();

alter table upstream
  -- Who chose the address: one that a seller chose must not lead to the operator's own network.
  add column set_by text not null default 'operator' check (set_by in ('operator', 'seller'));
