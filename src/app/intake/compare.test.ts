import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { found, oneFlaw, otherFlaws, report } from '../../../test/system/reporters.ts';
import { testSystem } from '../../../test/system/test-system.ts';
import type { Fact } from '../../domain/advisory/fact.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import type { Report } from '../../domain/intake/report.ts';
import * as facts from '../../store/advisory/facts.ts';
import * as hintStore from '../../store/intake/hints.ts';
import type { System } from '../system.ts';
import { compareNew } from './compare.ts';
import { refresh, refreshExploited } from './queue-entries.ts';

let system: System;
const reporters: Actor[] = [];

beforeAll(async () => {
  system = await testSystem();
  await found(system, 'harbour', { isHost: true, roles: [['coordinator']] });
  for (let index = 0; index < 6; index++) {
    reporters.push(...(await found(system, `reporter ${index}`, { roles: [['researcher']] })));
  }
});

/** Forgets everything that was compared. */
const forget = () =>
  sql`truncate finding_features, finding_keys, hints, hint_marks, queue_entries`.execute(system.database.owner);

interface Given {
  name: string;
  source: string;
  report: Report;
}

/** Compares in these turns and gives what is kept, by names that do not depend on the order. */
async function outcome(turns: Given[][]): Promise<{ entries: string[][]; hints: Record<string, string[]> }> {
  await forget();
  const names = new Map<number, string>();
  for (const turn of turns) {
    await system.database.transaction(itself, async (tx) => {
      const handed = [];
      for (const { name, source, report } of turn) {
        const { rows } = await sql<{ number: number; id: string }>`
          insert into findings (id, audience_id, submitted_by, key, digest, title, report, received_at)
          values (${`finding_${String(Math.random()).slice(2)}`}, 'audience_desk', 'anonymous', ${name},
            ${`sha256:${'0'.repeat(64)}`}, ${report.title}, '', ${system.now()}) returning number, id`.execute(tx);
        const row = rows[0] as { number: number; id: string };
        names.set(row.number, name);
        handed.push({ ...row, source, report });
      }
      await compareNew(system, tx, handed);
    });
  }
  const owner = system.database.owner;
  const features = await owner.selectFrom('finding_features').select(['finding', 'entry']).execute();
  const entries = new Map<number, string[]>();
  for (const { finding, entry } of features) {
    entries.set(entry, [...(entries.get(entry) ?? []), names.get(finding) as string].sort());
  }
  const kept = await owner.selectFrom('hints').selectAll().orderBy('confidence', 'desc').execute();
  const hints: Record<string, string[]> = {};
  for (const { finding, partner, relation, confidence } of kept) {
    const of = names.get(finding) as string;
    hints[of] = [...(hints[of] ?? []), `${names.get(partner)} ${relation} ${confidence}`].sort();
  }
  return { entries: [...entries.values()].sort(), hints };
}

const all: Given[] = [...oneFlaw, ...otherFlaws].map((one, index) => ({
  name: `report ${index}`,
  source: `organisation_${index % 5}`,
  report: one,
}));

test('scenario 5: five reporters of one flaw stand under one entry, other flaws under their own', async () => {
  await report(system, reporters[0] as Actor, { title: 'Opens the desk', component: { name: 'x' } });

  const { entries, hints } = await outcome([all]);

  expect(entries).toEqual([
    ['report 0', 'report 1', 'report 2', 'report 3', 'report 4'],
    ['report 5'],
    ['report 6'],
    ['report 7'],
  ]);
  expect(hints['report 0']).toHaveLength(4);
  expect(hints['report 5']).toBeUndefined();
});

test('hints and entries are the same in whatever order and batches findings come', async () => {
  const whole = await outcome([all]);
  const order = fc.shuffledSubarray(all, { minLength: all.length });
  const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 });

  await fc.assert(
    fc.asyncProperty(order, cuts, async (shuffled, sizes) => {
      const turns: Given[][] = [];
      for (let at = 0; at < shuffled.length; at += sizes[turns.length - 1] as number) {
        turns.push(shuffled.slice(at, at + (sizes[turns.length] as number)));
      }
      expect(await outcome(turns)).toEqual(whole);
    }),
    { numRuns: 8 },
  );
});

