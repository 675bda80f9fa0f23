import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSource } from '../tidy/source.ts';
import { readFailureRows, titlesOf } from './failure-tables.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const rows = readFailureRows(read('docs/reference/failures.md'));

const numbers = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

describe('docs/reference/failures.md', () => {
  it('has every row once, in order', () => {
    const found = rows.map(({ number }) => number).filter((number) => number !== 'also');
    expect(found).toEqual([...numbers('F', 32), ...numbers('', 20)]);
  });

  it('says how a fault is prevented wherever it names a test', () => {
    for (const { number, mechanism, tests } of rows) {
      expect(mechanism !== '', number).toBe(tests.length > 0);
    }
  });

  it('names only tests and files that exist', () => {
    const missing = rows.flatMap(({ number, mechanism, tests }) => {
      const files = [...mechanism.matchAll(/`(\S+\/\S+)`/g)].map(([, path]) => path ?? '');
      const gone = files.filter((path) => !existsSync(new URL(path, root)));
      const untested = tests.filter(({ path, title }) => !hasTest(path, title));
      return [...gone, ...untested.map(({ path, title }) => `${path} › ${title}`)].map(
        (each) => `${number}: ${each}`,
      );
    });
    expect(missing).toEqual([]);
  });
});

const titlesByPath = new Map<string, Set<string>>();

function hasTest(path: string, title: string): boolean {
  if (!existsSync(new URL(path, root))) return false;
  const titles = titlesByPath.get(path) ?? titlesOf(parseSource(path, read(path)));
  titlesByPath.set(path, titles);
  return titles.has(title);
}

describe('the reader of the tables', () => {
  const row = (proof: string) => `| F1 | It broke. | It cannot. | ${proof} |`;

  it('takes tests and what is not there yet apart', () => {
    const [only] = readFailureRows(row("`a.test.ts › that's it: %s`<br>issue 5: payments"));
    expect(only?.tests).toEqual([{ path: 'a.test.ts', title: "that's it: %s" }]);
    expect(only?.later).toBe('issue 5: payments');
  });

  it.each(['', 'later', '`a.test.ts`', 'issue 5', 'issue 3: seals'])(
    'refuses a row proved by %j',
    (proof) => {
      expect(() => readFailureRows(row(proof))).toThrow(/is n/);
    },
  );

  it('finds the titles of plain, parametrised and computed tests, and nothing else', () => {
    const text = [
      `test('a', () => {}); it("b's", () => {}); it.runIf(x)('c', f);`,
      `test.each([1])('d %i', f); it(\`e \${N}\`, f); describe('no', f); other('no');`,
    ].join('\n');
    const titles = titlesOf(parseSource('x.test.ts', text));
    expect([...titles]).toEqual(['a', "b's", 'c', 'd %i', `e \${N}`]);
  });
});
