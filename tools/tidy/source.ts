import { posix } from 'node:path';
import { type Node, type Program, parseSync, visitorKeys } from 'oxc-parser';

/** A relative reference from one file to another. */
export interface Reference {
  /** The file referred to, relative to the checkout's root. */
  readonly target: string;
  readonly line: number;
  /** Whether only types cross: nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** One parsed TypeScript or JavaScript file. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly program: Program;
  /** What it imports, re-exports or names as `new URL('./x', import.meta.url)`. */
  readonly references: readonly Reference[];
  /** The packages and built-in modules that it imports, with the line. */
  readonly packages: readonly { readonly name: string; readonly line: number }[];
  /** Line (from 1) of an offset in the text. */
  lineAt(offset: number): number;
}

/** Parses one file. Throws when it is not valid TypeScript. */
export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const first = parsed.errors[0];
  if (first) throw new Error(`${path} cannot be parsed: ${first.message}`);
  const lines = text.split('\n');
  const lineAt = makeLineAt(lines);
  const found = findSpecifiers(parsed.program);
  const references: Reference[] = [];
  const packages: { name: string; line: number }[] = [];
  for (const { specifier, start, typeOnly } of found) {
    const line = lineAt(start);
    if (specifier.startsWith('.')) {
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      references.push({ target, line, typeOnly });
    } else packages.push({ name: specifier, line });
  }
  return { path, text, lines, program: parsed.program, references, packages, lineAt };
}

/** Whether a file is a test; such a file may see more and is looked for by vitest, not imported. */
export const isTest = (path: string) => /\.test\.tsx?$/.test(path);

/** Calls `visit` for a node and everything below it, each with its parents, nearest last. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => void,
  parents: readonly Node[] = [],
): void {
  visit(node, parents);
  const below = [...parents, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const child = (node as unknown as Record<string, unknown>)[key];
    for (const each of Array.isArray(child) ? child : [child]) {
      if (isNode(each)) walk(each, visit, below);
    }
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value;

/** `a.b.c` for a chain of plain names, through `?.` and `!`; undefined for anything else. */
export function dottedName(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'MetaProperty') return `${node.meta.name}.${node.property.name}`;
  if (node.type === 'ChainExpression' || node.type === 'TSNonNullExpression') {
    return dottedName(node.expression);
  }
  if (node.type !== 'MemberExpression') return undefined;
  const object = dottedName(node.object);
  const property = propertyName(node);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

function propertyName(node: Node & { type: 'MemberExpression' }): string | undefined {
  if (node.property.type === 'Identifier' && !node.computed) return node.property.name;
  if (node.property.type === 'Literal') return String(node.property.value);
  return undefined;
}

interface Specifier {
  readonly specifier: string;
  readonly start: number;
  readonly typeOnly: boolean;
}

function findSpecifiers(program: Program): Specifier[] {
  const found: Specifier[] = [];
  const add = (node: Node | null | undefined, typeOnly: boolean) => {
    if (node?.type !== 'Literal' || typeof node.value !== 'string') return;
    found.push({ specifier: node.value, start: node.start, typeOnly });
  };
  walk(program, (node) => {
    if (node.type === 'ImportDeclaration') add(node.source, isTypeOnlyImport(node));
    if (node.type === 'ExportAllDeclaration') add(node.source, node.exportKind === 'type');
    if (node.type === 'ExportNamedDeclaration') add(node.source, node.exportKind === 'type');
    if (node.type === 'ImportExpression') add(node.source, false);
    if (node.type === 'TSImportType') add(node.source, true);
    if (node.type === 'NewExpression' && isOwnUrl(node)) add(node.arguments[0], false);
  });
  return found;
}

function isTypeOnlyImport(node: Node & { type: 'ImportDeclaration' }): boolean {
  if (node.importKind === 'type') return true;
  return (
    node.specifiers.length > 0 &&
    node.specifiers.every((each) => each.type === 'ImportSpecifier' && each.importKind === 'type')
  );
}

function isOwnUrl(node: Node & { type: 'NewExpression' }): boolean {
  const base = node.arguments[1];
  return dottedName(node.callee) === 'URL' && base !== undefined && isImportMetaUrl(base);
}

const isImportMetaUrl = (node: Node) => dottedName(node) === 'import.meta.url';

function makeLineAt(lines: readonly string[]): (offset: number) => number {
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
