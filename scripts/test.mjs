/** `npm test`: installs, builds, finds a browser, runs every test, and ends with the plain line `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root, say, timed } from './setup.mjs';

await install();
await build(['server', 'web']);
const { findBrowser } = await import('./browser.mjs');
const browser = await timed('Finding a browser', findBrowser);
if (browser === undefined) say('  none: set CHROME_PATH to a Chromium; the journeys will fail without one');

// Into a file or a pipe without the codes of colours.
const { FORCE_COLOR, ...rest } = process.env;
const plain = process.stdout.isTTY ? process.env : { ...rest, NO_COLOR: '1' };

const folder = mkdtempSync(join(tmpdir(), 'assay-report-'));
const report = join(folder, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...plain, ...(browser !== undefined && { CHROME_PATH: browser }) } },
);
const { passed, failed } = count(status ?? 1);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** A file that could not be loaded has no tests in it that failed, so it counts as one; so does a run that broke off. */
function count(status) {
  let read;
  try {
    read = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const isBroken = ({ status: state, assertionResults }) =>
    state === 'failed' && !assertionResults.some((result) => result.status === 'failed');
  const failed = read.numFailedTests + read.testResults.filter(isBroken).length;
  return { passed: read.numPassedTests, failed: status !== 0 && failed === 0 ? 1 : failed };
}
