import type { Breach, Checkout, Rule } from './checkout.ts';

const MANIFEST = 'package.json';
const LOCKFILE = 'package-lock.json';

const DEPENDENCIES = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

type Manifest = Partial<
  Record<(typeof DEPENDENCIES)[number] | 'allowScripts', Readonly<Record<string, unknown>>>
>;

interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}

export const noDownloadAddresses: Rule = {
  title: 'the lockfile says what is installed and not where from',
  check: (checkout) =>
    lockedPackages(checkout)
      .filter(([, locked]) => locked.resolved !== undefined)
      .map(([path]) => breachAt(checkout, LOCKFILE, path, `${path} has a download address`)),
};

export const wholeLockfile: Rule = {
  title: 'the lockfile holds every package that it names, for every platform, with its digest',
  check: (checkout) => {
    const locked = lockedPackages(checkout).filter(([path]) => path !== '');
    const held = new Set(locked.map(([path]) => nameOf(path)));
    return locked.flatMap(([path, { integrity, dependencies, optionalDependencies }]) => [
      // `npm ci` refuses a lockfile without them, also where they would not be installed.
      ...Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !held.has(name))
        .map((name) => breachAt(checkout, LOCKFILE, name, `${name} is not held: pin another`)),
      ...(integrity === undefined
        ? [breachAt(checkout, LOCKFILE, path, `${path} has no digest`)]
        : []),
    ]);
  },
};

export const pinnedVersions: Rule = {
  title: 'every dependency is pinned to one version',
  check: (checkout) =>
    DEPENDENCIES.flatMap((section) =>
      Object.entries(readManifest(checkout)[section] ?? {})
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))
        .map(([name, version]) =>
          breachAt(checkout, MANIFEST, name, `${name} is "${version}": pin it exactly`),
        ),
    ),
};

export const installScripts: Rule = {
  title: 'every install script is listed under allowScripts, and nothing else is',
  check: (checkout) => {
    const listed = Object.keys(readManifest(checkout).allowScripts ?? {});
    const having = new Set(
      lockedPackages(checkout)
        .filter(([, locked]) => locked.hasInstallScript === true)
        .map(([path]) => nameOf(path)),
    );
    return [
      ...[...having]
        .filter((name) => !listed.includes(name))
        .map((name) => breachAt(checkout, LOCKFILE, name, `${name} has an install script`)),
      ...listed
        .filter((name) => !having.has(name))
        .map((name) => breachAt(checkout, MANIFEST, name, `${name} has no install script`)),
    ];
  },
};

const nameOf = (path: string) => path.split('node_modules/').at(-1) ?? path;

function readManifest(checkout: Checkout): Manifest {
  return JSON.parse(checkout.text(MANIFEST) || '{}');
}

/** What was downloaded, and us: a workspace and the link to it are folders of this checkout. */
function lockedPackages(checkout: Checkout): [string, LockedPackage][] {
  const all: [string, LockedPackage][] = Object.entries(
    JSON.parse(checkout.text(LOCKFILE) || '{}').packages ?? {},
  );
  return all.filter(
    ([path, { link }]) => link !== true && (path === '' || path.startsWith('node_modules/')),
  );
}

function breachAt(checkout: Checkout, path: string, name: string, says: string): Breach {
  const lines = checkout.text(path).split('\n');
  return { path, line: lines.findIndex((text) => text.includes(`"${name}"`)) + 1, says };
}
