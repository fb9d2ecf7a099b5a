/** Runs a plan until it is done or killed; says on standard output what is left, and how many attempts were acknowledged. */
import { writeSync } from 'node:fs';
import { run } from '../../src/evaluation.ts';

const [plan = '', out = ''] = process.argv.slice(2);
await run({
  env: process.env,
  folder: process.cwd(),
  plan,
  out,
  say: (line) => writeSync(1, `${line}\n`),
  onProgress: ({ done }) => writeSync(1, `done ${done}\n`),
});
writeSync(1, 'ended\n');
