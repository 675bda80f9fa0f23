import { posix } from 'node:path';
import type { Breach, Checkout, Rule } from './checkout.ts';
import { isTest, type Source, walk } from './source.ts';

const MAIN = 'src/main.ts';

/** Files in which a tool is started by its path. */
const STARTERS = ['package.json', 'vitest.config.ts', 'vitest.long.config.ts', '.ci/run'];

export const everyFileReached: Rule = {
  title: 'every source file is used by the program, a test or a tool',
  check: (checkout) => [...unreachedProgram(checkout), ...unusedBesides(checkout)],
};

/**
 * In src/ a file counts when the program gets to it from its start; what only a test imports is
 * dead weight. Without a start (a part of the house under construction) any import counts.
 */
function unreachedProgram(checkout: Checkout): Breach[] {
  const program = checkout.sources.filter(({ path }) => path.startsWith('src/') && !isTest(path));
  const files = checkout.paths.filter((path) => path.startsWith('src/') && path.endsWith('.sql'));
  const reached = checkout.has(MAIN) ? reachFrom(MAIN, program) : namedByOthers(checkout.sources);
  const texts = program.filter(({ path }) => reached.has(path)).map(({ text }) => text);
  const named = (file: string) => texts.some((text) => text.includes(posix.basename(file)));
  return [
    ...program.map(({ path }) => path).filter((path) => !reached.has(path)),
    ...files.filter((path) => !named(path)),
  ]
    .filter((path) => checkout.has(MAIN) || !path.endsWith('/index.ts'))
    .map((path) => ({ path, line: 1, says: 'is reached by nothing in the program: delete it' }));
}

function reachFrom(start: string, sources: readonly Source[]): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const source = byPath.get(path);
    if (source) waiting.push(...targetsOf(source));
  }
  return reached;
}

const namedByOthers = (sources: readonly Source[]) =>
  new Set(sources.flatMap((source) => targetsOf(source).filter((path) => path !== source.path)));

/** What a file names: its imports, and relative paths in strings (a worker's file, a query's). */
function targetsOf(source: Source): string[] {
  const targets = source.references.map(({ target }) => target);
  walk(source.program, (node) => {
    if (node.type !== 'Literal' || typeof node.value !== 'string') return;
    if (!/^\.{1,2}\//.test(node.value)) return;
    targets.push(posix.normalize(posix.join(posix.dirname(source.path), node.value)));
  });
  return targets;
}

/** Beside src/ a file is used when another imports it or when something is started by its path. */
function unusedBesides(checkout: Checkout): Breach[] {
  const named = namedByOthers(checkout.sources);
  const started = STARTERS.map((path) => checkout.text(path)).join('\n');
  return checkout.sources
    .map(({ path }) => path)
    .filter((path) => /^(test|tools|bench)\//.test(path) && !isTest(path))
    .filter((path) => !named.has(path) && !started.includes(path))
    .map((path) => ({ path, line: 1, says: 'is imported and started by nothing: delete it' }));
}
