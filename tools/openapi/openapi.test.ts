import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Serving, startServing } from '../../test/serving.ts';
import { type OpenApiDocument, readOperations } from '../sdk/read-operations.ts';
import { writeCommands } from '../sdk/write-commands.ts';
import { writeSdkNouns, writeSdkTypes } from '../sdk/write-sdk.ts';

const ROOT = `${import.meta.dirname}/../../`;

let serving: Serving;
let document: OpenApiDocument;
beforeAll(async () => {
  serving = await startServing();
  document = (await (await fetch(`${serving.url}/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(() => serving.close());

// Run with --update (npm run openapi), these write their files anew.
describe('what is written from the contracts of the routes', () => {
  it('docs/reference/openapi.json is the document that an instance serves', async () => {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`${ROOT}docs/reference/openapi.json`);
  });

  it('the types of the SDK are those of the document', async () => {
    await expect(writeSdkTypes(document)).toMatchFileSnapshot(`${ROOT}sdk/src/generated/types.ts`);
  });

  it('the SDK has every noun and verb of the document', async () => {
    await expect(writeSdkNouns(document)).toMatchFileSnapshot(`${ROOT}sdk/src/generated/nouns.ts`);
  });

  it('the command line has every noun and verb of the document', async () => {
    await expect(writeCommands(document)).toMatchFileSnapshot(
      `${ROOT}src/cli/remote/operations.json`,
    );
  });
});

type Documented = OpenApiDocument['paths'][string][string] & {
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
};

/** Those of ours: what is under /auth, better-auth says of itself. */
const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    path.startsWith('/auth/')
      ? []
      : Object.entries(item).map(([method, one]) => ({
          name: `${method} ${path}`,
          path,
          operation: one as Documented,
        })),
  );

describe('the OpenAPI document', () => {
  it('is of version 3.1 and says where it is served', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] });
  });

  it('names every operation once, those of the management API as noun.verb', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids).not.toContain(undefined);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const nouns = readOperations(document).map(({ noun, verb }) => `${noun}.${verb}`);
    expect(nouns.length).toBeGreaterThan(20);
    expect(ids).toEqual(expect.arrayContaining(nouns));
  });

  it('says of every operation what it does, who may ask and how it refuses', () => {
    for (const { name, path, operation } of operations()) {
      expect(operation.summary, name).toMatch(/\S/);
      expect(operation.security, name).toBeDefined();
      expect(operation.tags, name).toHaveLength(1);
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      if (operation.security?.length === 0) continue;
      expect(statuses, name).toEqual(expect.arrayContaining(['400', '401', '403', '500', '503']));
      if (path.startsWith('/manage/'))
        expect(operation.tags, name).toEqual([operation.operationId?.split('.')[0]]);
    }
  });
});
