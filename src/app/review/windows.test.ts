import { sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import { dayMs } from '../../domain/review/window.ts';
import { differences } from '../../domain/review/window-export.ts';
import * as leaf from '../../log/leaf.ts';
import * as note from '../../log/note.ts';
import * as tlogProof from '../../log/tlog-proof.ts';
import { verifySignature } from '../../store/log/key.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as windowStore from '../../store/review/windows.ts';
import * as members from '../directory/members.ts';
import * as record from '../log/record.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as submissions from './submissions.ts';
import * as windows from './windows.ts';

const begin = Date.parse('2026-03-01T09:00:00.000Z');
let clock = begin;
const day = (days: number) => new Date(begin + days * dayMs).toISOString();
const at = (days: number) => {
  clock = begin + days * dayMs;
};

let system: System;
let manager: Actor;
let clerk: Actor;
let evaluator: Actor;
let outsider: Actor;

async function newPeople(organisation: string, ...roles: Role[][]): Promise<Actor[]> {
  const kind = { name: organisation, isHost: false, isSample: false };
  const named = roles.map((held) => ({
    name: held.join(),
    email: `${held.join('.')}@${organisation}.example`,
    roles: held,
  }));
  const made = await system.database.transaction(itself, (tx) => members.found(system, tx, itself, kind, named));
  return made.people.map(({ id, organisation, roles }) => ({ kind: 'person', id, organisation, roles }));
}

beforeAll(async () => {
  system = await testSystem({ now: () => new Date(clock).toISOString() });
  [manager, clerk] = (await newPeople('tidewater', ['release_manager'], ['operator'])) as [Actor, Actor];
  [evaluator] = (await newPeople('office', ['evaluator'])) as [Actor];
  [outsider] = (await newPeople('driftwood', ['release_manager', 'evaluator'])) as [Actor];
  await system.database.transaction(itself, (tx) =>
    tx
      .updateTable('organisations')
      .set({ is_shared: true })
      .where('id', '=', evaluator.organisation as OrganisationId)
      .execute(),
  );
});
beforeEach(() => at(0));

async function newSubmission(): Promise<string> {
  const model = { name: 'Tern', version: '2', digest: null };
  const { id } = (await submissions.open(system, manager, model)).submission;
  await submissions.admit(system, manager, id, evaluator.organisation as OrganisationId);
  return id;
}

const offer: windows.Asked = { act: 'offer', policy: { name: 'window-30' }, terms: 'Sample terms 1.0' };
/** Does acts one after the other; each has seen those before it. */
async function acts(id: string, ...list: [Actor, windows.Asked][]): Promise<windows.Details> {
  let details: windows.Details | undefined;
  for (const [actor, asked] of list) {
    details = await windows.act(system, actor, id, asked, details?.events.length ?? (await count(id)));
  }
  return details as windows.Details;
}
const count = (id: string) =>
  system.database.transaction(itself, async (tx) => (await windowStore.events(tx, id)).length);

async function running(): Promise<string> {
  const id = await newSubmission();
  await acts(
    id,
    [manager, offer],
    [evaluator, { act: 'accept_terms' }],
    [manager, { act: 'verify_access' }],
    [evaluator, { act: 'verify_access' }],
  );
  return id;
}

const refusalOf = (doing: Promise<unknown>) =>
  doing.then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : String(error)),
  );

