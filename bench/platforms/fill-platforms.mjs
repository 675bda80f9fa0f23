// Platforms as sellers leave them: each with a hundred accounts, twenty priced models and a way to
// the mock provider. Some of the accounts have keys whose text is known, to call with.
import { PACED_MODEL } from '../gateway/requests.mjs';

const ACCOUNTS = 100;
const PRODUCTS = 20;
/** 1,000 USD in nano-dollars. */
const GRANT = 1_000_000_000_000n;

const FILL = `
  set constraints all deferred;
  insert into platform (id, slug, name, key_prefix, default_unit)
    select p, 'shop-' || p, 'Shop ' || p, 'sk-fb-', 'USD' from generate_series(1, :platforms) p;
  insert into unit (platform_id, code, scale)
    select p, 'USD', 9 from generate_series(1, :platforms) p;
  insert into upstream (id, platform_id, name, base_url)
    select p, p, 'mock', ':url' from generate_series(1, :platforms) p;
  insert into product (id, platform_id, slug, kind, name)
    select p * 1000 + n, p, case n when 1 then ':model' else 'model-' || n end, 'chat',
      'Model ' || n
    from generate_series(1, :platforms) p, generate_series(1, ${PRODUCTS}) n;
  insert into product_route (platform_id, product_id, upstream_id, upstream_model)
    select platform_id, id, platform_id, slug from product;
  insert into price (id, platform_id, product_id, unit, version, valid_from)
    select id, platform_id, id, 'USD', 1, '2020-01-01' from product;
  insert into price_component (platform_id, price_id, component, amount, per)
    select p.platform_id, p.id, c.component, c.amount, 1
    from price p, (values ('input', 150), ('output', 600)) as c (component, amount);
  insert into account (id, platform_id, external_id, name)
    select p * 1000 + n, p, 'user-' || n, 'Customer'
    from generate_series(1, :platforms) p, generate_series(1, ${ACCOUNTS}) n;
  insert into wallet (id, platform_id, account_id, unit)
    select id, platform_id, id, 'USD' from account;
  select count(*) from account a cross join lateral grant_value(null, a.id, a.platform_id, a.id,
    ${GRANT}, 'purchase', 0::smallint, null, 'bench:' || a.id, null, null, 0)`;

const ADD_KEYS = `
  insert into api_key (id, platform_id, account_id, hash, preview, name)
  select a.id, a.platform_id, a.id, decode(k.hash, 'hex'), 'sk-fb', 'key'
  from unnest($1::bigint[], $2::text[]) k (account_id, hash) join account a on a.id = k.account_id`;

/** Fills an empty, migrated database. The texts of `callers` keys, spread over the platforms. */
export async function fillPlatforms(rooms, database, { platforms, callers, url }) {
  const { tenants, random } = rooms;
  const text = FILL.replaceAll(':platforms', String(platforms))
    .replaceAll(':url', url)
    .replaceAll(':model', PACED_MODEL);
  const count = Math.min(callers, platforms * ACCOUNTS);
  const keys = Array.from({ length: count }, () => tenants.makeKey('sk-fb-', random));
  // A stride through all accounts that meets every platform as often as every other.
  const accountIds = keys.map((_, index) => {
    const [platform, account] = [index % platforms, Math.floor(index / platforms)];
    return BigInt((platform + 1) * 1_000 + account + 1);
  });
  await database.transaction(async (tx) => {
    await tx.query(text);
    await tx.query(ADD_KEYS, [accountIds, keys.map((key) => tenants.hashKey(key))]);
  });
  await database.query('vacuum (analyze)');
  return keys;
}
