import { formatCallId, formatRowId, systemRandom } from '../src/kernel/index.ts';
import { createKey } from '../src/tenants/index.ts';
import { testIds } from './books.ts';
import type { ManageApi, TestPlatform } from './manage-api.ts';
import { openPlatformCalls } from './platform-calls.ts';

/** One of each thing that a platform can have, by the name that paths and bodies have for it. */
export interface Things {
  readonly ids: Readonly<Record<string, string>>;
  /** Stands in the name of each of them, and nowhere else. */
  readonly secretName: string;
  /** A key for calls, in clear. */
  readonly key: string;
}

export async function openThings(api: ManageApi, platform: TestPlatform): Promise<Things> {
  const secretName = `secret-${testIds.rowId()}`;
  const { platformId, accountId, owner, slug } = platform;
  const made = { ids: testIds, random: systemRandom };
  const key = await createKey(api.db, made, { platformId, accountId, name: secretName });
  const token = await owner.post('/tokens', { name: secretName, role: 'viewer' });
  const issuer = await owner.post('/issuers', {
    issuer: `https://${secretName}.example/`,
    jwks_url: 'https://keys.example/',
    audience: secretName,
  });
  const grant = await owner.post(`/accounts/${platform.account}/grants`, {
    amount: 1,
    unit: 'USD',
    reason: secretName,
  });
  const callId = await (await openPlatformCalls(api, platform)).call(1_000n, {
    leg: { output: 1n },
  });
  const mail = `${testIds.rowId()}@people.example`;
  await owner.post('/members', { mail, role: 'viewer' });
  await owner.call('PATCH', `/accounts/${platform.account}`, { name: secretName });
  const plan = await owner.post('/plans', { slug: 'plan', name: secretName });
  const bundle = { slug: 'package', name: secretName, unit: 'USD', amount: 5 };
  await owner.post('/packages', bundle);
  const codes = await owner.post('/codes', { unit: 'USD', amount: 5, note: secretName });
  const sold = await openSold(platform, secretName);
  return {
    secretName,
    key: key.text,
    ids: {
      platform: slug,
      account: platform.account,
      from: platform.account,
      grant: grant.body.id,
      key: formatRowId('key', key.id),
      token: token.body.id,
      issuer: issuer.body.id,
      plan: plan.body.id,
      package: 'package',
      code: codes.body.data[0].id,
      mail,
      call: formatCallId(callId),
      ...sold,
    },
  };
}

/** Something for sale: a product, who answers it, a price, and a price that is worked on. */
async function openSold({ owner }: TestPlatform, name: string) {
  const product = await owner.post('/products', { slug: name, name });
  const upstream = await owner.post('/upstreams', { name, base_url: 'demo:' });
  const route = `/products/${product.body.id}/routes/${upstream.body.id}`;
  await owner.call('PUT', route, { upstream_model: name });
  const draft = {
    ...{ product: product.body.id, note: name },
    components: [{ component: 'input', amount: '1', per: 1_000 }],
  };
  const published = await owner.post('/price-drafts', draft);
  const price = await owner.post(`/price-drafts/${published.body.id}/publish`);
  const open = await owner.post('/price-drafts', draft);
  return {
    product: product.body.id,
    upstream: upstream.body.id,
    price: price.body.id,
    draft: open.body.id,
  };
}
