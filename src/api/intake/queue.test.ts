import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { found, oneFlaw, otherFlaws, report, settle } from '../../../test/system/reporters.ts';
import { testSystem } from '../../../test/system/test-system.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import * as anonymous from '../../app/intake/anonymous.ts';
import { refresh } from '../../app/intake/queue-entries.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import type { Actor } from '../../domain/directory/actor.ts';
import type { Report } from '../../domain/intake/report.ts';
import { build } from '../server.ts';

let clock = Date.parse('2026-03-01T09:30:00.000Z');
let system: System;
let server: FastifyInstance;

interface Person {
  actor: Actor;
  cookie: string;
}
let coordinator: Person;
let second: Person;
const reporters: Person[] = [];
/** The five reports of scenario 5, in the order in which they were received. */
const five: string[] = [];
const others: string[] = [];

async function enter(actor: Actor): Promise<Person> {
  const link = await signIn.createLink(system, actor.id as 'person_x');
  return { actor, cookie: `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}` };
}

beforeAll(async () => {
  system = await testSystem({
    now: () => new Date(clock).toISOString(),
    env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' },
  });
  server = await build(system, { version: 'test' });
  const desk = await found(system, 'Harbour Desk (sample)', {
    isHost: true,
    roles: [['coordinator'], ['coordinator']],
  });
  [coordinator, second] = (await Promise.all(desk.map(enter))) as [Person, Person];
  for (const name of ['Heron', 'Plover', 'Dunlin', 'Avocet', 'Turnstone']) {
    const [actor] = (await found(system, `${name} Lab (sample)`, { roles: [['researcher']] })) as [Actor];
    reporters.push(await enter(actor));
  }
  for (const [index, one] of oneFlaw.entries()) {
    clock += 60_000;
    five.push(await report(system, (reporters[index] as Person).actor, one));
  }
  for (const one of otherFlaws) {
    clock += 60_000;
    others.push(await report(system, (reporters[0] as Person).actor, one));
  }
  await settle(system);
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
function ask(who: Person | undefined, method: Method, path: string, payload?: object) {
  return server.inject({
    method,
    url: `/api/v1${path}`,
    headers: who === undefined ? {} : { cookie: who.cookie },
    ...(payload !== undefined && { payload }),
  });
}

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came.
async function ok(who: Person, method: Method, path: string, payload?: object): Promise<any> {
  const answer = await ask(who, method, path, payload);
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
  return answer.json();
}

const code = async (who: Person, method: Method, path: string, payload?: object): Promise<string> => {
  const answer = await ask(who, method, path, payload);
  return answer.statusCode >= 300 ? answer.json().code : String(answer.statusCode);
};

/** All that the desk sees of the queue and of one finding, without who is at work when. */
async function deskSees(): Promise<unknown> {
  const queue = await ok(coordinator, 'GET', '/queue?state=all');
  const items = [];
  for (const id of five) items.push(await ok(coordinator, 'GET', `/queue/${id}`));
  return { queue, items };
}

/** Accepts the five as one flaw, with the preview; gives the case. */
async function acceptFive() {
  const { digest } = await ok(coordinator, 'POST', `/queue/${five[2]}/acceptance/preview`, { findings: five });
  return ok(coordinator, 'POST', `/queue/${five[2]}/acceptance`, { findings: five, digest });
}

/** Undoes every act of a case that still holds, the newest first. */
async function undoAll(id: string): Promise<void> {
  for (;;) {
    const answer = await ask(coordinator, 'GET', `/cases/${id}`);
    if (answer.statusCode === 404) return;
    const act = answer
      .json()
      .acts.find((one: { kind: string; can: { undo: boolean } }) => one.can.undo && one.kind !== 'undo');
    if (act === undefined) return;
    await ok(coordinator, 'POST', `/cases/${id}/undos`, { act: act.number });
  }
}

test('scenario 5: five reporters and one flaw are one entry of the queue, with every source and reason', async () => {
  const { items, counts, policy } = await ok(coordinator, 'GET', '/queue');

  expect(items).toHaveLength(4);
  const entry = items.find((one: { id: string }) => one.id === five[0]);
  expect(entry).toMatchObject({
    state: 'undecided',
    findings: 5,
    sources: 5,
    proposals: 4,
    severity: 'critical',
    case: null,
  });
  expect(entry.reasons.reduce((sum: number, { points }: { points: number }) => sum + points, 0)).toBe(entry.rank);
  expect(items.map((one: { rank: number }) => one.rank)).toEqual(
    items.map((one: { rank: number }) => one.rank).toSorted((a: number, b: number) => b - a),
  );
  expect(counts).toEqual({
    entries: { undecided: 4, joining: 0, waiting: 0, in_case: 0, closed: 0 },
    findings: 8,
    held: 0,
  });
  expect(policy).toEqual({ name: 'queue', version: '1' });
});

test('the queue pages by key: pages of one entry give what one page gives', async () => {
  const whole = (await ok(coordinator, 'GET', '/queue')).items;

  const paged = [];
  let after = '';
  for (;;) {
    const page = await ok(coordinator, 'GET', `/queue?limit=1${after}`);
    paged.push(...page.items);
    if (page.next === undefined) break;
    after = `&after=${page.next}`;
  }

  expect(paged).toEqual(whole);
});

test('the queue filters by state, package, source and hint', async () => {
  const ids = async (query: string) =>
    (await ok(coordinator, 'GET', `/queue?${query}`)).items.map((one: { id: string }) => one.id);
  const heron = (reporters[0] as Person).actor.organisation;
  const plover = (reporters[1] as Person).actor.organisation;

  expect(await ids('package=ferry-parser')).toEqual([five[0]]);
  expect((await ids(`source=${heron}`)).toSorted()).toEqual([five[0], ...others].toSorted());
  expect(await ids(`source=${plover}`)).toEqual([five[0]]);
  expect(await ids('source=none')).toEqual([]);
  expect(await ids('state=in_case')).toEqual([]);
  expect(await ids('held=true')).toEqual([]);
  // Five reports that were folded into one are proposals to join: there is something to look at.
  expect(await ids('hint=true')).toEqual([five[0]]);
  expect((await ids('hint=false')).toSorted()).toEqual(others.toSorted());
});

test('an opened finding has its texts, its entry and its hints, each with reasons that can be checked', async () => {
  const item = await ok(coordinator, 'GET', `/queue/${five[1]}`);

  expect(item.finding).toMatchObject({
    id: five[1],
    title: oneFlaw[1]?.title,
    source: { name: 'Plover Lab (sample)' },
  });
  expect(item.finding.report.description).toBe(oneFlaw[1]?.description);
  expect(item.finding.report.reproduction).toBeUndefined();
  expect(item.entry.id).toBe(five[0]);
  expect(item.members.map((one: { finding: string }) => one.finding)).toEqual(five);
  expect(item.hints).toHaveLength(4);
  for (const hint of item.hints) {
    expect(hint).toMatchObject({ relation: 'duplicate', isFolded: true, distinct: null, opinion: null });
    expect(hint.reasons.length).toBeGreaterThan(0);
  }
  expect(item.can).toEqual({ accept: true, refuse: true, reopen: false, ask: true, take: true, askModel: false });
});

test('two findings stand side by side, field by field, with what they share', async () => {
  const { a, b, fields, relation, reasons } = await ok(coordinator, 'GET', `/queue/${five[0]}/comparison/${five[3]}`);

  expect([a.id, b.id, relation]).toEqual([five[0], five[3], 'duplicate']);
  const field = (name: string) => fields.find((one: { field: string }) => one.field === name);
  expect(field('weaknesses')).toEqual({ field: 'weaknesses', a: 'CWE-1321', b: 'CWE-1321', isEqual: true });
  expect(field('title').isEqual).toBe(false);
  expect(field('reproduction')).toBeUndefined();
  expect(reasons.length).toBeGreaterThan(0);
});

test('I7: whose finding is read sees who read it', async () => {
  await sequence(system);

  const { items } = await ok(reporters[3] as Person, 'GET', `/log/entries?object=${five[3]}`);

  const read = items.filter((one: { did: string }) => one.did === 'finding_read');
  expect(read).toHaveLength(1);
  expect(read[0].type).toBe('access');
});

test('accepting more than one finding needs the preview as it was seen', async () => {
  const path = `/queue/${five[0]}/acceptance`;

  expect(await code(coordinator, 'POST', path, { findings: five })).toBe('preview_outdated');
  expect(await code(coordinator, 'POST', path, { findings: five, digest: 'other' })).toBe('preview_outdated');
  const preview = await ok(coordinator, 'POST', `${path}/preview`, { findings: five });
  expect(preview).toMatchObject({ case: null, sources: 5, title: oneFlaw[0]?.title });
  expect(preview.joined.map((one: { finding: string }) => one.finding)).toEqual(five);
  expect(await code(coordinator, 'POST', `${path}/preview`, { findings: [five[0], others[0]] })).toBe('finding_moved');
});

test('I13: merging five and undoing restores all byte for byte; credit is kept apart by reporter and time', async () => {
  const before = JSON.stringify(await deskSees());

  const opened = await acceptFive();

  expect(
    opened.credits.map((one: { source: { name: string }; place: number }) => [one.source.name, one.place]),
  ).toEqual([
    ['Heron Lab (sample)', 1],
    ['Plover Lab (sample)', 2],
    ['Dunlin Lab (sample)', 3],
    ['Avocet Lab (sample)', 4],
    ['Turnstone Lab (sample)', 5],
  ]);
  expect(opened.credits.map((one: { findings: string[] }) => one.findings)).toEqual(five.map((id) => [id]));
  expect((await ok(coordinator, 'GET', '/queue')).items).toHaveLength(3);
  const undone = await ok(coordinator, 'POST', `/cases/${opened.id}/undos`, { act: opened.acts[0].number });
  expect(undone).toEqual({ case: null });
  expect(JSON.stringify(await deskSees())).toBe(before);
  expect(await code(coordinator, 'GET', `/cases/${opened.id}`)).toBe('not_found');
});

test('acts are undone in any order as long as none builds on another; else the one in the way is named', async () => {
  const opened = await ok(coordinator, 'POST', `/queue/${five[0]}/acceptance`, {});
  const merged = await ok(coordinator, 'POST', `/cases/${opened.id}/merges`, { finding: five[1] });
  await ok(coordinator, 'POST', `/cases/${opened.id}/merges`, { finding: five[2] });
  const numbers = (await ok(coordinator, 'GET', `/cases/${opened.id}`)).acts.map(
    (one: { number: number }) => one.number,
  );
  const [third, secondAct, first] = numbers as [number, number, number];
  expect(merged.members).toHaveLength(2);

  const refused = await ask(coordinator, 'POST', `/cases/${opened.id}/undos`, { act: first });
  expect([refused.statusCode, refused.json().code, refused.json().details]).toEqual([
    409,
    'case_act_in_the_way',
    { act: third },
  ]);
  const left = await ok(coordinator, 'POST', `/cases/${opened.id}/undos`, { act: secondAct });
  expect(left.case.members.map((one: { finding: string }) => one.finding)).toEqual([five[0], five[2]]);
  expect(await code(coordinator, 'POST', `/cases/${opened.id}/undos`, { act: secondAct })).toBe('case_act_undone');

  await undoAll(opened.id);
  expect((await ok(coordinator, 'GET', '/queue')).items).toHaveLength(4);
});

test('undoing gives back the membership as it was, with its time', async () => {
  const opened = await acceptFive();
  const before = (await ok(coordinator, 'GET', `/cases/${opened.id}`)).members;
  clock += 3_600_000;

  const apart = await ok(coordinator, 'POST', `/cases/${opened.id}/splits`, { findings: [five[3], five[4]] });
  expect(apart.members.map((one: { finding: string }) => one.finding)).toEqual([five[3], five[4]]);
  await ok(coordinator, 'POST', `/cases/${opened.id}/merges`, { case: apart.id });
  expect((await ok(coordinator, 'GET', `/cases/${apart.id}`)).joinedInto.id).toBe(opened.id);
  await ok(coordinator, 'PUT', `/cases/${opened.id}/links/${apart.id}`, { relation: 'variant' }).catch(() => {});
  expect(await code(coordinator, 'POST', `/cases/${apart.id}/merges`, { finding: others[0] })).toBe('case_empty');
  await undoAll(apart.id);

  expect((await ok(coordinator, 'GET', `/cases/${opened.id}`)).members).toEqual(before);
  await undoAll(opened.id);
});

test('two cases that need a fix of their own are linked and stay two', async () => {
  const one = await ok(coordinator, 'POST', `/queue/${others[0]}/acceptance`, { title: 'One' });
  const two = await ok(coordinator, 'POST', `/queue/${others[1]}/acceptance`, { title: 'Two' });

  const linked = await ok(coordinator, 'PUT', `/cases/${one.id}/links/${two.id}`, { relation: 'variant' });

  expect(linked.links).toEqual([{ case: { id: two.id, title: 'Two' }, relation: 'variant', isFrom: true }]);
  expect((await ok(coordinator, 'GET', `/cases/${two.id}`)).links).toEqual([
    { case: { id: one.id, title: 'One' }, relation: 'variant', isFrom: false },
  ]);
  expect(linked.acts[0].text).toBe('Said that "One" is a variant of "Two".');
  expect((await ok(coordinator, 'DELETE', `/cases/${one.id}/links/${two.id}`)).links).toEqual([]);
  await ok(coordinator, 'PATCH', `/cases/${one.id}`, { title: 'One, renamed' });
  expect((await ok(coordinator, 'GET', '/cases?q=renamed')).items).toMatchObject([
    { id: one.id, findings: 1, sources: 1 },
  ]);
  await undoAll(one.id);
  await undoAll(two.id);
});

test('I5: a merge and its undoing change nothing that a reporter can read, byte for byte', async () => {
  const reads = async () => {
    await sequence(system);
    const seen: unknown[] = [];
    for (const [index, who] of reporters.entries()) {
      for (const path of [
        '/findings?limit=200',
        `/findings/${five[index]}`,
        `/findings/${five[(index + 1) % 5]}`,
        `/findings/${five[index]}/validation-outcome`,
        '/intake-room',
        '/sources/own',
        '/queue',
        `/queue/${five[index]}`,
        '/cases',
        '/batches',
      ]) {
        const answer = await ask(who, 'GET', path);
        seen.push([path, answer.statusCode, answer.body.replace(/"requestId":"[^"]*"/, '')]);
      }
      // Their own reading is on record too, and is not what a merge changes.
      const { items } = await ok(who, 'GET', '/log/entries?limit=200');
      seen.push(
        items.filter(
          (one: { type: string; body: string }) => one.type !== 'access' || !one.body.includes(who.actor.id),
        ),
      );
    }
    const { rows: mails } =
      await sql`select count(*) as jobs from graphile_worker.jobs where task_identifier in ('send_mail', 'tell_people')`.execute(
        system.database.owner,
      );
    return [...seen, mails].map((one) => JSON.stringify(one));
  };
  const before = await reads();

  const opened = await acceptFive();
  const merged = await reads();
  await ok(coordinator, 'POST', `/cases/${opened.id}/splits`, { findings: [five[4]] });
  await undoAll(opened.id);
  const after = await reads();

  expect(merged).toEqual(before);
  expect(after).toEqual(before);
});

test('of two coordinators who merge the same finding at once, one is refused and nothing is lost', async () => {
  const one = await ok(coordinator, 'POST', `/queue/${others[0]}/acceptance`, {});
  const two = await ok(coordinator, 'POST', `/queue/${others[1]}/acceptance`, {});

  const codes = await Promise.all([
    code(coordinator, 'POST', `/cases/${one.id}/merges`, { finding: five[0] }),
    code(second, 'POST', `/cases/${two.id}/merges`, { finding: five[0] }),
  ]);

  expect(codes.toSorted()).toEqual(['200', 'finding_moved']);
  const counts = await Promise.all(
    [one, two].map(async ({ id }) => (await ok(coordinator, 'GET', `/cases/${id}`)).findings),
  );
  expect(counts.toSorted()).toEqual([1, 2]);
  await undoAll(one.id);
  await undoAll(two.id);
});

test('who takes an entry has it for an hour; another takes it over only when they say so', async () => {
  const taken = await ok(coordinator, 'PUT', `/queue/${others[2]}/taking`, {});
  expect(taken.entry.taken).toMatchObject({ isMine: true, by: { name: 'Harbour Desk (sample) 1' } });

  expect(await code(second, 'PUT', `/queue/${others[2]}/taking`, {})).toBe('entry_taken');
  expect(await code(second, 'POST', `/queue/${others[2]}/acceptance`, {})).toBe('entry_taken');
  expect((await ok(second, 'GET', '/queue?taken=others')).items).toHaveLength(1);
  expect((await ok(second, 'GET', `/queue/${others[2]}`)).can).toMatchObject({ accept: false, take: false });
  await ok(second, 'PUT', `/queue/${others[2]}/taking`, { isTakeOver: true });
  expect((await ok(second, 'GET', '/queue?taken=me')).items).toHaveLength(1);
  clock += 3_600_001;
  expect((await ok(coordinator, 'GET', '/queue?taken=nobody')).items).toHaveLength(4);
  await ok(coordinator, 'PUT', `/queue/${others[2]}/taking`, {});
  await ok(coordinator, 'DELETE', `/queue/${others[2]}/taking`);
});

test('what a coordinator marks as distinct stands apart, until the mark is taken back', async () => {
  const before = JSON.stringify(await deskSees());

  const marked = await ok(coordinator, 'PUT', `/queue/${five[4]}/distinctions/${five[0]}`);

  expect(marked.hints.find((one: { finding: string }) => one.finding === five[0]).distinct.by.name).toBe(
    'Harbour Desk (sample) 1',
  );
  const entryOf = async (id: string) => (await ok(coordinator, 'GET', `/queue/${id}`)).entry.id;
  expect(await entryOf(five[4] as string)).not.toBe(await entryOf(five[0] as string));
  await ok(coordinator, 'DELETE', `/queue/${five[4]}/distinctions/${five[0]}`);
  expect(JSON.stringify(await deskSees())).toBe(before);
});

test('a question goes to the reporter of that finding alone, and the entry waits', async () => {
  const asked = await ok(coordinator, 'POST', `/queue/${others[2]}/questions`, {
    text: 'Which version of the framework?',
  });

  expect(asked.entry.state).toBe('waiting');
  const seen = await ok(reporters[0] as Person, 'GET', `/findings/${others[2]}`);
  expect(seen).toMatchObject({ state: 'info_needed', isAsked: true });
  expect(seen.messages.map((one: { text: string }) => one.text)).toEqual(['Which version of the framework?']);
  await ok(reporters[0] as Person, 'POST', `/findings/${others[2]}/answers`, { text: 'The one of June.' });
  const { number } = await system.database.owner
    .selectFrom('findings')
    .select('number')
    .where('id', '=', others[2] as string)
    .executeTakeFirstOrThrow();
  await refresh(system, [number]);
  expect((await ok(coordinator, 'GET', `/queue/${others[2]}`)).entry.state).toBe('undecided');
});

test('a refusal reaches the reporter in words; the finding leaves the queue and can be taken up again', async () => {
  const refused = await ok(coordinator, 'POST', `/queue/${others[1]}/refusal`, {
    as: 'out_of_scope',
    reason: 'This product is no longer maintained.',
  });

  expect(refused.entry.state).toBe('closed');
  const seen = await ok(reporters[0] as Person, 'GET', `/findings/${others[1]}`);
  expect(seen.state).toBe('out_of_scope');
  expect(seen.messages.at(-1)).toMatchObject({ kind: 'decision', text: 'This product is no longer maintained.' });
  expect(await code(coordinator, 'POST', `/queue/${others[1]}/acceptance`, {})).toBe('finding_settled');
  expect(await code(coordinator, 'POST', `/queue/${others[1]}/questions`, { text: 'Why?' })).toBe('finding_settled');
  const open = await ok(coordinator, 'POST', `/queue/${others[0]}/acceptance`, {});
  expect(await code(coordinator, 'POST', `/cases/${open.id}/merges`, { finding: others[1] })).toBe('finding_settled');
  await undoAll(open.id);
  await ok(coordinator, 'POST', `/queue/${others[1]}/reopening`, { reason: 'It is maintained again.' });
  expect((await ok(coordinator, 'GET', `/queue/${others[1]}`)).entry.state).toBe('undecided');
});

test('a finding that comes after the case is proposed to it, and joins by one act only', async () => {
  const opened = await acceptFive();
  clock += 60_000;
  const { id } = await anonymous.handIn(system, { report: { ...(oneFlaw[0] as Report), key: 'later' } });
  await settle(system);

  const item = await ok(coordinator, 'GET', `/queue/${id}`);
  expect(item.entry).toMatchObject({ id: five[0], state: 'joining', proposals: 1, case: { id: opened.id } });
  expect((await ok(coordinator, 'GET', `/cases/${opened.id}`)).findings).toBe(5);
  const joined = await ok(coordinator, 'POST', `/queue/${id}/acceptance`, {});
  expect(joined).toMatchObject({ id: opened.id, findings: 6, sources: 6 });
  expect(joined.credits.at(-1)).toMatchObject({ source: null, findings: [id], place: 6 });
});

test('sources: a coordinator sees every source with its duplicates, a source itself without them', async () => {
  const { items } = await ok(coordinator, 'GET', '/sources');
  const own = await ok(reporters[1] as Person, 'GET', '/sources/own');

  expect(items).toHaveLength(5);
  const plover = items.find((one: { source: { name: string } }) => one.source.name === 'Plover Lab (sample)');
  expect(plover).toMatchObject({ total: 1, duplicateShare: 1 });
  expect(own).toMatchObject({ total: 1, counts: { undecided: 1 } });
  expect(own.duplicateShare).toBeUndefined();
  expect(await code(reporters[1] as Person, 'GET', '/sources')).toBe('not_permitted');
});

test('no other organisation reads anything of the desk, whatever it asks and whether or not it exists', async () => {
  const outsider = reporters[0] as Person;

  for (const path of [
    '/queue',
    `/queue/${five[0]}`,
    '/queue/finding_0',
    `/queue/${five[0]}/comparison/${five[1]}`,
    '/cases',
    '/cases/case_0',
  ]) {
    expect((await ask(outsider, 'GET', path)).statusCode).toBe(403);
    expect((await ask(undefined, 'GET', path)).statusCode).toBe(401);
  }
  const { id } = (await ok(coordinator, 'GET', '/cases')).items[0];
  const bodyOf = async (path: string) => (await ask(outsider, 'GET', path)).body.replace(/"requestId":"[^"]*"/, '');
  expect(await bodyOf(`/cases/${id}`)).toBe(await bodyOf('/cases/case_0'));
  expect(await bodyOf(`/queue/${five[2]}`)).toBe(await bodyOf('/queue/finding_0'));
});

test('row security alone keeps hints, features, keys, entries and cases from every other organisation', async () => {
  const tables = [
    'finding_features',
    'finding_keys',
    'hints',
    'hint_marks',
    'hint_opinions',
    'queue_entries',
    'cases',
    'case_acts',
    'case_members',
    'case_links',
  ];
  const owned = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
        system.database.owner,
      );
      return rows[0]?.count ?? 0;
    }),
  );
  expect(owned.filter((count) => count > 0).length).toBeGreaterThanOrEqual(7);
  const everything: Actor = {
    ...(reporters[0] as Person).actor,
    roles: ['administrator', 'coordinator'],
    isHost: true,
  };

  for (const table of tables) {
    const { rows } = await system.database.transaction(everything, (tx) =>
      sql`select * from ${sql.table(table)}`.execute(tx),
    );
    expect([table, rows]).toEqual([table, []]);
  }
  const { rows: keys } = await system.database.transaction(coordinator.actor, (tx) =>
    sql`select * from finding_keys`.execute(tx),
  );
  expect(keys).toEqual([]);
});

