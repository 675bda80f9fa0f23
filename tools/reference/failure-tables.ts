import type { Source } from '../tidy/source.ts';
import { dottedName, walk } from '../tidy/source.ts';

/** A row of the tables in docs/reference/failures.md. */
export interface FailureRow {
  /** `F1` to `F32` for gateways, `1` to `20` for billing, `also` for what has no number. */
  readonly number: string;
  readonly mechanism: string;
  readonly tests: readonly { readonly path: string; readonly title: string }[];
  /** The feature that the fault belongs to, where a later issue brings it: `issue 5: payments`. */
  readonly later: string | undefined;
}

/** Reads the rows of all tables. Throws where a row has another shape. */
export function readFailureRows(markdown: string): FailureRow[] {
  const rows = markdown.split('\n').filter((line) => /^\| *(F?\d|also)/.test(line));
  return rows.map((line) => {
    const [before, number, fault, mechanism, proof, after, ...more] = line
      .split('|')
      .map((cell) => cell.trim());
    if (before !== '' || after !== '' || more.length > 0 || !number || !fault || !proof) {
      throw new Error(`is no row of four cells: ${line}`);
    }
    return { number, mechanism: mechanism ?? '', ...readProof(proof) };
  });
}

function readProof(cell: string): Pick<FailureRow, 'tests' | 'later'> {
  const tests: { path: string; title: string }[] = [];
  let later: string | undefined;
  for (const part of cell.split('<br>')) {
    const [, path, title] = /^`(\S+) › (.+)`$/.exec(part) ?? [];
    const [feature] = /^issue [4-7]: \S.*$/.exec(part) ?? [];
    if (path !== undefined && title !== undefined) tests.push({ path, title });
    else if (feature !== undefined) later = feature;
    else throw new Error(`is neither a test nor a feature to come: ${part}`);
  }
  return { tests, later };
}

/** The titles of a test file's tests, as they are written: `%s` and `${...}` are left in. */
export function titlesOf({ program, text }: Source): Set<string> {
  const titles = new Set<string>();
  walk(program, (node) => {
    if (node.type !== 'CallExpression') return;
    const callee = node.callee.type === 'CallExpression' ? node.callee.callee : node.callee;
    if (!/^(test|it)(\.\w+)?$/.test(dottedName(callee) ?? '')) return;
    const title = node.arguments[0];
    if (title?.type === 'Literal' && typeof title.value === 'string') titles.add(title.value);
    if (title?.type === 'TemplateLiteral') titles.add(text.slice(title.start + 1, title.end - 1));
  });
  return titles;
}
