-- Each of a transfer's sides by itself, so that it is one look into an index: as one query over both,
-- the planner may read all of a platform's wallets for every transfer.
create or replace function transfer_refers_to_wallets() returns trigger language plpgsql as $$
begin
  if (new.from_wallet_id is not null and not exists (select from wallet w
      where w.platform_id = new.platform_id and w.id = new.from_wallet_id))
    or (new.to_wallet_id is not null and not exists (select from wallet w
      where w.platform_id = new.platform_id and w.id = new.to_wallet_id)) then
    raise foreign_key_violation using message = format('transfer %s: its platform has not both '
      'wallets %s and %s', new.id, new.from_wallet_id, new.to_wallet_id);
  end if;
  return null;
end $$;
