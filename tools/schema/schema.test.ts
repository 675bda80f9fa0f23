import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type Catalogue, readCatalogue } from './read-catalogue.ts';
import { writeRows } from './write-rows.ts';
import { writeSchema } from './write-schema.ts';

// `npm run schema` runs this file with --update, which writes both files.
const root = `${import.meta.dirname}/../..`;
let database: TestDatabase;
let catalogue: Catalogue;
beforeAll(async () => {
  database = await openTestDatabase();
  catalogue = await readCatalogue(database.db);
});
afterAll(() => database.close());

it('schema.sql is what the migrations add up to (else: npm run schema)', async () => {
  await expect(writeSchema(catalogue)).toMatchFileSnapshot(`${root}/schema.sql`);
});

it('src/db/rows.ts has the types of those tables (else: npm run schema)', async () => {
  await expect(writeRows(catalogue)).toMatchFileSnapshot(`${root}/src/db/rows.ts`);
});

it('a column of a type that the driver is not known to read exactly has no row type', () => {
  const [relation] = catalogue.relations;
  const [column] = relation?.columns ?? [];
  if (relation === undefined || column === undefined) throw new Error('an empty catalogue');
  const money = { ...column, type: 'money', typeName: 'money' };
  const write = () => writeRows({ ...catalogue, relations: [{ ...relation, columns: [money] }] });
  expect(write).toThrow(/money/);
});
