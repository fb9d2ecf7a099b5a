import { Readable } from 'node:stream';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import { type Actor, system as itself, type Role } from '../../domain/directory/actor.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as members from '../directory/members.ts';
import * as runImport from '../evidence/run-import.ts';
import * as runs from '../evidence/runs.ts';
import { sequence } from '../log/sequence.ts';
import type { System } from '../system.ts';
import * as determinations from './determinations.ts';
import * as partners from './partners.ts';
import * as pending from './pending.ts';
import * as submissions from './submissions.ts';
import * as waitingList from './waiting-list.ts';

let system: System;
let lab: Actor;
let office: Actor;
let institute: Actor;
let harrow: Actor;
let now = '2026-03-01T09:30:00.000Z';

async function newPerson(name: string, ...roles: Role[]): Promise<Actor> {
  const kind = { name, isHost: false, isSample: false };
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, kind, [{ name: 'Somebody', roles }]),
  );
  const { id, organisation } = made.people[0]!;
  return { kind: 'person', id, organisation, roles };
}

beforeAll(async () => {
  system = await testSystem({ now: () => now });
  lab = await newPerson('Tidewater Models (sample)', 'release_manager');
  office = await newPerson('Office of Measured Capability (sample)', 'delegate', 'evaluator');
  institute = await newPerson('Second Office (sample)', 'delegate', 'evaluator');
  harrow = await newPerson('Harrow Rural Hospital Network (sample)', 'administrator');
  await system.database.owner.updateTable('organisations').set({ is_shared: true }).execute();
});

async function newFile(...authorities: Actor[]): Promise<string> {
  const model = { name: 'Tern', version: '2', digest: `sha256:${'ab'.repeat(32)}` };
  const { id } = (await submissions.open(system, lab, model)).submission;
  for (const { organisation } of authorities) await submissions.admit(system, lab, id, organisation as string);
  return id;
}

const saying = { outcome: 'covered', decidedOn: '2026-03-01', reference: 'OMC-2026/17' } as const;

test('I5: a determination that nobody asked for leaves no trace in what waits for the developer', async () => {
  const file = await newFile(office);
  const look = async () => ({
    page: await pending.list(system, lab, file),
    list: await waitingList.list(system, lab, { limit: 10 }),
  });
  const before = await look();

  const made = await determinations.recordUnrequested(system, office, file, saying);

  expect(await look()).toEqual(before);
  expect(JSON.stringify(before)).not.toContain('etermination');
  // Neither does what the authority reads say that it waits for anybody.
  expect((await pending.list(system, office, file)).map(({ object }) => object)).not.toContain(made.kept.id);
});

test('W1: a request that is sent lies with the one authority; another of the same file cannot tell, and nor can who is outside', async () => {
  const file = await newFile(office, institute);
  const asked = await determinations.prepare(system, lab, file, office.organisation as string);
  const ofRequest = async (actor: Actor) =>
    (await pending.list(system, actor, file)).filter(({ object }) => object === asked.kept.id);
  expect(await ofRequest(office)).toEqual([]);

  await determinations.act(system, lab, asked.kept.id, { did: 'submit' });

  for (const actor of [lab, office])
    expect(await ofRequest(actor)).toEqual([
      expect.objectContaining({
        with: 'Office of Measured Capability (sample)',
        since: now,
        to: 'decision',
        next: expect.stringContaining('nothing waits for it'),
      }),
    ]);
  expect(await ofRequest(institute)).toEqual([]);
  await expect(pending.list(system, harrow, file)).rejects.toThrow(new Refusal('not_found'));
});

test('I20: a partner that one authority knows of waits for nobody in what another one reads; its invitation is counted for it alone', async () => {
  const file = await newFile(office, institute);
  const named = await partners.suggest(system, lab, file, { name: 'Harrow', sector: 'health' });
  const ofPartner = async (actor: Actor) =>
    (await pending.list(system, actor, file))
      .filter(({ object }) => object === named.kept.id)
      .map((item) => `${item.with}: ${item.next}`);
  expect(await ofPartner(office)).toEqual([]);

  const id = named.kept.id;
  const authority = office.organisation as string;
  await partners.act(system, lab, id, { did: 'propose', authority });
  expect(await ofPartner(office)).toEqual([expect.stringMatching(/^Office.*says what it thinks/)]);
  await partners.act(system, office, id, { did: 'comment', stance: 'no_comment' });
  expect(await ofPartner(lab)).toEqual(['Tidewater Models (sample): The developer invites it, or declines.']);
  const organisation = harrow.organisation as string;
  await partners.act(system, lab, id, { did: 'invite', organisation, terms: 'Sample terms 1.0' });

  expect(await ofPartner(lab)).toEqual([expect.stringMatching(/^Harrow Rural.*accepts the terms/)]);
  expect(await ofPartner(institute)).toEqual([]);
  expect(await pending.openInvitations(system, harrow)).toBe(1);
  expect(await pending.openInvitations(system, lab)).toBe(0);
  await partners.act(system, harrow, id, { did: 'accept' });
  expect(await pending.openInvitations(system, harrow)).toBe(1);
  await partners.act(system, harrow, id, { did: 'end' });
  expect(await pending.openInvitations(system, harrow)).toBe(0);
});

test('I7: reading what waits is on record for the developer, once for a page that refreshes', async () => {
  const file = await newFile(office);

  await pending.list(system, office, file);
  await pending.list(system, office, file);
  now = '2026-03-01T10:30:00.000Z';
  await pending.list(system, office, file);

  await sequence(system);
  const { rows } = await system.database.pool.query(
    `select 1 from log_openings where object = $1 and did = 'pending_read' and actor = $2`,
    [file, office.id],
  );
  expect(rows).toHaveLength(2);
});

/** A log as Inspect writes it, of one sample. */
const evaluationLog = {
  version: 2,
  status: 'success',
  eval: { task: 'locks', model: 'tern', created: '2026-02-01T10:00:00+00:00', dataset: {}, config: {} },
  results: { scores: [] },
  stats: {},
  samples: [{ id: 1, epoch: 1, input: '', target: '', scores: { match: { value: 1 } }, events: [] }],
};

test('a run that is shared is new to the other organisations until one of their people opens it, for fourteen days at most', async () => {
  const file = await newFile(office, institute);
  const bytes = Readable.from([Buffer.from(JSON.stringify(evaluationLog))]);
  const { id } = (await runImport.receive(system, office, { fileName: 'log.json', bytes })).run;
  const everybody = [lab, office, institute].map(({ organisation }) => organisation as string);
  now = '2026-03-02T09:30:00.000Z';
  await runs.share(system, office, id, file, everybody);
  const isNew = async (actor: Actor) =>
    (await pending.list(system, actor, file)).filter(({ to, object }) => to === 'run' && object === id).length === 1;

  expect([await isNew(lab), await isNew(institute), await isNew(office)]).toEqual([true, true, false]);

  now = '2026-03-02T10:30:00.000Z';
  await runs.load(system, lab, id);
  expect([await isNew(lab), await isNew(institute)]).toEqual([false, true]);
  now = '2026-03-16T09:30:00.001Z';
  expect(await isNew(institute)).toBe(false);
});
