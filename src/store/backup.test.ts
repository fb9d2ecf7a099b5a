import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDatabase } from '../../test/system/test-system.ts';
import { system as itself } from '../domain/directory/actor.ts';
import { restore, write } from './backup.ts';
import { type Database, open } from './database.ts';
import * as jobs from './jobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-backup-'));
const file = join(folder, 'assay.backup');
let source: Database;
const text = 'tab\t newline\n backslash \\ and é';

/** An empty database with no tables yet, and one with ours. */
const target = (): Promise<string> => freshDatabase();

beforeAll(async () => {
  source = open({ url: await freshDatabase() });
  await source.transaction(itself, async (tx) => {
    await sql`insert into audiences (id, kind) values ('audience_a', 'named')`.execute(tx);
    await sql`insert into audience_members (audience_id, organisation_id, added_by) values ('audience_a', ${text}, 'person_a')`.execute(
      tx,
    );
    await jobs.add(
      tx,
      'send_mail',
      { to: 'a@b.example', subject: text, text },
      { key: 'one', runAt: '2030-01-01T00:00:00.000Z' },
    );
  });
  return () => source.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const contents = async (database: Database) => ({
  audiences: (await sql`select * from audiences order by id`.execute(database.owner)).rows,
  members: (await sql`select * from audience_members`.execute(database.owner)).rows,
  jobs: (
    await sql`select t.identifier, j.payload, j.key, j.run_at, j.max_attempts from graphile_worker._private_jobs j
      join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`.execute(database.owner)
  ).rows,
  forced: (await sql`select relname from pg_class where relforcerowsecurity order by 1`.execute(database.owner)).rows,
});

test('a backup taken back is the same database: rows, waiting jobs and row security', async () => {
  const { tables, rows } = await write(source, file, '2026-03-01T09:30:00.000Z');
  const url = await target();

  const restored = await restore(url, file);
  const database = open({ url });

  expect([tables > 5, rows >= 3, restored.createdAt]).toEqual([true, true, '2026-03-01T09:30:00.000Z']);
  expect(await contents(database)).toEqual(await contents(source));
  await database.close();
});

test('a database that somebody has used is not written over', async () => {
  await write(source, file, '2026-03-01T09:30:00.000Z');

  await expect(
    restore(
      await target().then(async (url) => {
        const database = open({ url });
        await database.transaction(itself, (tx) =>
          sql`insert into audiences (id, kind) values ('audience_b', 'named')`.execute(tx),
        );
        await database.close();
        return url;
      }),
      file,
    ),
  ).rejects.toThrow(/not empty \(audiences has rows\)/);
});

test('a backup that is cut off, altered or none of ours touches nothing', async () => {
  await write(source, file, '2026-03-01T09:30:00.000Z');
  const whole = gunzipSync(readFileSync(file));
  const altered = Buffer.from(whole);
  altered[altered.length - 60] = (altered[altered.length - 60] as number) ^ 1;
  const url = await target();

  for (const [name, bytes, message] of [
    ['cut', gzipSync(whole.subarray(0, whole.length - 40)), /cut off/],
    ['cut-in-gzip', readFileSync(file).subarray(0, 200), /damaged|cut off/],
    ['altered', gzipSync(altered), /checksum differs|damaged/],
    ['longer', gzipSync(Buffer.concat([whole, Buffer.from('more')])), /goes on|cut off/],
    ['other', gzipSync('something else entirely'), /not a backup/],
    ['plain', Buffer.from('no gzip'), /not a backup/],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    await expect(restore(url, path), name).rejects.toThrow(message);
  }

  const database = open({ url });
  expect((await sql`select id from audiences`.execute(database.owner)).rows).toEqual([{ id: 'audience_public' }]);
  await database.close();
});

test('a backup of a newer version is refused with its name', async () => {
  await write(source, file, '2026-03-01T09:30:00.000Z');
  const newer = await import('node:crypto').then(({ createHash }) => {
    const whole = gunzipSync(readFileSync(file));
    const length = whole.readUInt32BE(1);
    const header = JSON.parse(whole.subarray(5, 5 + length).toString());
    header.migrations.push('9999-later');
    const bytes = Buffer.from(JSON.stringify(header));
    const head = Buffer.alloc(5);
    head[0] = whole[0] as number;
    head.writeUInt32BE(bytes.length, 1);
    const body = Buffer.concat([head, bytes, whole.subarray(5 + length, whole.length - 37)]);
    return gzipSync(
      Buffer.concat([
        body,
        whole.subarray(whole.length - 37, whole.length - 32),
        createHash('sha256').update(body).digest(),
      ]),
    );
  });
  writeFileSync(join(folder, 'newer'), newer);

  await expect(restore(await target(), join(folder, 'newer'))).rejects.toThrow(/newer version \(9999-later\)/);
});