describe('W2 on a real database', () => {
  test('from an offer to a conclusion, attested: each act by whose it is', async () => {
    const id = await running();
    at(22);
    const concluded = await acts(id, [evaluator, { act: 'conclude' }]);
    at(40);
    const closed = await acts(id, [evaluator, { act: 'attest_return', method: 'destroyed' }]);

    expect(concluded.view).toMatchObject({ state: 'concluded_early', usedMs: 22 * dayMs, returns: 'return_due' });
    expect(closed.view.returns).toBe('closed');
    expect(closed.events.map(({ act, party, at }) => [act, party, at]).slice(-2)).toEqual([
      ['conclude', 'authority', day(22)],
      ['attest_return', 'authority', day(40)],
    ]);
  });

  test('expiry is no event: nobody records it, everybody is told', async () => {
    const id = await running();
    at(30);

    expect((await windows.load(system, evaluator, id)).view).toMatchObject({ state: 'expired', endedAt: day(30) });
    expect(await count(id)).toBe(4);
    expect(await refusalOf(windows.act(system, manager, id, { act: 'extend', limitDays: 40 }, 4))).toBe('window_ended');
  });

  test('two at once: the second has not seen the first, and is told so', async () => {
    const id = await running();
    const answers = await Promise.all([
      refusalOf(windows.act(system, manager, id, { act: 'pause', reason: 'outage' }, 4)),
      refusalOf(windows.act(system, evaluator, id, { act: 'conclude' }, 4)),
    ]);

    expect(answers.sort()).toEqual(['done', 'precondition_failed']);
    expect(await count(id)).toBe(5);
  });

  test('I5: an outsider is told that there is nothing, whether or not there is', async () => {
    const id = await running();
    for (const one of [id, 'submission_0']) {
      expect(await refusalOf(windows.load(system, outsider, one))).toBe('not_found');
      expect(await refusalOf(windows.act(system, outsider, one, { act: 'release' }, 0))).toBe('not_found');
      expect(await refusalOf(windows.exportWindow(system, outsider, one))).toBe('not_found');
    }
  });

  test('each act is in the log for both parties, and so is each reading for the developer (I7)', async () => {
    const id = await running();
    await windows.load(system, evaluator, id);
    await sequence(system);
    const did = async (actor: Actor) =>
      (await record.list(system, actor, { object: id, limit: 100 })).map((entry) => entry.did);

    for (const actor of [manager, evaluator]) expect(await did(actor)).toContain('window_access_verified');
    expect(await did(manager)).toContain('window_read');
    const details = await windows.load(system, manager, id);
    expect(details.events.every(({ entry }) => entry !== undefined)).toBe(true);
  });

  test('events are never changed or removed by the app', async () => {
    const id = await running();
    for (const statement of [
      sql`update window_events set number = 9 where submission_id = ${id}`,
      sql`delete from window_events where submission_id = ${id}`,
    ]) {
      await expect(system.database.transaction(manager, (tx) => statement.execute(tx))).rejects.toThrow(
        'permission denied',
      );
    }
  });

  test('a step back of the clock holds no act up, and writes no time backwards', async () => {
    const id = await running();
    at(5);
    await acts(id, [manager, { act: 'pause', reason: 'outage' }]);
    at(4);
    const { view } = await windows.act(system, manager, id, { act: 'release' }, undefined);

    expect(view).toMatchObject({ state: 'released', releasedAt: day(5) });
  });
});

describe('I1: nothing delays or refuses a release by the developer', () => {
  const release = (id: string, actor = manager) => windows.act(system, actor, id, { act: 'release' }, undefined);

  test('scenario 3: on day 4, without notice', async () => {
    const id = await running();
    at(4);

    expect((await release(id)).view).toMatchObject({ state: 'released', releasedAt: day(4), isAccessOpen: false });
  });

  test('with no offer, no authority and no terms', async () => {
    const { id } = (await submissions.open(system, manager, { name: 'Tern', version: '3', digest: null })).submission;

    expect((await release(id)).view).toMatchObject({ state: 'released', returns: 'nothing_due' });
  });

  test('in every state: paused, expired, concluded, withdrawn, closed', async () => {
    const ends: [Actor, windows.Asked][][] = [
      [[manager, { act: 'pause', reason: 'outage' }]],
      [],
      [[evaluator, { act: 'conclude' }]],
      [[manager, { act: 'withdraw' }]],
      [
        [evaluator, { act: 'conclude' }],
        [evaluator, { act: 'attest_return', method: 'nothing_held' }],
      ],
    ];
    for (const list of ends) {
      at(0);
      const id = await running();
      at(3);
      if (list.length > 0) await acts(id, ...list);
      at(35);
      expect((await release(id)).view.state).toBe('released');
    }
  });

  test('by anybody of the developer, whatever their role; by nobody else', async () => {
    const id = await running();

    expect(await refusalOf(release(id, evaluator))).toBe('window_act_of_other');
    expect((await release(id, clerk)).view.state).toBe('released');
  });

  test('when the authority is gone from the directory', async () => {
    const id = await running();
    await system.database.owner
      .updateTable('people')
      .set({ left_at: day(1), email: null })
      .where('id', '=', evaluator.id as `person_${string}`)
      .execute();

    expect((await release(id)).view.state).toBe('released');
    await system.database.owner
      .updateTable('people')
      .set({ left_at: null, email: 'evaluator@office.example' })
      .where('id', '=', evaluator.id as `person_${string}`)
      .execute();
  });

  test('when jobs and grants are broken: the release stands, and the job makes good what did not follow', async () => {
    const id = await running();
    at(4);
    await sql`alter schema graphile_worker rename to broken_worker`.execute(system.database.owner);
    await sql`alter table access_grants rename to broken_grants`.execute(system.database.owner);
    try {
      expect((await release(id)).view.state).toBe('released');
    } finally {
      await sql`alter table broken_grants rename to access_grants`.execute(system.database.owner);
      await sql`alter schema broken_worker rename to graphile_worker`.execute(system.database.owner);
    }
    await sequence(system);
    const revoked = async () =>
      (await record.list(system, manager, { object: id, limit: 50 })).filter(({ did }) => did === 'access_revoked');
    expect(await revoked()).toEqual([]);

    await windows.watch(system);
    await sequence(system);

    expect(await revoked()).toHaveLength(1);
  });

  test('done twice it changes nothing', async () => {
    const id = await running();
    at(4);
    await release(id);
    at(6);

    expect((await release(id)).view.releasedAt).toBe(day(4));
    expect(await count(id)).toBe(5);
  });

  test('an agent does not release: that is a human’s act (I16)', async () => {
    const id = await running();
    const agent: Actor = { ...manager, kind: 'agent', id: 'agent_1', principal: manager.id as `person_${string}` };

    expect(await refusalOf(release(id, agent))).toBe('not_permitted');
  });
});

