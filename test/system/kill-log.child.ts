/** Reads the log of one run until it is done or killed; says on standard output when it began and when it was done. */
import { writeSync } from 'node:fs';
import * as runImport from '../../src/app/evidence/run-import.ts';
import type { System } from '../../src/app/system.ts';
import { open } from '../../src/store/database.ts';

const [url = '', data = '', id = ''] = process.argv.slice(2);
const database = open({ url });
// The part of a system that an import needs.
const system = {
  database,
  config: { data },
  now: () => new Date().toISOString(),
  randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
} as System;
writeSync(1, 'begun\n');
await runImport.run(system, id);
writeSync(1, 'done\n');
await database.close();
