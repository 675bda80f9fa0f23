import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApiDocument } from '../../src/http/index.ts';
import { formatRowId } from '../../src/kernel/index.ts';
import {
  type Client,
  createClient,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../manage-api.ts';
import { openThings, type Things } from '../platform-things.ts';
import { type Schema, valuesOf } from '../schema-values.ts';

// Every route of the management API, asked by somebody of another platform with ids of the first.

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  readonly body: Schema | undefined;
}

let api: ManageApi;
let shop: TestPlatform;
let stranger: TestPlatform;
let things: Things;
let operations: Operation[];
let schemas: Record<string, Schema>;

beforeAll(async () => {
  api = await openManageApi();
  [shop, stranger] = [await api.openPlatform(), await api.openPlatform()];
  things = await openThings(api, shop);
  const document = openApiDocument(api.app, { title: 'Test', version: '1' });
  schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      access: operation['x-access'],
      body: operation.requestBody?.content?.['application/json']?.schema,
    })),
  );
});
afterAll(() => api.close());

/** Everything that the database has of the platform, as one text. */
async function stateOf(platformId: bigint): Promise<string> {
  const tables = await api.db.query<{ name: string; column: string }>(
    `select c.relname as name, a.attname as column from pg_class c
     join pg_attribute a on a.attrelid = c.oid
       and a.attname = case c.relname when 'platform' then 'id' else 'platform_id' end
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition order by 1`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const states = [];
  for (const { name, column } of tables) {
    const rows = await api.db.query(
      `select t::text as row from ${name} t where ${column} = $1 order by 1`,
      [platformId],
    );
    states.push(name, JSON.stringify(rows));
  }
  return states.join('\n');
}

/** The address with ids of the shop in it. Fails for a name that nothing here answers to. */
const pathOf = (path: string) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = things.ids[name];
    expect(id, `test/platform-things.ts makes something for {${name}}`).toBeDefined();
    return encodeURIComponent(id ?? '');
  });

/** A body that the contract takes, the fields that are names of things naming the shop's. */
function bodyFor({ body }: Operation, seed: number): unknown {
  if (body === undefined) return undefined;
  const [made] = fc.sample(valuesOf(body, schemas), { numRuns: 1, seed });
  if (typeof made !== 'object' || made === null) return made;
  const known = Object.keys(made).filter((name) => things.ids[name] !== undefined);
  return { ...made, ...Object.fromEntries(known.map((name) => [name, things.ids[name]])) };
}

const ofPlatform = () =>
  operations.filter(({ access }) => !['user', 'operator', undefined].includes(access));

async function ask(client: Client, operation: Operation, platform: string, seed: number) {
  const { method, path } = operation;
  return client.call(method, pathOf(path), bodyFor(operation, seed), {
    'farebox-platform': platform,
  });
}

test('there are routes for every role to walk', () => {
  const accesses = new Set(operations.map(({ access }) => access));
  for (const access of ['user', 'operator', 'owner', 'admin', 'support', 'viewer', 'customer']) {
    expect(accesses).toContain(access);
  }
  expect(ofPlatform().length).toBeGreaterThan(15);
});

test('nobody of another platform is answered for it, nor changes anything of it', async () => {
  const before = await stateOf(shop.platformId);
  const clients = [stranger.owner, stranger.customer, await tokenOf(stranger)];
  for (const operation of ofPlatform()) {
    for (const client of clients) {
      for (const name of [shop.slug, formatRowId('plt', shop.platformId)]) {
        const answer = await ask(client, operation, name, 1);
        const what = `${operation.method} ${operation.path}`;
        // What does not fit its contract is refused before anybody is asked for.
        expect([400, 404], what).toContain(answer.status);
        if (answer.status === 404) expect(answer.body.code, what).toBe('platform_not_found');
      }
    }
  }
  expect(await stateOf(shop.platformId)).toBe(before);
});

test('with its own platform named, ids of another are not there', async () => {
  const before = await stateOf(shop.platformId);
  const clients = [stranger.owner, await tokenOf(stranger)];
  const withId = ofPlatform().filter(({ path }) => path.includes('{'));
  for (const operation of withId) {
    if (operation.path.includes('{platform}')) continue;
    for (const client of clients) {
      for (const seed of [1, 2, 3]) {
        const answer = await ask(client, operation, stranger.slug, seed);
        expect([400, 404], `${operation.method} ${operation.path}`).toContain(answer.status);
      }
    }
  }
  for (const operation of ofPlatform().filter(({ path }) => !path.includes('{'))) {
    const answer = await ask(stranger.owner, operation, stranger.slug, 4);
    expect(answer.status, `${operation.method} ${operation.path}`).toBeLessThan(500);
    expect(JSON.stringify(answer.body)).not.toContain(things.secretName);
  }
  expect(await stateOf(shop.platformId)).toBe(before);
});

test('no route answers who is not signed in, or has only a key for calls', async () => {
  for (const text of ['', things.key]) {
    const client = createClient(api.app, 'nobody', 'nobody', text);
    for (const operation of operations.filter(({ access }) => access !== undefined)) {
      const answer = await ask(client, operation, shop.slug, 1);
      const refused = text === '' ? [400, 401] : [400, 401, 403];
      expect(refused, `${operation.method} ${operation.path}`).toContain(answer.status);
    }
  }
});

async function tokenOf(platform: TestPlatform): Promise<Client> {
  const made = await platform.owner.post('/tokens', { name: 'walk', role: 'owner' });
  return createClient(api.app, made.body.id, 'token', made.body.token);
}
