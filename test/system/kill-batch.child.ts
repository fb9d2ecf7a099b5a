/**
 * An instance that takes batches until it is killed: says its port on standard output, then reads the file of a batch where one is
 * named, and says when that is done.
 */
import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { build as buildServer } from '../../src/api/server.ts';
import * as batchImport from '../../src/app/intake/batch-import.ts';
import { build } from '../../src/app/system.ts';
import * as config from '../../src/config.ts';
import { open } from '../../src/store/database.ts';

const [url = '', data = '', file] = process.argv.slice(2);
const env = { ASSAY_DATA: data, DATABASE_URL: url, ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' };
const system = build({
  config: config.read({ env, folder: data }),
  database: open({ url }),
  logger: pino({ level: 'silent' }),
});
const server = await buildServer(system, { version: 'test' });
await server.listen({ host: '127.0.0.1', port: 0 });
writeSync(1, `${(server.server.address() as AddressInfo).port}\n`);
if (file !== undefined) {
  await batchImport.run(system, file);
  writeSync(1, 'done\n');
}
