/** What every script needs first: the right Node, the dependencies of the lockfile, a build that is not stale. Node alone runs this. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'build', 'stamp.json');
const nodeMin = [20, 19];

/** Speaks on standard error, so that what a command prints stays clean. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Runs `work` and says how long it took. */
export async function timed(what, work) {
  say(`${what} ...`);
  const began = performance.now();
  const result = await work();
  say(`  done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

export function fail(message) {
  say(message);
  process.exit(1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
    fail(`Assay needs Node.js ${nodeMin.join('.')} or later; this is ${process.versions.node}.`);
  }
}

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** True when every package of the lockfile is installed in its version; npm keeps the list of what it installed. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? entry.optional === true || entry.peer === true : found.version === entry.version;
  });
}

/** Installs the dependencies when they are missing or the lockfile has changed. No install script of any package runs. */
export async function install() {
  checkNode();
  if (isInstalled()) return;
  await timed('Installing dependencies (the first time this takes about a minute)', () => {
    const npm = process.env.npm_execpath;
    const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
    const result = spawnSync(
      command,
      [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        cwd: root,
        // Development tools belong to the build, whatever the environment says.
        env: { ...process.env, NODE_ENV: 'development' },
        stdio: ['ignore', 2, 2],
        shell: process.platform === 'win32',
      },
    );
    if (result.status !== 0) fail('The dependencies could not be installed; npm says why above.');
  });
}

function* files(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'testdata') yield* files(path);
    } else if (!/\.test\.tsx?$/.test(entry.name)) yield path;
  }
}

const shared = ['src/domain', 'src/formats', 'src/log', 'src/api/contract'];
const common = ['package-lock.json', 'scripts/setup.mjs'];
const sources = {
  server: () => [...common.map(at), ...files(at('src'))].filter((path) => !path.startsWith(at('src/web'))),
  web: () => [
    ...common.map(at),
    at('vite.config.ts'),
    // The page of methods shows it.
    at('docs/methods.md'),
    ...[...shared, 'src/web'].flatMap((folder) => [...files(at(folder))]),
  ],
};
function at(path) {
  return join(root, path);
}

/** One digest over the names and contents of everything a part is built from. */
function digest(part) {
  const hash = createHash('sha256').update(process.version);
  for (const path of sources[part]()) {
    if (existsSync(path))
      hash
        .update(`${relative(root, path)}\0`)
        .update(readFileSync(path))
        .update('\0');
  }
  return hash.digest('hex');
}

const outputs = { server: at('build/server/assay.js'), web: at('build/web/index.html') };
const builders = { server: buildServer, web: buildWeb };
const titles = { server: 'Building the program', web: 'Building the pages' };

/** Builds the parts (`server`, `web`) whose sources have changed since they were built. */
export async function build(parts) {
  const stamp = readJson(stampFile) ?? {};
  for (const part of parts) {
    const now = digest(part);
    if (stamp[part] === now && existsSync(outputs[part])) continue;
    await timed(titles[part], builders[part]);
    mkdirSync(at('build'), { recursive: true });
    writeFileSync(stampFile, JSON.stringify({ ...readJson(stampFile), [part]: now }));
  }
}

/** Quicker than a digest, for the command line: is anything younger than the build? */
export function isServerFresh() {
  if (!existsSync(stampFile) || !existsSync(outputs.server)) return false;
  // Not the stamp's time: building the pages renews that too.
  const built = statSync(outputs.server).mtimeMs;
  return sources.server().every((path) => statSync(path).mtimeMs <= built);
}

async function buildServer() {
  const { build: bundle } = await import('esbuild');
  rmSync(at('build/server'), { recursive: true, force: true });
  await bundle({
    entryPoints: { assay: at('src/cli/assay.ts') },
    outdir: at('build/server'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Installed packages stay where they are: some are native, some load files of their own.
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
    // Official schemas are kept as published, faults and all.
    logOverride: { 'duplicate-object-key': 'silent' },
  });
}

async function buildWeb() {
  const { build: bundle } = await import('vite');
  const before = process.env.NODE_ENV;
  // Whatever the caller runs as, a test runner for one, the pages are built for use: React has a slower twin for development.
  process.env.NODE_ENV = 'production';
  try {
    await bundle({ root: at('src/web'), configFile: at('vite.config.ts'), logLevel: 'error', mode: 'production' });
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}
