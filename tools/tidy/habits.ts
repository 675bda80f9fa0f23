import type { Node } from 'oxc-parser';
import type { Breach, Rule } from './checkout.ts';
import { dottedName, isTest, type Source, walk } from './source.ts';

/** Files whose work is to run when they are loaded: the program's start and worker threads. */
const RUNS_WHEN_LOADED = /(^src\/main|-worker)\.ts$/;

export const quietImports: Rule = {
  title: 'nothing in src runs when it is imported',
  check: ({ sources }) =>
    sources.filter(isQuiet).flatMap(({ path, program, lineAt }) =>
      program.body
        .filter((node) => node.type === 'ExpressionStatement')
        .map((node) => ({
          path,
          line: lineAt(node.start),
          says: 'runs at import: export a function that does it',
        })),
    ),
};

const isQuiet = ({ path }: Source) =>
  path.startsWith('src/') && !isTest(path) && !RUNS_WHEN_LOADED.test(path);

export const noSleeps: Rule = {
  title: 'no test sleeps: it waits for what it needs',
  check: ({ sources }) =>
    sources.filter(isTestSide).flatMap((source) =>
      search(source, (node) => {
        const says = 'waits a fixed time: wait for the condition, as with vi.waitFor';
        return isSleepImport(node) || isSleepPromise(node) ? says : undefined;
      }),
    ),
};

export const noSkipping: Rule = {
  title: 'no test is skipped, singled out or left to be written',
  check: ({ sources }) =>
    sources.filter(isTestSide).flatMap((source) =>
      search(source, (node) => {
        const name = node.type === 'MemberExpression' ? dottedName(node) : undefined;
        return name !== undefined && /^(test|it|describe)\.(skip|only|todo|fails)$/.test(name)
          ? `uses ${name}: every test runs`
          : undefined;
      }),
    ),
};

const isTestSide = ({ path }: Source) => isTest(path) || path.startsWith('test/');

function search(source: Source, judge: (node: Node) => string | undefined): Breach[] {
  const found: Breach[] = [];
  walk(source.program, (node) => {
    const says = judge(node);
    if (says !== undefined) {
      found.push({ path: source.path, line: source.lineAt(node.start), says });
    }
  });
  return found;
}

const isSleepImport = (node: Node) =>
  node.type === 'ImportDeclaration' && /^(node:)?timers\/promises$/.test(node.source.value);

/** `new Promise((resolve) => setTimeout(resolve, ...))`, with or without braces around it. */
function isSleepPromise(node: Node): boolean {
  if (node.type !== 'NewExpression' || dottedName(node.callee) !== 'Promise') return false;
  const executor = node.arguments[0];
  if (executor?.type !== 'ArrowFunctionExpression') return false;
  const resolve = executor.params[0];
  const only = executor.body.type === 'BlockStatement' ? executor.body.body : [executor.body];
  const call = only.length === 1 ? bareCall(only[0]) : undefined;
  const done = call?.arguments[0];
  if (!call || !done || !/(^|\.)setTimeout$/.test(dottedName(call.callee) ?? '')) return false;
  if (resolve?.type !== 'Identifier') return false;
  if (done.type === 'Identifier') return done.name === resolve.name;
  if (done.type !== 'ArrowFunctionExpression') return false;
  const callee = bareCall(done.body)?.callee;
  return callee?.type === 'Identifier' && callee.name === resolve.name;
}

function bareCall(node: Node | undefined): (Node & { type: 'CallExpression' }) | undefined {
  if (node?.type === 'ExpressionStatement') return bareCall(node.expression);
  return node?.type === 'CallExpression' ? node : undefined;
}