describe('I9: withdrawal is at once, without a reason', () => {
  test('access is cut in the same act', async () => {
    const id = await running();
    const { view } = await windows.act(system, manager, id, { act: 'withdraw' }, undefined);
    await sequence(system);
    const [cut] = (await record.list(system, evaluator, { object: id, limit: 5 })).filter(
      ({ did }) => did === 'access_revoked',
    );

    expect(view).toMatchObject({ state: 'withdrawn', isAccessOpen: false });
    expect(JSON.parse(cut?.body ?? '{}')).toMatchObject({ reason: 'window_withdrawn' });
  });
});

describe('what follows when time passes', () => {
  const mails = async (id: string) =>
    (
      await sql<{ payload: { to: string; text: string; subject: string } }>`
        select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
        where t.identifier = 'send_mail'`.execute(system.database.owner)
    ).rows
      .map(({ payload }) => payload)
      .filter(({ text }) => text.includes(id));

  test('both parties are told once before the end, in words that name no model', async () => {
    const id = await running();
    at(26.9);
    await windows.watch(system);
    expect(await mails(id)).toEqual([]);
    at(27.1);
    await windows.watch(system);
    await windows.watch(system);

    const sent = await mails(id);
    expect(sent.map(({ to }) => to).sort()).toEqual(['evaluator@office.example', 'release_manager@tidewater.example']);
    for (const { text, subject } of sent) {
      expect(text).toContain('2026-03-31 at 09:00 UTC');
      expect(`${text}${subject}`).not.toMatch(/Tern|tidewater|office\b/i);
    }
  });

  test('told again when the end has moved', async () => {
    const id = await running();
    at(28);
    await windows.watch(system);
    expect(await mails(id)).toHaveLength(2);
    await acts(id, [manager, { act: 'extend', limitDays: 40 }]);
    at(38);
    await windows.watch(system);

    expect(await mails(id)).toHaveLength(4);
  });

  test('grants end with a window that expired, once', async () => {
    const id = await running();
    at(31);
    await windows.watch(system);
    await windows.watch(system);
    await sequence(system);

    const cuts = (await record.list(system, manager, { object: id, limit: 50 })).filter(
      ({ did }) => did === 'access_revoked',
    );
    expect(cuts.map(({ body }) => JSON.parse(body))).toMatchObject([{ reason: 'window_expired', by: 'system' }]);
  });
});

test('an export says what follows from its events, and each event stands in the log as it says', async () => {
  const id = await running();
  at(10);
  await acts(id, [manager, { act: 'pause', reason: 'other', note: 'a fault of ours' }]);
  await sequence(system);
  at(12);

  const document = await windows.exportWindow(system, evaluator, id);

  expect(differences(document)).toEqual([]);
  expect(document.claims).toMatchObject({ state: 'paused', usedMs: 10 * dayMs, calendarMs: 12 * dayMs });
  const key = note.parseKey(sha256, document.log.key);
  expect(document.events).toHaveLength(5);
  for (const { log } of document.events) {
    const bytes = Buffer.from(log?.leaf ?? '', 'base64');
    const opening = { nonce: Buffer.from(log?.nonce ?? '', 'base64'), body: log?.body ?? '' };
    expect(Buffer.from(leaf.parse(bytes).commitment)).toEqual(Buffer.from(leaf.commit(sha256, opening)));
    expect(await tlogProof.verify(sha256, log?.proof ?? '', bytes, key.name, key, verifySignature)).toBe(true);
  }
});
