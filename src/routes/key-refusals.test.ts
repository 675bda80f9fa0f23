import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelApi, openModelApi } from '../../test/model-api.ts';
import { type openAiError, openApiDocument } from '../http/index.ts';
import { systemRandom } from '../kernel/index.ts';
import { makeKey, revokeKey, setAccountStatus } from '../tenants/index.ts';

let api: ModelApi;
beforeAll(async () => {
  api = await openModelApi();
});
afterAll(() => api.close());

/** Every documented route that asks for a key, with its parameters filled in. */
function keyedPaths(): string[] {
  const { paths } = openApiDocument(api.app, { title: 'Test', version: '1' });
  return Object.entries(paths)
    .filter(([, item]) => item?.get?.security !== undefined)
    .map(([path]) => path.replaceAll(/{\w+}/g, 'x'));
}

async function refusalsOf(headers: Record<string, string>) {
  const answers = await Promise.all(
    keyedPaths().map(async (path) => {
      const answer = await api.app.request(path, { headers });
      const { error } = (await answer.json()) as ReturnType<typeof openAiError>;
      const { type, param, code } = error;
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
      return { path, refusal: `${answer.status} ${code}`, type, param, says: error.message };
    }),
  );
  expect(answers.map(({ path }) => path)).toContain('/v1/calls/x');
  return answers;
}

const INVALID = { refusal: '401 INVALID_TOKEN', type: 'authentication_error', param: null };

describe('every route that asks for a key', () => {
  test('stands under /v1 and under /api/v1', () => {
    const paths = keyedPaths();
    expect(paths.filter((path) => path.startsWith('/v1/')).map((path) => `/api${path}`)).toEqual(
      paths.filter((path) => path.startsWith('/api/v1/')),
    );
  });

  test('answers 401 MISSING_AUTH_HEADER without one', async () => {
    for (const answer of await refusalsOf({})) {
      expect(answer).toMatchObject({ ...INVALID, refusal: '401 MISSING_AUTH_HEADER' });
    }
  });

  test.each(['Bearer nonsense', 'Basic dTpw', `Bearer ${makeKey('ptr_', systemRandom)}`])(
    'answers 401 INVALID_TOKEN to %s, without repeating it',
    async (authorization) => {
      for (const answer of await refusalsOf({ authorization })) {
        expect(answer).toMatchObject(INVALID);
        expect(answer.says).not.toContain(authorization.split(' ')[1]);
      }
    },
  );

  test('answers 401 INVALID_TOKEN to a revoked key', async () => {
    const { key, keyId, platformId } = await api.openCustomer();
    await revokeKey(api.db, platformId, keyId);
    for (const answer of await refusalsOf({ 'x-api-key': key })) {
      expect(answer).toMatchObject(INVALID);
    }
  });

  test('answers 403 account_suspended while the account is', async () => {
    const { key, accountId, platformId } = await api.openCustomer();
    await setAccountStatus(api.db, platformId, accountId, 'suspended');
    for (const answer of await refusalsOf({ 'x-api-key': key })) {
      expect(answer).toMatchObject({
        refusal: '403 account_suspended',
        type: 'permission_error',
      });
    }
  });
});
