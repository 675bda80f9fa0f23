import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson } from '../../../test/person.ts';
import { type Serving, startServing } from '../../../test/serving.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

let serving: Serving;
let document: Document;
beforeAll(async () => {
  serving = await startServing({ trustedProxies: 1 });
  document = (await createPerson(serving).get('/openapi.json')).json as unknown as Document;
});
afterAll(() => serving.close());

test('the document of the API has the routes of sign-in beside the others', () => {
  const { paths } = document;
  expect(paths['/v1/models']?.get).toBeDefined();
  for (const path of ['/auth/sign-in/email', '/auth/sign-up/email', '/auth/two-factor/enable']) {
    expect(paths[path]?.post?.responses).toHaveProperty('200');
  }
  expect(paths['/auth/passkey/generate-register-options']?.get).toBeDefined();
  expect(paths).not.toHaveProperty('/auth/delete-user');
});

test('every reference in it leads to a schema', () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g);
  const names = new Set([...references].map(([, name]) => name));
  expect(names).toContain('AuthProblem');
  for (const name of names) expect(document.components.schemas).toHaveProperty(name ?? '');
});

test('every route that it names is there', async () => {
  const person = createPerson(serving);
  const missing: string[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    if (!path.startsWith('/auth/') || path.includes('{')) continue;
    for (const method of Object.keys(item)) {
      const answer = method === 'get' ? await person.get(path) : await person.post(path);
      if (answer.status === 404 && answer.json?.code === 'not_found') missing.push(path);
    }
  }
  expect(missing).toEqual([]);
});

test('a route that is not served is not found', async () => {
  for (const path of ['/auth/delete-user', '/auth/get-access-token', '/auth/ok']) {
    expect((await createPerson(serving).post(path)).status).toBe(404);
  }
});
