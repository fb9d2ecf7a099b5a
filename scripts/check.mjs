/** `npm run check`: types, Biome, knip, then every test (the layers among them). What CI runs, in CI's order. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, root, say } from './setup.mjs';

await install();
const steps = [
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
  ['Biome', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['knip', 'node_modules/knip/bin/knip.js'],
  ['tests', 'scripts/test.mjs'],
];
for (const [name, script, ...args] of steps) {
  say(`== ${name}`);
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    say(`${name}: see above.`);
    process.exit(status ?? 1);
  }
}
