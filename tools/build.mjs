// Builds dist/ from src/ when it does not match: the compiler's output and, beside it, every file
// that is not TypeScript. Plain JavaScript: it runs before anything is compiled.
//
// "Matches" is decided by content: the stamp in dist/ holds a digest of the sources it was built
// from and one of the output itself. Times are not looked at, so a clone, a copy and a container
// layer count as what they are, and a dist/ that was half deleted or half written is seen.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const STAMP = '.stamp';
const BUILDING = '.dist-';
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Makes `dist/` match `src/` in the checkout at `rootUrl`; returns whether it had to build. Several
 * processes may do so at once: each compiles into a folder of its own, then moves file after file
 * into place, so that a reader meets either an old or a new file and never half of one.
 * Throws an Error whose message says what to do.
 */
export async function ensureBuilt(rootUrl) {
  const root = fileURLToPath(rootUrl);
  const sources = digestOfSources(root);
  if (isFresh(root, sources)) return false;
  let building;
  try {
    await removeLeftovers(root);
    building = await mkdtemp(join(root, BUILDING));
    await compile(root, building);
    await copyOtherFiles(join(root, 'src'), building);
    if (!isFresh(root, sources)) await publish(building, join(root, 'dist'), sources);
  } catch (error) {
    throw NOT_WRITABLE.has(error.code) ? notWritable(root, error) : error;
  } finally {
    if (building) await rm(building, { recursive: true, force: true });
  }
  return true;
}

/** A build that was killed leaves its folder behind; one that old belongs to nobody alive. */
async function removeLeftovers(root) {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith(BUILDING))) {
    const ageMs = Date.now() - statSync(join(root, name)).mtimeMs;
    if (ageMs > 3_600_000) await rm(join(root, name), { recursive: true, force: true });
  }
}

function isFresh(root, sources) {
  const dist = join(root, 'dist');
  try {
    const stamp = readFileSync(join(dist, STAMP), 'utf8');
    return stamp === stampText(sources, digestOfOutput(dist));
  } catch (error) {
    // No build yet, or another process is replacing it this instant.
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

const stampText = (sources, output) => `sources ${sources}\noutput ${output}\n`;

function digestOfSources(root) {
  const files = listFiles(join(root, 'src')).filter((path) => !path.endsWith('.test.ts'));
  return digest(root, [...files.map((path) => join('src', path)), 'tsconfig.json']);
}

function digestOfOutput(dist) {
  return digest(
    dist,
    listFiles(dist).filter((path) => path !== STAMP && !path.endsWith('.map')),
  );
}

function digest(folder, paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = readFileSync(join(folder, path));
    hash.update(`${path.replaceAll(sep, '/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Every file below a folder, as sorted paths relative to it. */
function listFiles(folder, inside = '') {
  return readdirSync(join(folder, inside), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(inside, entry.name);
      return entry.isDirectory() ? listFiles(folder, path) : [path];
    });
}

async function compile(root, outDir) {
  const options = ['-p', join(root, 'tsconfig.json'), '--outDir', outDir, '--noEmitOnError'];
  try {
    await promisify(execFile)(process.execPath, [findCompiler(root), ...options], { cwd: root });
  } catch (error) {
    if (error.stdout === undefined) throw error;
    throw new Error(`src/ does not compile.\n${error.stdout}${error.stderr}`.trimEnd());
  }
}

function findCompiler(root) {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin', 'tsc');
  } catch {
    throw new Error('dist/ must be built, and the compiler is not installed. Run: npm ci');
  }
}

async function copyOtherFiles(src, outDir) {
  for (const path of listFiles(src).filter((file) => !file.endsWith('.ts'))) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await copyFile(join(src, path), join(outDir, path));
  }
}

/** Replaces dist/ file by file. The stamp goes first and comes last: in between, dist/ is stale. */
async function publish(built, dist, sources) {
  await mkdir(dist, { recursive: true });
  await rm(join(dist, STAMP), { force: true });
  const output = digestOfOutput(built);
  const fresh = listFiles(built);
  for (const path of fresh) {
    await mkdir(dirname(join(dist, path)), { recursive: true });
    await rename(join(built, path), join(dist, path));
  }
  const wanted = new Set(fresh);
  for (const path of listFiles(dist).filter((file) => !wanted.has(file) && file !== STAMP)) {
    await rm(join(dist, path), { force: true });
  }
  await writeFile(join(built, STAMP), stampText(sources, output));
  await rename(join(built, STAMP), join(dist, STAMP));
}

function notWritable(root, error) {
  return new Error(
    `dist/ is older than src/ and must be built, but ${root} cannot be written (${error.code}). ` +
      'Run "npm run build" as the user who owns it.',
  );
}

// Run as a script (npm run build), not imported by the command.
const script = process.argv[1] && (await realpath(process.argv[1]).catch(() => undefined));
if (script === fileURLToPath(import.meta.url)) {
  await ensureBuilt(new URL('../', import.meta.url)).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
