/** Imports one file until it is done or killed; says on standard output how many items were acknowledged. */
import { createReadStream, writeSync } from 'node:fs';
import * as imports from '../../src/app/advisory/import.ts';
import type { System } from '../../src/app/system.ts';
import { system as itself } from '../../src/domain/directory/actor.ts';
import { open } from '../../src/store/database.ts';

const [url = '', file = ''] = process.argv.slice(2);
const database = open({ url });
// The part of a system that an import needs.
const system = {
  database,
  now: () => new Date().toISOString(),
  randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
} as System;
await imports.run(system, itself, { key: 'the file', name: 'file' }, createReadStream(file), {
  onProgress: ({ position }) => writeSync(1, `${position}\n`),
});
writeSync(1, 'done\n');
await database.close();
