import type { Checkout, Rule } from './checkout.ts';

const DOCUMENT = 'ARCHITECTURE.md';
const EXTENSION = /\.(ts|tsx|mjs|sql|md|json|yml|sh|css|html)$/;
const TOP_FOLDERS = /^(src|test|tools|bench|docs|migrations|bin|\.ci|web|sdk)\//;

export const namedPathsExist: Rule = {
  title: `every path that ${DOCUMENT} names exists`,
  check: (checkout) =>
    namedPaths(checkout.text(DOCUMENT)).flatMap(({ named, line }) => {
      if (exists(checkout, named)) return [];
      return [{ path: DOCUMENT, line, says: `names ${named}, which does not exist` }];
    }),
};

/** Paths in backticks outside of fenced blocks, with their lines. */
function namedPaths(markdown: string): { named: string; line: number }[] {
  let fenced = false;
  return markdown.split('\n').flatMap((text, index) => {
    if (/^\s*```/.test(text)) fenced = !fenced;
    if (fenced) return [];
    return [...text.matchAll(/`([^`]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter(looksLikePath)
      .map((named) => ({ named, line: index + 1 }));
  });
}

/** A route (`/v1/models`), a path outside (`../x`), a package and a media type are none of ours. */
function looksLikePath(text: string): boolean {
  if (!/^[\w.][\w./*-]*$/.test(text) || text.startsWith('..') || text.includes('://')) return false;
  return EXTENSION.test(text) || text.endsWith('/') || TOP_FOLDERS.test(text);
}

/** From the root, from `src/`, or for a bare file name anywhere; `*` stands for part of a name. */
function exists({ paths }: Checkout, named: string): boolean {
  const pattern = named.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  const anywhere = named.includes('/') ? '(src/)?' : '(.*/)?';
  const expression = new RegExp(`^${anywhere}${pattern}(/|$)`);
  return paths.some((path) => expression.test(path));
}
