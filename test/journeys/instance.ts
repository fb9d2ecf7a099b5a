import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { build } from '../../scripts/setup.mjs';
import { type Started, start } from '../../src/main.ts';
import { freshDatabase } from '../system/test-system.ts';

/** A real instance on a database of its own, with the built pages and the sample workspace. */
export async function startInstance(): Promise<Started> {
  await build(['web']);
  const folder = mkdtempSync(join(tmpdir(), 'assay-journey-'));
  const started = await start({
    env: {
      ASSAY_DATA: folder,
      ASSAY_HTTP_PORT: '0',
      ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000',
      ASSAY_LOGGING_LEVEL: 'silent',
      DATABASE_URL: await freshDatabase(),
    },
    folder,
    say: () => {},
    isTerminal: false,
  });
  afterAll(async () => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return started;
}
