import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { catalogIds, openPlatform } from '../../test/platforms.ts';
import { changePlanLimits, createPlan, findPlan, listPlans } from './index.ts';

let database: TestDatabase;
let platformId: bigint;
let stranger: bigint;
beforeAll(async () => {
  database = await openTestDatabase();
  platformId = await openPlatform(database.db);
  stranger = await openPlatform(database.db);
});
afterAll(() => database.close());

const make = (slug: string, limits = {}) =>
  createPlan(database.db, catalogIds, { platformId, slug, name: slug, limits });

describe('a plan', () => {
  test('is found and listed on its own platform only', async () => {
    const plan = await make('basic', { requests_per_day: 5n });
    expect(await findPlan(database.db, platformId, 'basic')).toEqual(plan);
    expect(await findPlan(database.db, stranger, 'basic')).toBeUndefined();
    expect(await listPlans(database.db, platformId)).toEqual([plan]);
    expect(await listPlans(database.db, stranger)).toEqual([]);
    await expect(make('basic')).rejects.toMatchObject({ code: 'plan_exists' });
  });

  test('keeps the limits that a change does not name', async () => {
    const { id } = await make('kept', { requests_per_day: 5n, tokens_per_day: 6n });
    const change = (changes: object) => changePlanLimits(database.db, platformId, id, changes);
    const { limits } = await change({ tokens_per_day: null, budget_total: 7n });
    expect(limits).toEqual({ requests_per_day: 5n, budget_total: 7n });
    expect((await change({})).limits).toEqual(limits);
  });

  test('is not changed by another platform', async () => {
    const { id } = await make('own');
    const change = changePlanLimits(database.db, stranger, id, { requests_per_day: 1n });
    await expect(change).rejects.toMatchObject({ code: 'plan_not_found' });
  });

  test.each([
    [{ slug: 'A' }, 'invalid_plan', 'slug'],
    [{ slug: '1a' }, 'invalid_plan', 'slug'],
    [{ name: ' ' }, 'invalid_plan', 'name'],
    [{ name: 'n'.repeat(201) }, 'invalid_plan', 'name'],
    [{ limits: { budget_total: 0n } }, 'invalid_limits', 'budget_total'],
  ])('is refused when something is wrong with it (case %#)', async (change, code, param) => {
    const plan = { platformId, slug: 'fine', name: 'Fine', ...change };
    const made = createPlan(database.db, catalogIds, plan);
    await expect(made).rejects.toMatchObject({ code, param, status: 422 });
  });
});
