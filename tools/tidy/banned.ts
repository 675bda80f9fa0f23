import type { Node } from 'oxc-parser';
import type { Breach, Rule } from './checkout.ts';
import { dottedName, isTest, type Source, walk } from './source.ts';

interface Ban {
  /** The names as they are written, `Date.now`. */
  readonly names: readonly string[];
  /** Where they may be written all the same: the one place. */
  readonly allowedIn: readonly string[];
  /** Which files the ban is for. */
  readonly holdsIn: (path: string) => boolean;
  readonly instead: string;
}

const program = (path: string) => path.startsWith('src/') && !isTest(path);
const programAndTests = (path: string) => /^(src|test)\//.test(path);
const everywhere = () => true;

/** A password of the machine's own making has no use for a randomness that can be replayed. */
const MAKES_SECRETS = ['src/db/embedded/access.ts'];

const CLOCK = 'src/kernel/clock.ts';

const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'performance.now', 'process.hrtime'],
    allowedIn: [CLOCK],
    holdsIn: program,
    instead: 'take a Clock',
  },
  {
    names: ['Math.random'],
    allowedIn: ['src/kernel/ids.ts'],
    holdsIn: everywhere,
    instead: 'take a Random, or in a test a fixed value',
  },
  {
    names: ['randomBytes', 'randomUUID', 'randomInt', 'getRandomValues'].flatMap((name) => [
      name,
      `crypto.${name}`,
      `globalThis.crypto.${name}`,
    ]),
    allowedIn: ['src/kernel/ids.ts', ...MAKES_SECRETS],
    holdsIn: program,
    instead: 'take a Random',
  },
  {
    names: ['process.env'],
    allowedIn: ['src/config.ts'],
    holdsIn: program,
    instead: 'take the setting as a parameter; src/config.ts reads it',
  },
  {
    names: ['fetch', 'globalThis.fetch'],
    allowedIn: [],
    holdsIn: program,
    instead: 'use the undici client that is handed in',
  },
  {
    names: ['parseFloat', 'Number.parseFloat', 'globalThis.parseFloat'],
    allowedIn: [],
    holdsIn: everywhere,
    instead: 'read decimals exactly with parseAmount',
  },
  {
    names: ['log', 'info', 'warn', 'error', 'debug', 'dir', 'table'].map((it) => `console.${it}`),
    allowedIn: [],
    holdsIn: programAndTests,
    instead: 'write to the Log or to the write function that is handed in',
  },
];

export const bannedNames: Rule = {
  title: 'time, randomness, environment, network and floats are used in their one place only',
  check: ({ sources }) => sources.flatMap((source) => [...namedBreaches(source), ...dates(source)]),
};

function namedBreaches(source: Source): Breach[] {
  const bans = BANS.filter(
    (ban) => ban.holdsIn(source.path) && !ban.allowedIn.includes(source.path),
  );
  const own = ownNames(source.program);
  const found: Breach[] = [];
  walk(source.program, (node, parents) => {
    const name = usedName(node, parents);
    const ban = bans.find((each) => name !== undefined && each.names.includes(name));
    if (!ban || name === undefined || own.has(name)) return;
    const says = `uses ${name}: ${ban.instead}`;
    found.push({ path: source.path, line: source.lineAt(node.start), says });
  });
  return found;
}

/** The name that a node uses: a member chain, a plain name, or what it takes out of `process`. */
function usedName(node: Node, parents: readonly Node[]): string | undefined {
  if (node.type === 'MemberExpression') return dottedName(node);
  if (node.type === 'Identifier') return isValue(node, parents) ? node.name : undefined;
  if (node.type === 'ImportSpecifier') return importedName(node, parents.at(-1));
  if (node.type !== 'Property' || node.key.type !== 'Identifier') return undefined;
  const declarator = parents.at(-2);
  if (declarator?.type !== 'VariableDeclarator' || !declarator.init) return undefined;
  if (declarator.id !== parents.at(-1)) return undefined;
  const from = dottedName(declarator.init);
  return from === undefined ? undefined : `${from}.${node.key.name}`;
}

/** Whether a name stands for its value here, rather than naming a member, a parameter or a type. */
function isValue(node: Node, parents: readonly Node[]): boolean {
  const parent = parents.at(-1);
  switch (parent?.type) {
    case 'CallExpression':
    case 'ReturnStatement':
    case 'ArrayExpression':
    case 'LogicalExpression':
    case 'ConditionalExpression':
    case 'TSAsExpression':
      return true;
    case 'VariableDeclarator':
      return parent.init === node;
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return parent.right === node;
    case 'ArrowFunctionExpression':
      return parent.body === node;
    case 'Property':
      return parent.value === node && parents.at(-2)?.type === 'ObjectExpression';
    default:
      return false;
  }
}

function importedName(
  node: Node & { type: 'ImportSpecifier' },
  declaration: Node | undefined,
): string | undefined {
  if (declaration?.type !== 'ImportDeclaration' || node.imported.type !== 'Identifier') return;
  const match = /^(?:node:)?(process|crypto)$/.exec(declaration.source.value);
  return match ? `${match[1]}.${node.imported.name}` : undefined;
}

/** Names of the file's own making, such as a parameter called `fetch`: those are handed in. */
function ownNames(root: Node): Set<string> {
  const found = new Set<string>();
  walk(root, (node, parents) => {
    if (node.type !== 'Identifier') return;
    const parent = parents.at(-1);
    const declared =
      (parent?.type === 'FunctionDeclaration' && parent.id === node) ||
      (parent?.type === 'VariableDeclarator' && parent.id === node) ||
      (parent?.type === 'ImportSpecifier' && parent.local === node) ||
      isParameter(node, parents) ||
      (parent?.type === 'Property' && parents.at(-2)?.type === 'ObjectPattern');
    if (declared) found.add(node.name);
  });
  return found;
}

function isParameter(node: Node, parents: readonly Node[]): boolean {
  const parent = parents.at(-1);
  return parent !== undefined && 'params' in parent && Array.isArray(parent.params)
    ? parent.params.some((each) => each === node)
    : false;
}

/** `new Date()` without arguments reads the machine's clock. */
function dates(source: Source): Breach[] {
  if (!program(source.path) || source.path === CLOCK) return [];
  const found: Breach[] = [];
  walk(source.program, (node) => {
    const bare = node.type === 'NewExpression' && node.arguments.length === 0;
    if (!bare || dottedName(node.callee) !== 'Date') return;
    const says = 'reads the time with new Date(): take a Clock';
    found.push({ path: source.path, line: source.lineAt(node.start), says });
  });
  return found;
}
