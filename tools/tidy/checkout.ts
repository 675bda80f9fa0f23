import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource, type Source } from './source.ts';

/** The files of a checkout as the rules see them. Paths are relative to its root, with slashes. */
export interface Checkout {
  readonly root: string;
  readonly paths: readonly string[];
  /** Every TypeScript and JavaScript file, parsed. */
  readonly sources: readonly Source[];
  has(path: string): boolean;
  /** A file's text; empty for what is no text or above a megabyte (recorded data). */
  text(path: string): string;
}

/** What a rule found: one place, and a sentence that says what to do about it. */
export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

/** One wall of the house. */
export interface Rule {
  /** A sentence that is false when the rule is broken: the title of its test. */
  readonly title: string;
  check(checkout: Checkout): Breach[];
}

const LARGEST_TEXT_BYTES = 1_000_000;
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'data', 'coverage', '.git']);

/** Reads the checkout at `root`: what git tracks or would track, or every file where git is not. */
export function readCheckout(root: string): Checkout {
  const paths = (listByGit(root) ?? listByWalking(root)).filter((path) => isFile(join(root, path)));
  return checkoutOf(root, paths, (path) => readText(join(root, path)));
}

/** A made-up checkout, for the tests of the rules: its files by path. */
export function madeUpCheckout(files: Readonly<Record<string, string>>): Checkout {
  return checkoutOf('/made/up', Object.keys(files), (path) => files[path] ?? '');
}

function checkoutOf(
  root: string,
  unsorted: readonly string[],
  read: (path: string) => string,
): Checkout {
  const paths = [...new Set(unsorted)].sort();
  const known = new Set(paths);
  const texts = new Map<string, string>();
  const text = (path: string) => {
    const found = texts.get(path) ?? (known.has(path) ? read(path) : '');
    texts.set(path, found);
    return found;
  };
  const sources = paths.filter(isSourcePath).map((path) => parseSource(path, text(path)));
  return { root, paths, sources, has: (path) => known.has(path), text };
}

const isSourcePath = (path: string) =>
  /\.(ts|tsx|mts|js|mjs|cjs)$/.test(path) && !path.includes('/fixtures/');

function listByGit(root: string): string[] | undefined {
  try {
    const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const listed = execFileSync('git', options, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    return listed.toString('utf8').split('\0').filter(Boolean);
  } catch {
    return undefined;
  }
}

function listByWalking(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (SKIPPED_FOLDERS.has(entry.name)) return [];
    return entry.isDirectory() ? listByWalking(root, path) : [path];
  });
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

function readText(path: string): string {
  if (statSync(path).size > LARGEST_TEXT_BYTES) return '';
  const bytes = readFileSync(path);
  return bytes.includes(0) ? '' : bytes.toString('utf8');
}