test('texts of reports stand sealed in what is kept for comparing', async () => {
  const { rows } = await sql<{ text: string }>`
    select encode(features, 'escape') || traits::text as text from finding_features`.execute(system.database.owner);

  expect(rows.length).toBeGreaterThan(8);
  for (const { text } of rows) expect(text).not.toMatch(/prototype|polluted|administrator/i);
});

test('a finding that names its package by purl alone is found by name, by ecosystem and name, and by purl', async () => {
  const id = await report(system, (reporters[1] as Person).actor, {
    title: 'Gangway manifests of negative length are read beyond their end',
    component: { purl: 'pkg:pypi/gangway-parser@2.1.0' },
  });
  await settle(system);

  for (const asked of ['gangway-parser', 'PyPI/gangway-parser', 'pypi/gangway-parser', 'pkg:pypi/gangway-parser']) {
    const { items } = await ok(coordinator, 'GET', `/queue?state=all&package=${encodeURIComponent(asked)}`);
    expect([asked, items.map((one: { id: string; package: string }) => [one.id, one.package])]).toEqual([
      asked,
      [[id, 'gangway-parser']],
    ]);
  }
  for (const asked of ['npm/gangway-parser', 'pkg:npm/gangway-parser', 'gangway']) {
    expect((await ok(coordinator, 'GET', `/queue?state=all&package=${encodeURIComponent(asked)}`)).items).toEqual([]);
  }
});
