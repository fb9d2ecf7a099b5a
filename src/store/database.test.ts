import { sql } from 'kysely';
import pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../test/system/test-system.ts';
import { appRole, type Claims, checkRole, type Database, open } from './database.ts';

let database: Database;
const person: Claims = { kind: 'person', id: 'person_a', organisation: 'organisation_a', roles: ['operator'] };
const stranger: Claims = {
  kind: 'person',
  id: 'person_b',
  organisation: 'organisation_b',
  roles: ['administrator', 'system'],
};
const instance: Claims = { kind: 'system', id: 'system', roles: [] };

beforeAll(async () => {
  database = open({ url: await freshDatabase(), statementTimeoutMs: 500 });
  await sql`create table things (id bigint primary key, audience_id text collate "C" not null references audiences, at timestamptz)`.execute(
    database.owner,
  );
  await sql`call assay_guard('things')`.execute(database.owner);
  await database.transaction(person, async (tx) => {
    await sql`insert into audiences (id, kind) values ('audience_a', 'named')`.execute(tx);
    await sql`insert into audience_members (audience_id, organisation_id, added_by) values ('audience_a', 'organisation_a', 'person_a')`.execute(
      tx,
    );
    await sql`insert into things values (1, 'audience_a', '2026-03-01T09:30:00.12Z'), (2, 'audience_public', null)`.execute(
      tx,
    );
  });
  return () => database.close();
});

const seen = (actor: Claims) =>
  database.transaction(actor, async (tx) =>
    (await sql<{ id: number }>`select id from things order by id`.execute(tx)).rows.map(({ id }) => id),
  );

describe('I5: a thing outside its audience cannot be told from one that does not exist', () => {
  test('its audience sees it, others see only what is public, the instance sees all', async () => {
    expect(await seen(person)).toEqual([1, 2]);
    expect(await seen(stranger)).toEqual([2]);
    expect(await seen({ kind: 'anonymous', id: 'anonymous', roles: [] })).toEqual([2]);
    expect(await seen(instance)).toEqual([1, 2]);
  });

  test('the role of the instance cannot be claimed by a person', async () => {
    expect(await seen({ ...stranger, roles: ['system'] })).toEqual([2]);
  });

  test('a stranger changes and removes nothing, and may not write into the audience', async () => {
    const touched = await database.transaction(stranger, async (tx) => [
      (await sql`update things set at = now() where id = 1`.execute(tx)).numAffectedRows,
      (await sql`delete from things where id = 1`.execute(tx)).numAffectedRows,
    ]);

    expect(touched).toEqual([0n, 0n]);
    await expect(
      database.transaction(stranger, (tx) => sql`insert into things values (3, 'audience_a', null)`.execute(tx)),
    ).rejects.toThrow(/row-level security/);
  });

  test('a stranger sees neither the audience nor its members, and cannot join it', async () => {
    const rows = await database.transaction(stranger, async (tx) => [
      ...(await sql`select 1 from audiences where id = 'audience_a'`.execute(tx)).rows,
      ...(await sql`select 1 from audience_members`.execute(tx)).rows,
    ]);

    expect(rows).toEqual([]);
    await expect(
      database.transaction(stranger, (tx) =>
        sql`insert into audience_members (audience_id, organisation_id, added_by) values ('audience_a', 'organisation_b', 'person_b')`.execute(
          tx,
        ),
      ),
    ).rejects.toThrow(/row-level security/);
  });

  test('without claims the role of the app sees only what is public', async () => {
    const rows = await database.owner.transaction().execute(async (tx) => {
      await sql`set local role assay_app`.execute(tx);
      return (await sql<{ id: number }>`select id from things`.execute(tx)).rows;
    });

    expect(rows).toEqual([{ id: 2 }]);
  });

  test('a pooled connection carries no claim over to the next transaction', async () => {
    const one = open({ url: (database.pool.options as { connectionString: string }).connectionString, poolMax: 1 });
    const ids = (actor: Claims) =>
      one.transaction(actor, async (tx) => (await sql<{ id: number }>`select id from things`.execute(tx)).rows.length);

    expect([await ids(person), await ids({ kind: 'anonymous', id: 'anonymous', roles: [] })]).toEqual([2, 1]);
    await one.close();
  });
});

