import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as agents from '../../app/directory/agents.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
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

test('a claim to be the instance itself cannot be made by way of a role name', async () => {
  const impostor = { ...birch, roles: ['system'] as unknown as Actor['roles'] };

  expect(await textOf(impostor, 'people')).not.toContain(alder.id);
});
