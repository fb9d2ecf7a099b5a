/** Finds a Chromium for the tests: CHROME_PATH, an installed one, or the one that comes with npm. Downloads nothing. */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const names = [
  'chromium',
  'chromium-browser',
  'chromium-headless-shell',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Gives the path, or undefined; sets what the browser from npm needs in the environment of this process. */
export async function findBrowser() {
  const given = process.env.CHROME_PATH;
  if (given !== undefined) return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...places].find(existsSync);
  if (found !== undefined) return found;
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  // Without this it leaves out the libraries and fonts that a bare machine has not: pages would show no text.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  // It unpacks itself into the temporary folder under a fixed name: one that another user unpacked is closed to us.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = join(tmpdir(), `assay-browser-${process.getuid?.() ?? 0}`);
  mkdirSync(process.env.TMPDIR, { recursive: true, mode: 0o700 });
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return await chromium.executablePath();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}
