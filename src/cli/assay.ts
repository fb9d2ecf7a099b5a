/** Entry of the program: the world of a terminal around `run`. */
import { run } from './main.ts';

const graceMs = 2_000;
let grace: NodeJS.Timeout | undefined;
let isDone = false;
// A reader that has seen enough (`| head`) is no failure, nor does it hide one: the command ends with its own code, if soon.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (!isDone) grace ??= setTimeout(() => process.exit(), graceMs);
  });
}

try {
  process.exitCode = await run(process.argv.slice(2), process);
} catch (error) {
  process.stderr.write(`assay: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['ASSAY_LOGGING_LEVEL'] === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
} finally {
  isDone = true;
  clearTimeout(grace);
}
