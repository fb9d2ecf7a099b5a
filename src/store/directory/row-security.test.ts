import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as receipts from '../../app/intake/receipts.ts';
import type { System } from '../../app/system.ts';
import {
  type Actor,
  anonymous,
  system as itself,
  type OrganisationId,
  type PersonId,
} from '../../domain/directory/actor.ts';

// No rule of app/ is asked here: row security has to hold alone.

let system: System;
let alder: Actor;
let birch: Actor;

beforeAll(async () => {
  system = await testSystem();
  const found = async (name: string, isHost: boolean): Promise<Actor> => {
    const made = await system.database.transaction(itself, (tx) =>
      members.found(system, tx, itself, { name, isHost, isSample: false }, [
        { name, email: `admin@${name}.example`, roles: ['administrator'] },
      ]),
    );
    return {
      kind: 'person',
      id: made.people[0]?.id as PersonId,
      organisation: made.organisation.id,
      roles: ['administrator'],
    };
  };
  alder = await found('alder', true);
  birch = await found('birch', false);
  const link = await signIn.createLink(system, alder.id as PersonId);
  await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6));
  await agents.add(system, alder, { name: 'agent', scopes: ['log:read'], expiresAt: '2026-04-01T00:00:00.000Z' });
});

const tables = [
  'organisations',
  'people',
  'agents',
  'sessions',
  'sign_in_links',
  'passkeys',
  'passkey_challenges',
  'log_openings',
  'log_readers',
];

const textOf = (actor: Actor, table: string) =>
  system.database.transaction(actor, async (tx) => {
    const { rows } = await sql<{ text: string }>`select t::text as text from ${sql.table(table)} t`.execute(tx);
    return rows.map((row) => row.text).join('\n');
  });

test.each(tables)('%s shows nothing of another organisation, and nothing to nobody (I5)', async (table) => {
  const seen = await textOf(birch, table);

  expect(seen).not.toContain(alder.organisation);
  expect(seen).not.toContain(alder.id);
  expect(await textOf(anonymous, table)).toBe('');
});

test.each(['organisations', 'people', 'agents'])(
  '%s of another organisation cannot be changed or removed',
  async (table) => {
    const before = await textOf(itself, table);

    const changed = await system.database.transaction(birch, (tx) =>
      sql`update ${sql.table(table)} set name = 'taken' where name <> 'birch'`.execute(tx),
    );
    const removed = await system.database.transaction(birch, (tx) =>
      sql`delete from ${sql.table(table)} where name <> 'birch'`.execute(tx),
    );

    expect([changed.numAffectedRows, removed.numAffectedRows]).toEqual([0n, 0n]);
    expect(await textOf(itself, table)).toBe(before);
  },
);

test('nobody puts a person into another organisation, or moves themselves there', async () => {
  const into = alder.organisation as OrganisationId;
  const insert = system.database.transaction(birch, (tx) =>
    sql`insert into people (id, organisation_id, name, roles, created_at)
        values ('person_intruder', ${into}, 'x', '{administrator}', now())`.execute(tx),
  );
  const move = system.database.transaction(birch, (tx) =>
    sql`update people set organisation_id = ${into} where id = ${birch.id}`.execute(tx),
  );

  await expect(insert).rejects.toMatchObject({ code: '42501' });
  await expect(move).rejects.toMatchObject({ code: '42501' });
});

/** One row of each table whose rows are in the name of an organisation, in that of `birch` and with its audience. */
const inTheirName: Record<string, string> = {
  intake_sources: `insert into intake_sources (organisation_id, audience_id, created_at) select o, a, now() from theirs`,
  batches: `insert into batches (id, audience_id, organisation_id, name, format, state, created_by, created_at, updated_at)
    select 'batch_x', a, o, 'x', 'auto', 'receiving', 'person_x', now(), now() from theirs`,
  findings: `insert into findings (id, audience_id, organisation_id, submitted_by, key, digest, title, report, received_at)
    select 'finding_x', a, o, 'person_x', 'x', 'sha256:' || repeat('0', 64), 'x', '\\x00', now() from theirs`,
  csv_mappings: `insert into csv_mappings (organisation_id, name, audience_id, fields, by, updated_at)
    select o, 'x', a, '{}', 'person_x', now() from theirs`,
  intake_hours: `insert into intake_hours (organisation_id, hour, audience_id, findings) select o, now(), a, 1 from theirs`,
};

test.each(Object.entries(inTheirName))(
  '%s: nobody who may know of a source writes in its name, not even who runs the instance',
  async (table, statement) => {
    const organisation = birch.organisation as OrganisationId;
    const audience = await receipts.inSource(system, birch, organisation, async (_tx, source) => source.audience);
    const insert = (who: Actor) =>
      system.database.transaction(who, async (tx) => {
        await sql`select set_config('test.o', ${organisation}, true), set_config('test.a', ${audience}, true)`.execute(
          tx,
        );
        await sql`delete from ${sql.table(table)} where organisation_id = ${organisation}`.execute(tx);
        const theirs = `with theirs as (select current_setting('test.o') as o, current_setting('test.a') as a) `;
        await sql.raw(`${theirs}${statement}`).execute(tx);
        if (who !== birch) return;
        throw new Error('the row was taken, and is undone');
      });

    await expect(insert({ ...alder, roles: ['coordinator'] })).rejects.toMatchObject({ code: '42501' });
    await expect(insert(birch)).rejects.toThrow('the row was taken, and is undone');
  },
);

test('a claim to be the instance itself cannot be made by way of a role name', async () => {
  const impostor = { ...birch, roles: ['system'] as unknown as Actor['roles'] };

  expect(await textOf(impostor, 'people')).not.toContain(alder.id);
});
