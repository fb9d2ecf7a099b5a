/** `npm start`: installs and builds what is missing, then starts. `--watch` starts again whenever a source changes. */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { build, install, root, say } from './setup.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--watch');
const isWatching = process.argv.includes('--watch');

await install();
await build(['server', 'web']);

if (!isWatching) {
  process.argv = [process.execPath, join(root, 'bin', 'assay.mjs'), 'start', ...args];
  await import('../build/server/assay.js');
} else {
  const launch = () =>
    spawn(process.execPath, [join(root, 'build/server/assay.js'), 'start', ...args], { stdio: 'inherit' });
  let child = launch();
  let timer;
  const again = async () => {
    try {
      await build(['server', 'web']);
    } catch (error) {
      say(error.message);
      return;
    }
    child.once('exit', () => {
      child = launch();
    });
    child.kill('SIGTERM');
  };
  watch(join(root, 'src'), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(again, 200);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      child.once('exit', () => process.exit(0));
      child.kill('SIGTERM');
    });
  }
}