test('a finding that comes later takes the place of a weaker partner of the same source', async () => {
  const [first, second] = oneFlaw as [Report, Report];
  const { places: _, ...rest } = second;
  const weaker = {
    ...rest,
    title: 'Query strings change objects in ferry-parser',
    description:
      'Parsing a query string with ferry-parser lets a remote attacker change the prototype of objects: parseQuery.',
  };

  const early = await outcome([
    [{ name: 'a', source: 'one', report: first }],
    [{ name: 'weak', source: 'two', report: weaker }],
  ]);
  const late = await outcome([
    [{ name: 'a', source: 'one', report: first }],
    [{ name: 'weak', source: 'two', report: weaker }],
    [{ name: 'strong', source: 'two', report: second }],
  ]);

  expect(early.entries).toEqual([['a', 'weak']]);
  expect(late.entries).toEqual([['a', 'strong'], ['weak']]);
});

test('two records of one source are never folded by likeness and stand as hints; exact copies are folded', async () => {
  const [first, second] = oneFlaw as [Report, Report];

  const { entries, hints } = await outcome([
    [
      { name: 'a', source: 'one', report: first },
      { name: 'b', source: 'one', report: second },
      { name: 'copy of a', source: 'one', report: first },
    ],
  ]);

  expect(entries).toEqual([['a', 'copy of a'], ['b']]);
  expect(hints['b']).toHaveLength(2);
});

test('comparing twice changes nothing: the job may run again', async () => {
  await outcome([all]);
  const state = async () => ({
    keys: await system.database.owner.selectFrom('finding_keys').select('finding').execute(),
    hints: await system.database.owner.selectFrom('hints').selectAll().execute(),
  });
  const before = await state();
  const rows = await system.database.owner
    .selectFrom('finding_features')
    .innerJoin('findings', 'findings.number', 'finding_features.finding')
    .select(['findings.number', 'findings.id', 'source'])
    .execute();

  await system.database.transaction(itself, (tx) =>
    compareNew(
      system,
      tx,
      rows.map((row) => ({ ...row, report: oneFlaw[0] as Report })),
    ),
  );

  expect(await state()).toEqual(before);
});

test('a flaw that is listed as exploited comes first as soon as the list says so, by its own name and by its package', async () => {
  const flaw = { ...(oneFlaw[0] as Report), aliases: ['CVE-2026-1000'] };
  await outcome([
    [
      { name: 'named', source: 'one', report: flaw },
      { name: 'other', source: 'two', report: otherFlaws[0] as Report },
    ],
  ]);
  const ranks = async () => {
    const rows = await system.database.owner
      .selectFrom('queue_entries')
      .innerJoin('findings', 'findings.number', 'queue_entries.lead')
      .select(['findings.key', 'rank', 'facts'])
      .orderBy('findings.number')
      .execute();
    return rows.map(({ key, rank, facts }) => [key, rank, facts.exploited]);
  };
  await refreshExploited(system);
  const before = await ranks();

  const kev: Fact = { kind: 'kev', source: 'kev', date: '2026-02-28', dateAdded: '2026-02-28', isRansomwareUse: false };
  await system.database.transaction(itself, (tx) =>
    facts.keep(system.database, tx, [{ name: 'CVE-2026-1000', fact: kev }], system.now()),
  );
  await refreshExploited(system);

  expect(before.map(([, , exploited]) => exploited)).toEqual([[], []]);
  expect(await ranks()).toEqual([['named', (before[0]?.[1] as number) + 1000, ['CVE-2026-1000']], before[1]]);
});

test('a key that very many share costs no more than its newest: a flood of copies stands under one entry', async () => {
  const [first] = oneFlaw as [Report];
  const copies = Array.from({ length: 90 }, (_, index) => ({
    name: `copy ${index}`,
    source: `lab ${index % 3}`,
    report: first,
  }));

  const { entries, hints } = await outcome([copies.slice(0, 30), copies.slice(30, 31), copies.slice(31)]);

  expect(entries.map((names) => names.length)).toEqual([90]);
  for (const list of Object.values(hints)) expect(list.length).toBeLessThanOrEqual(5);
});

test('while findings are compared, a coordinator waits for nothing but the last step', async () => {
  await outcome([all]);
  const [row] = await system.database.owner.selectFrom('finding_features').select('finding').limit(1).execute();
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });

  const comparing = system.database.transaction(itself, async (tx) => {
    await hintStore.lockComparing(tx);
    await held;
  });
  await refresh(system, [row?.finding as number]);
  release();
  await comparing;
});
