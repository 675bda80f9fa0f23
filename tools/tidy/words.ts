import { homedir, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Breach, Checkout, Rule } from './checkout.ts';

/** Words that promise work instead of doing it, or silence a checker. Split, so as not to match. */
const LEFT_OVER = new RegExp(
  `\\b(${'TO'}DO|${'FIX'}ME|${'XX'}X|HA${'CK'})\\b|@ts-${'ignore'}|@ts-${'nocheck'}|` +
    `@ts-${'expect'}-error|biome-${'ignore'}|eslint-${'disable'}`,
);

export const leftOvers: Rule = {
  title: 'no file puts work off or silences a checker',
  check: (checkout) =>
    searchLines(checkout, LEFT_OVER, (word) => `says ${word}: do it, or leave it out`),
};

/** Where packages are downloaded from is the machine's affair. */
const REGISTRY = /\bregistry\.[a-z0-9.-]+\.[a-z]{2,}\b|\bnpm\.pkg\.github\b/;

export const registryHosts: Rule = {
  title: 'no file names a package registry',
  check: (checkout) => searchLines(checkout, REGISTRY, (host) => `names the registry ${host}`),
};

export const machinePaths: Rule = {
  title: 'no file names a path of the machine it was written on',
  check: (checkout) =>
    searchLines(checkout, machinePattern(checkout.root), (path) => `names ${path} of one machine`),
};

/** The checkout, the folder around it and the home; not what every machine has. */
function machinePattern(root: string): RegExp {
  const everywhere = (path: string) =>
    ['/', '/root', '/home', tmpdir()].some((each) => `${each}/`.startsWith(`${path}/`));
  const own = [root, ...[dirname(root), homedir()].filter((path) => !everywhere(path))];
  const escaped = own.map((path) => path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`(?<![\\w.-])(${escaped.join('|')})/`);
}

function searchLines(
  checkout: Checkout,
  pattern: RegExp,
  describe: (match: string) => string,
): Breach[] {
  return checkout.paths.flatMap((path) =>
    checkout
      .text(path)
      .split('\n')
      .flatMap((text, index) => {
        const match = pattern.exec(text)?.[0];
        return match === undefined ? [] : [{ path, line: index + 1, says: describe(match) }];
      }),
  );
}

const DRAWERS = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'shared',
  'lib',
  'services',
]);

export const noDrawers: Rule = {
  title: 'no folder or file is a drawer for whatever fits nowhere',
  check: ({ paths }) =>
    paths.flatMap((path) => {
      const drawer = path.split('/').find((part) => DRAWERS.has(part.split('.')[0] ?? ''));
      if (drawer === undefined) return [];
      return [{ path, line: 1, says: `${drawer} says nothing: name it after what it does` }];
    }),
};

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

export const kebabCase: Rule = {
  title: 'source files have names in kebab-case',
  check: ({ sources }) =>
    sources
      .filter(({ path }) => !KEBAB.test(path.split('/').at(-1) ?? ''))
      .map(({ path }) => ({ path, line: 1, says: 'is not named in kebab-case' })),
};