describe('the boot', () => {
  test('takes a role that row security applies to', async () => {
    await expect(checkRole(database.pool, appRole)).resolves.toBeUndefined();
  });

  test.each([
    ['is a superuser', 'superuser'],
    ['has BYPASSRLS', 'bypassrls'],
  ])('refuses a role that %s', async (_name, attribute) => {
    const role = `unsafe_${attribute}`;
    await sql`${sql.raw(`create role ${role} ${attribute}`)}`.execute(database.owner);

    await expect(checkRole(database.pool, role)).rejects.toThrow(/bypasses row security/);

    await sql`${sql.raw(`drop role ${role}`)}`.execute(database.owner);
  });

  test('refuses the owner of the tables', async () => {
    const { rows } = await database.pool.query<{ owner: string }>('select current_user::text as owner');

    await expect(checkRole(database.pool, rows[0]!.owner)).rejects.toThrow(/bypasses row security/);
  });
});

describe('values', () => {
  test('whole numbers are numbers, and one that would lose digits is refused', async () => {
    const ask = (text: string) => database.pool.query<{ n: number }>(`select ${text}::int8 as n`);

    expect((await ask('9007199254740991')).rows[0]?.n).toBe(9007199254740991);
    await expect(ask('9007199254740993')).rejects.toThrow(/too large to be exact/);
  });

  test('moments are instants and days are text', async () => {
    const { rows } = await database.pool.query(
      "select '2026-03-01T10:30:00.1234+01'::timestamptz as at, '2026-03-01'::date as day",
    );

    expect(rows[0]).toEqual({ at: '2026-03-01T09:30:00.123Z', day: '2026-03-01' });
  });
});

describe('transactions', () => {
  test('a failed act leaves nothing', async () => {
    const act = database.transaction(person, async (tx) => {
      await sql`insert into things values (9, 'audience_a', null)`.execute(tx);
      throw new Error('a bug');
    });

    await expect(act).rejects.toThrow('a bug');
    expect(await seen(instance)).toEqual([1, 2]);
  });

  test('a statement that runs too long is cancelled', async () => {
    await expect(database.transaction(person, (tx) => sql`select pg_sleep(5)`.execute(tx))).rejects.toMatchObject({
      code: '57014',
    });
  });

  test('joined transactions hold or fall together, each under its own claims', async () => {
    const act = database.joined(person, async (outer) => {
      await database.transaction(instance, (tx) =>
        sql`insert into things values (8, 'audience_public', null)`.execute(tx),
      );
      const { rows } = await sql<{ actor: string }>`select current_setting('app.actor') as actor`.execute(outer);
      expect(rows[0]?.actor).toBe('person_a');
      throw new Error('later');
    });

    await expect(act).rejects.toThrow('later');
    expect(await seen(instance)).toEqual([1, 2]);
  });

  test('COPY goes in and comes out as a stream, inside the transaction', async () => {
    const out = await database.owner.transaction().execute(async (tx) => {
      const count = await database.copyIn(tx, 'copy things (id, audience_id) from stdin', [
        Buffer.from('11\taudience_public\n12\taud'),
        Buffer.from('ience_public\n'),
      ] as unknown as AsyncIterable<Uint8Array>);
      expect(count).toBe(2);
      const chunks: Uint8Array[] = [];
      for await (const chunk of database.copyOut(
        tx,
        'copy (select id from things where id > 10 order by id) to stdout',
      ))
        chunks.push(chunk);
      await sql`delete from things where id > 10`.execute(tx);
      return Buffer.concat(chunks).toString();
    });

    expect(out).toBe('11\n12\n');
  });
});

test('text is ordered by code point, whatever the server thinks of letters', async () => {
  const client = new pg.Client({
    connectionString: (database.pool.options as { connectionString: string }).connectionString,
  });
  await client.connect();
  const { rows } = await client.query<{ v: string }>(
    `select v collate "C" as v from unnest(array['b', 'B', 'a', 'é']) v order by v collate "C"`,
  );
  await client.end();

  expect(rows.map(({ v }) => v)).toEqual(['B', 'a', 'b', 'é']);
});
