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
  const callId = await (await openPlatformCalls(api, platform)).call(1n);
  const mail = `${testIds.rowId()}@people.example`;
  await owner.post('/members', { mail, role: 'viewer' });
  await owner.call('PATCH', `/accounts/${platform.account}`, { name: secretName });
  const plan = await owner.post('/plans', { slug: 'plan', name: secretName });
  const sold = { slug: 'package', name: secretName, unit: 'USD', amount: 5 };
  await owner.post('/packages', sold);
  const codes = await owner.post('/codes', { unit: 'USD', amount: 5, note: secretName });
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
    },
  };
}
