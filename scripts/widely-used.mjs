#!/usr/bin/env node
/**
 * Counts in how many SBOMs and lockfiles each package occurs: the list of widely used packages behind the coverage board.
 *
 *     node scripts/widely-used.mjs 2026-11-23 'WHERE THEY ARE FROM' FOLDER... > src/domain/intake/widely-used.json
 *
 * Every file below the folders is read as `assay scan` would. Not counted are files that are no inventory, those with fewer than ten
 * packages (examples of a format, mostly), and of two that have nine packages in ten in common (releases of one product) the second.
 * A package counts once in a document, whatever its versions; one in a single document is not on the list.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const [date, source, ...folders] = process.argv.slice(2);
const rowsMax = 500;
const packagesMin = 10;
const sharedMax = 0.9;

const outfile = join(root, 'build', 'widely-used.mjs');
await build({
  stdin: {
    contents: `export { read } from './src/formats/inventory.ts'; export * as purl from './src/domain/advisory/purl.ts';`,
    resolveDir: root,
    loader: 'ts',
  },
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { read, purl } = await import(pathToFileURL(outfile).href);

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/** The package without version, subpath and qualifiers: all releases and builds of it. Of a distribution the source package. */
function packageOf(text) {
  try {
    const { type, namespace, name, qualifiers } = purl.parse(text);
    if (type === 'alpine') return purl.canonical({ type: 'apk', namespace: 'alpine', name });
    const source = type === 'deb' || type === 'apk' ? qualifiers?.upstream?.replace(/@.*/, '') : undefined;
    return purl.canonical({ type, namespace, name: source ?? name });
  } catch {
    return undefined;
  }
}

/** Whether the two have nine in ten of all their packages in common. */
function isOfOneProduct(a, b) {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared++;
  return shared > sharedMax * (a.size + b.size - shared);
}

const counts = new Map();
const seen = new Set();
const kept = [];
for (const folder of folders) {
  for (const path of files(folder)) {
    const bytes = readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (seen.has(digest)) continue;
    seen.add(digest);
    const answer = read(bytes, path);
    if ('problems' in answer) continue;
    const packages = new Set(
      answer.inventory.components.flatMap((one) => (one.purl === undefined ? [] : [packageOf(one.purl)])),
    );
    packages.delete(undefined);
    if (packages.size < packagesMin || kept.some((other) => isOfOneProduct(packages, other))) continue;
    kept.push(packages);
    for (const one of packages) counts.set(one, (counts.get(one) ?? 0) + 1);
  }
}
if (kept.length === 0) {
  console.error('No inventory was found. Name the day, where they are from, and folders with SBOMs and lockfiles.');
  process.exit(1);
}
const rows = [...counts]
  .filter(([, count]) => count > 1)
  .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  .slice(0, rowsMax);
console.error(`${kept.length} documents, ${counts.size} packages; the last of ${rows.length} is in ${rows.at(-1)[1]}.`);
console.log(JSON.stringify({ date, source, documents: kept.length, packages: Object.fromEntries(rows) }, null, 2));
