-- An update runs through every foreign key at its row and to its row, whether their columns change or
-- not. A call updates a wallet and a key twice each, so what refers to wallets, and what wallets and
-- keys refer to, is guarded by triggers that fire only where those columns are written. They refuse
-- what the foreign keys did, with the same SQLSTATE; what is referred to can be neither deleted nor
-- renamed, so there is nothing to lock.
alter table wallet drop constraint wallet_platform_id_account_id_fkey,
  drop constraint wallet_platform_id_unit_fkey;
alter table api_key drop constraint api_key_platform_id_account_id_fkey;
alter table wallet_grant drop constraint wallet_grant_platform_id_wallet_id_fkey;
alter table transfer drop constraint transfer_platform_id_from_wallet_id_fkey,
  drop constraint transfer_platform_id_to_wallet_id_fkey;

create function refers_to_account() returns trigger language plpgsql as $$
begin
  if not exists (select from account a
    where a.platform_id = new.platform_id and a.id = new.account_id) then
    raise foreign_key_violation
      using message = format('%s %s: its platform has no account %s', tg_table_name, new.id,
        new.account_id);
  end if;
  return null;
end $$;
create constraint trigger wallet_account after insert or update of platform_id, account_id
  on wallet for each row execute function refers_to_account();
create constraint trigger api_key_account after insert or update of platform_id, account_id
  on api_key for each row execute function refers_to_account();

create function refers_to_unit() returns trigger language plpgsql as $$
begin
  if not exists (select from unit u where u.platform_id = new.platform_id and u.code = new.unit) then
    raise foreign_key_violation
      using message = format('%s %s: its platform has no unit %s', tg_table_name, new.id, new.unit);
  end if;
  return null;
end $$;
create constraint trigger wallet_unit after insert or update of platform_id, unit
  on wallet for each row execute function refers_to_unit();

create function grant_refers_to_wallet() returns trigger language plpgsql as $$
begin
  if not exists (select from wallet w
    where w.platform_id = new.platform_id and w.id = new.wallet_id) then
    raise foreign_key_violation
      using message = format('grant %s: its platform has no wallet %s', new.id, new.wallet_id);
  end if;
  return null;
end $$;
create constraint trigger wallet_grant_wallet after insert or update of platform_id, wallet_id
  on wallet_grant for each row execute function grant_refers_to_wallet();

create function transfer_refers_to_wallets() returns trigger language plpgsql as $$
begin
  if exists (select from unnest(array[new.from_wallet_id, new.to_wallet_id]) as side (wallet_id)
    where side.wallet_id is not null and not exists (select from wallet w
      where w.platform_id = new.platform_id and w.id = side.wallet_id)) then
    raise foreign_key_violation using message = format('transfer %s: its platform has not both '
      'wallets %s and %s', new.id, new.from_wallet_id, new.to_wallet_id);
  end if;
  return null;
end $$;
create constraint trigger transfer_wallets
  after insert or update of platform_id, from_wallet_id, to_wallet_id
  on transfer for each row execute function transfer_refers_to_wallets();

create function is_referred_to() returns trigger language plpgsql as $$
begin
  raise foreign_key_violation using message = format(
    'a row of %s is referred to: it can be neither deleted nor given another id', tg_table_name);
end $$;
create trigger account_stays before delete or update of platform_id, id on account
  for each row execute function is_referred_to();
create trigger wallet_stays before delete or update of platform_id, id on wallet
  for each row execute function is_referred_to();
create trigger unit_stays before delete or update of platform_id, code on unit
  for each row execute function is_referred_to();
