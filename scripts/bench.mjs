/** `npm run bench -- NAME`: bundles bench/NAME.ts and calls its `run`. Without a name it lists what there is. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, install, root } from './setup.mjs';

await install();
const [name, ...args] = process.argv.slice(2);
const folder = join(root, 'bench');
const known = existsSync(folder)
  ? readdirSync(folder).flatMap((file) => (/^[a-z-]+\.ts$/.test(file) ? [file.slice(0, -3)] : []))
  : [];
if (!known.includes(name)) fail(`Say which: ${known.join(', ')}`);
const { build } = await import('esbuild');
// Inside the checkout, so that packages are found from it.
const outfile = join(root, 'build', 'bench', `${name}.mjs`);
await build({
  entryPoints: [join(folder, `${name}.ts`)],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
  logOverride: { 'duplicate-object-key': 'silent' },
});
const { run } = await import(pathToFileURL(outfile).href);
await run(args);
