import { expect, test } from 'vitest';
import { madeUpCheckout } from './checkout.ts';
import { installScripts, noDownloadAddresses, pinnedVersions, wholeLockfile } from './packages.ts';

const checkoutWith = (manifest: object, locked: object) =>
  madeUpCheckout({
    'package.json': JSON.stringify(manifest, null, 2),
    'package-lock.json': JSON.stringify({ packages: locked }, null, 2),
  });

test('a download address in the lockfile is found', () => {
  const locked = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1.0.0', resolved: 'https://example.com/b.tgz' },
  };
  expect(noDownloadAddresses.check(checkoutWith({}, locked))).toEqual([
    { path: 'package-lock.json', line: 6, says: 'node_modules/b has a download address' },
  ]);
});

test('a package that the lockfile names and does not hold is found, and one without digest', () => {
  const locked = {
    'node_modules/a': { integrity: 'sha512-a', optionalDependencies: { '@a/mac': '1.0.0' } },
    'node_modules/a/node_modules/b': { dependencies: { a: '1.0.0' } },
  };
  expect(wholeLockfile.check(checkoutWith({}, locked)).map(({ says }) => says)).toEqual([
    '@a/mac is not held: pin another',
    'node_modules/a/node_modules/b has no digest',
  ]);
});

test.each([['^1.2.3'], ['~1.2.3'], ['1.x'], ['latest'], ['>=1.0.0'], ['git+ssh://example.com/a']])(
  'the version %s is found in every list of dependencies',
  (version) => {
    for (const section of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      const found = pinnedVersions.check(checkoutWith({ [section]: { a: version } }, {}));
      expect(found).toMatchObject([{ line: 3, says: `a is "${version}": pin it exactly` }]);
    }
  },
);

test('exact versions, also of a pre-release, are in order', () => {
  const dependencies = { a: '1.2.3', b: '18.4.0-beta.17' };
  expect(pinnedVersions.check(checkoutWith({ dependencies }, {}))).toEqual([]);
});

test('an install script that nobody approved is found, and an approval without one', () => {
  const locked = {
    'node_modules/@a/b': { hasInstallScript: true },
    'node_modules/c/node_modules/d': { hasInstallScript: true },
  };
  const found = installScripts.check(
    checkoutWith({ allowScripts: { '@a/b': true, e: true } }, locked),
  );
  expect(found.map(({ path, says }) => `${path}: ${says}`)).toEqual([
    'package-lock.json: d has an install script',
    'package.json: e has no install script',
  ]);
});
