import type { Node } from 'oxc-parser';
import type { Breach, Checkout, Rule } from './checkout.ts';
import { dottedName, type Source, walk } from './source.ts';

const MOST_FILE_LINES = 300;
const MOST_FUNCTION_LINES = 70;
const MOST_LINE_CHARACTERS = 100;

/** Written by a tool of ours, or data: nobody reads these from top to bottom. */
const GENERATED = new Set([
  'src/db/rows.ts',
  'sdk/src/generated/nouns.ts',
  'sdk/src/generated/types.ts',
]);

const measured = ({ sources }: Checkout) => sources.filter(({ path }) => !GENERATED.has(path));

export const fileLength: Rule = {
  title: `no file is longer than ${MOST_FILE_LINES} lines`,
  check: (checkout) =>
    measured(checkout).flatMap(({ path, lines }) => {
      const count = lines.at(-1) === '' ? lines.length - 1 : lines.length;
      if (count <= MOST_FILE_LINES) return [];
      return [{ path, line: count, says: `has ${count} lines of at most ${MOST_FILE_LINES}` }];
    }),
};

export const functionLength: Rule = {
  title: `no function is longer than ${MOST_FUNCTION_LINES} lines`,
  check: (checkout) => measured(checkout).flatMap(longFunctions),
};

export const lineLength: Rule = {
  title: `no line is longer than ${MOST_LINE_CHARACTERS} characters`,
  check: (checkout) =>
    measured(checkout).flatMap(({ path, lines }) =>
      lines.flatMap((text, index) => {
        if (text.length <= MOST_LINE_CHARACTERS || cannotBeBroken(text)) return [];
        return [{ path, line: index + 1, says: `is ${text.length} characters wide` }];
      }),
    ),
};

/** An import of one long name, and a comment with an address, have no place for a line break. */
const cannotBeBroken = (text: string) =>
  /^(import|export) .* from '/.test(text) || /^\s*(\/\/|\*|\/\*).*https?:\/\/\S+/.test(text);

function longFunctions(source: Source): Breach[] {
  const found: Breach[] = [];
  walk(source.program, (node, parents) => {
    if (!isFunction(node) || isDescribeBody(parents.at(-1))) return;
    const first = source.lineAt(node.start);
    const count = source.lineAt(node.end) - first + 1;
    if (count <= MOST_FUNCTION_LINES) return;
    const says = `begins a function of ${count} lines; at most ${MOST_FUNCTION_LINES}`;
    found.push({ path: source.path, line: first, says });
  });
  return found;
}

const isFunction = (node: Node) =>
  node.type === 'FunctionDeclaration' ||
  node.type === 'FunctionExpression' ||
  node.type === 'ArrowFunctionExpression';

/** `describe` only groups tests: what it is given is a chapter, not a function. */
const isDescribeBody = (parent: Node | undefined) =>
  parent?.type === 'CallExpression' && dottedName(parent.callee)?.split('.')[0] === 'describe';
