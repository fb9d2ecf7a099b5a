import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as imports from '../../app/advisory/import.ts';
import * as inventories from '../../app/advisory/inventories.ts';
import * as inventoryLists from '../../app/advisory/inventory-lists.ts';
import * as packs from '../../app/advisory/packs.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import { build } from '../server.ts';

let now = '2026-03-01T09:30:00.000Z';
let system: System;
let server: FastifyInstance;
/** Operators of two organisations that know nothing of each other. */
let alder: { actor: Actor; cookie: string };
let birch: { actor: Actor; cookie: string };

const bom = (...purls: string[]) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: purls.map((purl) => ({
    type: 'library',
    name: purl.slice(8).split('@')[0],
    version: purl.split('@')[1],
    purl,
  })),
});

const advisory = (id: string, name: string, fixed: string) => ({
  schema_version: '1.7.0',
  id,
  modified: '2026-02-01T00:00:00Z',
  published: '2026-02-01T00:00:00Z',
  summary: `A flaw in ${name}`,
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    { package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }] },
  ],
});

let published = 0;
async function publish(...advisories: object[]): Promise<void> {
  const lines = advisories.map((each) => `${JSON.stringify(each)}\n`).join('');
  await imports.run(system, itself, { key: `test ${++published}`, name: 'test' }, Readable.from([Buffer.from(lines)]));
  await packs.buildTouched(system);
}

async function operatorOf(name: string, isHost: boolean) {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [
      { name: `Operator of ${name}`, roles: ['operator'] },
    ]),
  );
  const person = made.people[0] as (typeof made.people)[number];
  const actor: Actor = { kind: 'person', id: person.id, organisation: person.organisation, roles: ['operator'] };
  return { actor, cookie: await cookieOf(person.id) };
}

async function cookieOf(person: `person_${string}`): Promise<string> {
  const link = await signIn.createLink(system, person);
  return `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
}

beforeAll(async () => {
  system = await testSystem({ now: () => now, env: { ASSAY_HTTP_REQUESTS_PER_MINUTE: '100000' } });
  server = await build(system, { version: 'test' });
  alder = await operatorOf('alder', true);
  birch = await operatorOf('birch', false);
  await publish(advisory('GHSA-aaaa-bbbb-cc01', 'left', '1.2.0'), advisory('GHSA-aaaa-bbbb-cc02', 'left', '1.3.0'));
});

function ask(
  who: { cookie: string },
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object | string,
) {
  return server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { cookie: who.cookie, ...(typeof payload === 'string' && { 'content-type': 'application/octet-stream' }) },
    ...(payload !== undefined && { payload }),
  });
}

async function kept(
  who = alder,
  document: object | string = bom('pkg:npm/left@1.0.0'),
  fileName = 'bom.json',
  name = 'Ward 3',
) {
  const answer = await ask(who, 'POST', `/inventories?name=${encodeURIComponent(name)}&fileName=${fileName}`, document);
  expect(answer.statusCode).toBe(201);
  return answer.json() as { id: string; version: number };
}

const markPath = (id: string, purl: string) => `/inventories/${id}/marks/${encodeURIComponent(purl)}`;

test('an uploaded SBOM is kept, listed and gives a patch list with what one upgrade closes', async () => {
  const { id } = await kept();

  const listed = (await ask(alder, 'GET', '/inventories')).json();
  const { list } = (await ask(alder, 'GET', `/inventories/${id}/patch-list?asOf=2026-03-01`)).json();

  expect(listed.items[0]).toMatchObject({
    id,
    name: 'Ward 3',
    version: 1,
    format: 'CycloneDX 1.6 JSON',
    components: 1,
  });
  expect(list.items).toMatchObject([{ purl: 'pkg:npm/left@1.0.0', upgradeTo: '1.3.0' }]);
  expect(list.items[0].advisories.map((each: { id: string }) => each.id)).toEqual([
    'GHSA-aaaa-bbbb-cc01',
    'GHSA-aaaa-bbbb-cc02',
  ]);
  expect(list.asOf).toBe('2026-03-01');
});

test('a lockfile is told by its name, and XML is kept too', async () => {
  const lock = '{"lockfileVersion":3,"packages":{"node_modules/left":{"version":"1.0.0"}}}';
  const xml =
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="library"><name>left</name></component></components></bom>';

  const first = await kept(alder, lock, 'package-lock.json');
  const second = await kept(alder, xml, 'bom.xml');

  expect((await ask(alder, 'GET', `/inventories/${first.id}`)).json().format).toBe('package-lock.json');
  expect((await ask(alder, 'GET', `/inventories/${second.id}`)).json().format).toBe('CycloneDX 1.6 XML');
});

test('a file that cannot be read is refused with every place and reason, and nothing is kept', async () => {
  const before = (await ask(alder, 'GET', '/inventories?limit=200')).json().items.length;

  const answer = await ask(alder, 'POST', '/inventories?name=x&fileName=bom.json', '{"bomFormat": "CycloneDX",\n}');

  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({
    code: 'inventory_not_read',
    details: { problems: [{ path: 'line 2, column 1', message: expect.stringContaining('not JSON') }] },
  });
  expect((await ask(alder, 'GET', '/inventories?limit=200')).json().items).toHaveLength(before);
});

test('an upload that is repeated with its Idempotency-Key is kept once', async () => {
  // Over a real connection: there the body is a stream of the socket.
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const upload = async () => {
    const answer = await fetch(`${address}/api/v1/inventories?name=Once&fileName=bom.json`, {
      method: 'POST',
      headers: { cookie: alder.cookie, 'idempotency-key': 'upload-1', 'content-type': 'application/octet-stream' },
      body: JSON.stringify(bom('pkg:npm/left@1.0.0')),
    });
    return { status: answer.status, body: (await answer.json()) as { id: string } };
  };

  const [first, second] = [await upload(), await upload()];

  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).toBe(first.body.id);
});

test('for another organisation an inventory that exists and one that does not get the same bytes (I5)', async () => {
  const { id } = await kept();
  const missing = `inventory_${'0'.repeat(32)}`;
  const purl = 'pkg:npm/left@1.0.0';
  await ask(alder, 'PUT', markPath(id, purl), { state: 'done', vulnerabilities: ['GHSA-aaaa-bbbb-cc01'] });
  const tries = (which: string): [Parameters<typeof ask>[1], string, object?][] => [
    ['GET', `/inventories/${which}`],
    ['GET', `/inventories/${which}/patch-list`],
    ['GET', `/inventories/${which}/changes`],
    ['PATCH', `/inventories/${which}`, { name: 'mine' }],
    ['POST', `/inventories/${which}/versions?fileName=bom.json`, bom()],
    ['PUT', markPath(which, purl), { state: 'done', vulnerabilities: ['x'] }],
    ['DELETE', markPath(which, purl)],
    ['DELETE', `/inventories/${which}`],
  ];

  for (const [at, [method, path, body]] of tries(id).entries()) {
    const theirs = await ask(birch, method, path, body);
    const nothing = await ask(birch, method, tries(missing)[at]?.[1] ?? '', body);
    const bytes = (answer: typeof theirs) => answer.body.replace(/"requestId":"[^"]*"/, '"requestId":""');

    expect([method, path, theirs.statusCode]).toEqual([method, path, 404]);
    expect(bytes(theirs)).toBe(bytes(nothing));
    expect(Object.keys(theirs.headers).sort()).toEqual(Object.keys(nothing.headers).sort());
  }
  expect((await ask(birch, 'GET', '/inventories')).json()).toEqual({ items: [] });
  expect((await ask(alder, 'GET', `/inventories/${id}`)).json()).toMatchObject({ name: 'Ward 3', version: 1 });
});

test('the database itself shows an inventory to nobody else, and lets nobody else write to it', async () => {
  const { id } = await kept();
  const rows = (actor: Actor) =>
    system.database.transaction(actor, (tx) =>
      tx.selectFrom('inventory_versions').select('version').where('inventory_id', '=', id).execute(),
    );

  expect(await rows(alder.actor)).toHaveLength(1);
  expect(await rows(birch.actor)).toHaveLength(0);
  const intrusion = system.database.transaction(birch.actor, (tx) =>
    tx
      .insertInto('inventory_marks')
      .values({
        inventory_id: id,
        organisation_id: alder.actor.organisation as 'organisation_x',
        key: 'x',
        state: 'done',
        reason: '',
        justification: null,
        vulnerabilities: [],
        marked_by: 'x',
        marked_at: now,
      })
      .execute(),
  );
  await expect(intrusion).rejects.toThrow('row-level security');
});

test('a mark is kept with who and when, is on the list, and taking it away opens the item again', async () => {
  const { id } = await kept();
  const purl = 'pkg:npm/left@1.0.0';
  const body = {
    state: 'not_affected',
    justification: 'vulnerable_code_not_in_execute_path',
    reason: 'Only used in the build.',
    vulnerabilities: ['GHSA-aaaa-bbbb-cc01', 'GHSA-aaaa-bbbb-cc02'],
  };
  const marks = async () => (await ask(alder, 'GET', `/inventories/${id}/patch-list`)).json().marks;

  const answer = await ask(alder, 'PUT', markPath(id, purl), body);

  expect(answer.json()).toEqual({ ...body, key: purl, by: alder.actor.id, at: now });
  expect(await marks()).toEqual({ [purl]: { ...body, key: purl, by: alder.actor.id, at: now, isCurrent: true } });
  expect((await ask(alder, 'DELETE', markPath(id, purl))).statusCode).toBe(204);
  expect(await marks()).toEqual({});
  expect((await ask(alder, 'DELETE', markPath(id, purl))).statusCode).toBe(404);
});

test('not affected needs a justification, and a mark says which advisories were seen', async () => {
  const { id } = await kept();
  const put = (body: object) =>
    ask(alder, 'PUT', markPath(id, 'pkg:npm/left@1.0.0'), body).then((answer) => answer.statusCode);

  expect(await put({ state: 'not_affected', vulnerabilities: ['x'] })).toBe(422);
  expect(await put({ state: 'done', vulnerabilities: [] })).toBe(422);
  expect(await put({ state: 'open', vulnerabilities: ['x'] })).toBe(422);
});

test('an advisory that comes after the mark makes the item open again', async () => {
  const { id } = await kept(alder, bom('pkg:npm/right@1.0.0'));
  const purl = 'pkg:npm/right@1.0.0';
  await publish(advisory('GHSA-aaaa-bbbb-cc03', 'right', '2.0.0'));
  await ask(alder, 'PUT', markPath(id, purl), {
    state: 'planned',
    reason: 'Sunday',
    vulnerabilities: ['GHSA-aaaa-bbbb-cc03'],
  });
  const isCurrent = async () => (await ask(alder, 'GET', `/inventories/${id}/patch-list`)).json().marks[purl].isCurrent;

  expect(await isCurrent()).toBe(true);
  await publish(advisory('GHSA-aaaa-bbbb-cc04', 'right', '2.1.0'));
  expect(await isCurrent()).toBe(false);
});

test('a newer upload is another version of the same inventory; what changed since last week is told', async () => {
  const { id } = await kept(alder, bom('pkg:npm/left@1.0.0', 'pkg:npm/middle@1.0.0'));
  await publish(advisory('GHSA-aaaa-bbbb-cc05', 'middle', '2.0.0'));
  const today = now;
  now = '2026-02-20T03:00:00.000Z';
  await inventoryLists.keepSnapshots(system);
  const before = now;
  now = today;

  const document = bom('pkg:npm/left@1.2.0', 'pkg:npm/middle@1.0.0');
  const renewed = await ask(alder, 'POST', `/inventories/${id}/versions?fileName=bom.json`, document);
  const { since, version, changes } = (await ask(alder, 'GET', `/inventories/${id}/changes`)).json();

  expect(renewed.json()).toMatchObject({ id, version: 2, components: 2 });
  expect([since, version]).toEqual([before, 1]);
  expect(changes.added.map((each: { key: string }) => each.key)).toEqual(['pkg:npm/left@1.2.0']);
  expect(changes.gone.map((each: { key: string }) => each.key)).toEqual(['pkg:npm/left@1.0.0']);
  expect(changes.same).toBe(1);
  const detail = (await ask(alder, 'GET', `/inventories/${id}`)).json();
  expect(detail.versions.map((each: { version: number }) => each.version)).toEqual([2, 1]);
});

/** As in life: days go by, the list is kept each night and after each upload. */
async function inDays(work: (who: typeof alder, goTo: (day: string) => Promise<void>) => Promise<void>) {
  const today = now;
  const who = { ...alder };
  try {
    await work(who, async (day) => {
      now = `${day}T03:00:00.000Z`;
      who.cookie = await cookieOf(alder.actor.id as `person_${string}`);
    });
  } finally {
    now = today;
  }
}

test('with nothing earlier the comparison is empty and says so; another organisation still learns nothing (I5)', async () => {
  const { id } = await kept();
  const path = `/inventories/${id}/changes`;
  const nothing = {
    note: 'There is nothing earlier to compare with.',
    changes: { added: [], gone: [], moved: [], same: 0 },
  };

  const answer = await ask(alder, 'GET', path);
  await inventoryLists.keepSnapshot(system, id);

  expect([answer.statusCode, answer.json()]).toEqual([200, nothing]);
  // The list of today with the same upload is no earlier one, even if asked for by its day.
  expect((await ask(alder, 'GET', path)).json()).toEqual(nothing);
  expect((await ask(alder, 'GET', `${path}?since=2026-03-01`)).json()).toEqual(nothing);
  expect((await ask(birch, 'GET', path)).statusCode).toBe(404);
});

test('what an upload changed is told after its list was kept too, for as often as it is asked', async () => {
  const { id } = await kept(alder, bom('pkg:npm/left@1.0.0'));
  await inventoryLists.keepSnapshot(system, id);
  const upload = (purl: string) => ask(alder, 'POST', `/inventories/${id}/versions?fileName=bom.json`, bom(purl));
  const told = async () => {
    const { day, version, changes } = (await ask(alder, 'GET', `/inventories/${id}/changes`)).json();
    const keys = (rows: { key: string }[]) => rows.map(({ key }) => key);
    return { day, version, added: keys(changes.added), gone: keys(changes.gone) };
  };
  const before = { day: '2026-03-01', version: 1, gone: ['pkg:npm/left@1.0.0'] };

  await upload('pkg:npm/left@1.2.0');
  expect(await told()).toEqual({ ...before, added: ['pkg:npm/left@1.2.0'] });
  await inventoryLists.keepSnapshot(system, id);
  expect(await told()).toEqual({ ...before, added: ['pkg:npm/left@1.2.0'] });
  await upload('pkg:npm/left@1.1.0');
  await inventoryLists.keepSnapshot(system, id);
  await inventoryLists.keepSnapshots(system);
  expect(await told()).toEqual({ ...before, added: ['pkg:npm/left@1.1.0'] });
});

test('compared is with the last list of a week ago, in the first week with the first, or with that of the day asked for', async () => {
  await inDays(async (who, goTo) => {
    const { id } = await kept(who, bom('pkg:npm/left@1.0.0'));
    const told = async (since = '') => {
      const { day, version } = (await ask(who, 'GET', `/inventories/${id}/changes${since}`)).json();
      return `${day} upload ${version}`;
    };
    await inventoryLists.keepSnapshot(system, id);
    for (let day = 2; day <= 12; day++) {
      await goTo(`2026-03-${String(day).padStart(2, '0')}`);
      await inventoryLists.keepSnapshots(system);
      if (day === 3) {
        // Two uploads within a day: the list is kept with each.
        for (const purl of ['pkg:npm/left@1.1.0', 'pkg:npm/left@1.2.0']) {
          await ask(who, 'POST', `/inventories/${id}/versions?fileName=bom.json`, bom(purl));
          await inventoryLists.keepSnapshot(system, id);
        }
        expect(await told('?since=2026-03-03')).toBe('2026-03-03 upload 2');
      }
      if (day < 8) expect(await told()).toBe('2026-03-01 upload 1');
    }
    expect(await told()).toBe('2026-03-05 upload 3');
    expect(await told('?since=2026-03-03')).toBe('2026-03-03 upload 3');
    expect(await told('?since=2026-03-02')).toBe('2026-03-02 upload 1');
    expect(await told('?since=2026-02-01')).toBe('2026-03-01 upload 1');
  });
});

test('of days longer ago than a week the last list is kept, and none longer than 400 days', async () => {
  await inDays(async (who, goTo) => {
    const { id } = await kept(who, bom('pkg:npm/left@1.0.0'));
    await inventoryLists.keepSnapshot(system, id);
    await ask(who, 'POST', `/inventories/${id}/versions?fileName=bom.json`, bom('pkg:npm/left@1.1.0'));
    await inventoryLists.keepSnapshot(system, id);
    const rows = async () => {
      const { rows } = await sql<{ row: string }>`
        select distinct day || ' upload ' || version as row from inventory_snapshots where inventory_id = ${id} order by 1
      `.execute(system.database.owner);
      return rows.map(({ row }) => row);
    };

    await goTo('2026-03-07');
    await inventoryLists.keepSnapshots(system);
    expect(await rows()).toEqual(['2026-03-01 upload 1', '2026-03-01 upload 2', '2026-03-07 upload 2']);
    await goTo('2026-03-08');
    await inventoryLists.keepSnapshots(system);
    expect(await rows()).toEqual(['2026-03-01 upload 2', '2026-03-07 upload 2', '2026-03-08 upload 2']);
    await goTo('2027-04-06');
    await inventoryLists.keepSnapshots(system);
    expect(await rows()).toEqual(['2026-03-07 upload 2', '2026-03-08 upload 2', '2027-04-06 upload 2']);
  });
});

test('few uploads are read at once; beyond those that may wait one is told to come back', async () => {
  const { uploadsWaiting } = inventories.limits;
  const endings: (() => void)[] = [];
  let begun = 0;
  const slow = (): inventories.Upload => {
    const ending = new Promise<void>((end) => endings.push(end));
    async function* bytes() {
      begun++;
      await ending;
      yield Buffer.from(JSON.stringify(bom()));
    }
    return { fileName: 'bom.json', bytes: bytes() };
  };
  const keep = (who: typeof alder) => inventories.keep(system, who.actor, { name: 'Slow', asset: {} }, slow());
  const uploads = Array.from({ length: 1 + uploadsWaiting }, () => keep(alder));

  const answer = await ask(alder, 'POST', '/inventories?name=One%20more&fileName=bom.json', bom());
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'unavailable']);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(begun).toBe(1);
  // Nobody else waits for them.
  const { id } = await kept(birch);
  await ask(birch, 'DELETE', `/inventories/${id}`);
  for (const end of endings) end();
  for (const { id } of await Promise.all(uploads)) await ask(alder, 'DELETE', `/inventories/${id}`);
  expect(begun).toBe(uploads.length);
});

test('the same inventory, packs, policy and day give the same list, byte for byte (I11)', async () => {
  const { id } = await kept();
  const list = () =>
    ask(alder, 'GET', `/inventories/${id}/patch-list?policy=ssvc-deployer&asOf=2026-03-01`).then(
      (answer) => answer.body,
    );

  expect(await list()).toBe(await list());
});

test('what the operator says of the system counts in the list', async () => {
  const { id } = await kept();
  const asset = { exposed: 'yes', missionImpact: 'high' };

  const answer = await ask(alder, 'PATCH', `/inventories/${id}`, { name: 'Ward 4', asset });

  expect(answer.json()).toMatchObject({ name: 'Ward 4', asset });
});

test('each act on an inventory is one entry of the log, seen by its own organisation only', async () => {
  const { id } = await kept();
  await ask(alder, 'PUT', markPath(id, 'pkg:npm/left@1.0.0'), {
    state: 'done',
    vulnerabilities: ['GHSA-aaaa-bbbb-cc01'],
  });
  await ask(alder, 'DELETE', markPath(id, 'pkg:npm/left@1.0.0'));
  await ask(alder, 'DELETE', `/inventories/${id}`);
  await sequence(system);

  const entriesFor = async (who: { cookie: string }) =>
    (await ask(who, 'GET', `/log/entries?object=${id}`)).json().items.map((entry: { did: string }) => entry.did);

  expect(await entriesFor(alder)).toEqual([
    'inventory_removed',
    'inventory_unmarked',
    'inventory_marked',
    'inventory_kept',
  ]);
  expect(await entriesFor(birch)).toEqual([]);
  expect((await ask(alder, 'GET', `/inventories/${id}`)).statusCode).toBe(404);
});

test('the list of inventories pages by key', async () => {
  for (let times = 0; times < 3; times++) await kept(birch, bom(), 'bom.json', `Site ${times}`);

  const first = (await ask(birch, 'GET', '/inventories?limit=2')).json();
  const second = (await ask(birch, 'GET', `/inventories?limit=2&after=${first.next}`)).json();

  expect(new Set([...first.items, ...second.items].map((each: { id: string }) => each.id)).size).toBe(3);
  expect(second.next).toBeUndefined();
});

test('policies are readable data; an unknown one is said to be so', async () => {
  const { items } = (await ask(alder, 'GET', '/policies')).json();

  expect(items.map((each: { name: string }) => each.name)).toContain('bod-26-04');
  expect((await ask(alder, 'GET', '/policies/bod-26-04')).json()).toMatchObject({
    format: 'assay-policy/1',
    rules: expect.any(Array),
  });
  expect((await ask(alder, 'GET', '/policies/none')).json().code).toBe('policy_not_found');
});

test('a due date counts from the first list of the inventory: no later list, upload, answer or look moves it (decision page 62)', async () => {
  const today = now;
  const purl = 'pkg:npm/clocked@1.0.0';
  await publish(advisory('GHSA-aaaa-bbbb-cc10', 'clocked', '2.0.0'));
  const { id } = await kept(alder, bom(purl));
  // Sessions end long before a year is over.
  let who = alder;
  const goTo = async (at: string) => {
    now = at;
    who = { ...alder, cookie: await cookieOf(alder.actor.id as `person_${string}`) };
  };
  const list = async (more = '') =>
    (await ask(who, 'GET', `/inventories/${id}/patch-list?policy=bod-26-04${more}`)).json().list;
  const answer = (asset: object) => ask(who, 'PATCH', `/inventories/${id}`, { asset });
  try {
    await answer({ exposed: 'yes' });
    const [first] = (await list()).items;
    expect(first.due > today.slice(0, 10)).toBe(true);
    expect(first.isOverdue).toBe(false);

    // A night later another upload lacks the component, and the next one has it at a version that is still affected.
    await goTo('2026-03-02T03:00:00.000Z');
    await ask(who, 'POST', `/inventories/${id}/versions?fileName=bom.json`, bom());
    expect((await list()).items).toEqual([]);
    await goTo('2027-03-01T09:30:00.000Z');
    await ask(who, 'POST', `/inventories/${id}/versions?fileName=bom.json`, bom('pkg:npm/clocked@1.1.0'));
    await inventoryLists.keepSnapshots(system);
    await answer({});
    await list();
    await answer({ exposed: 'yes' });
    const [later] = (await list()).items;

    expect(later).toMatchObject({ due: first.due, isOverdue: true, decision: first.decision });
    expect(later.advisories[0].firstListed).toBe(today.slice(0, 10));
    expect(later.reasons).toContain(`Overdue since ${first.due}.`);
    // The past is told as it was.
    expect((await list(`&asOf=${today.slice(0, 10)}`)).items[0]).toMatchObject({ due: first.due, isOverdue: false });
    const { changes } = (await ask(who, 'GET', `/inventories/${id}/changes?policy=bod-26-04`)).json();
    expect(JSON.stringify(changes)).not.toContain('"due":"2027');
  } finally {
    now = today;
  }
});

test('a list of another day than today starts no clock, and nobody else sees or writes the clocks (I5)', async () => {
  await publish(advisory('GHSA-aaaa-bbbb-cc11', 'unclocked', '2.0.0'));
  const { id } = await kept(alder, bom('pkg:npm/unclocked@1.0.0'));
  const rows = (actor: Actor) =>
    system.database.transaction(actor, (tx) =>
      tx.selectFrom('inventory_clocks').selectAll().where('inventory_id', '=', id).execute(),
    );

  await ask(alder, 'GET', `/inventories/${id}/patch-list?asOf=2020-01-01`);
  await ask(alder, 'GET', `/inventories/${id}/patch-list?asOf=2030-01-01`);
  expect(await rows(alder.actor)).toEqual([]);
  await ask(alder, 'GET', `/inventories/${id}/patch-list`);
  const [row] = await rows(alder.actor);

  expect(row).toMatchObject({ package: 'npm/unclocked', vulnerability: 'GHSA-aaaa-bbbb-cc11', listed: '2026-03-01' });
  expect(await rows(birch.actor)).toEqual([]);
  const intrusion = system.database.transaction(birch.actor, (tx) =>
    tx
      .insertInto('inventory_clocks')
      .values({ ...row!, vulnerability: 'x', decided: '{}' })
      .execute(),
  );
  await expect(intrusion).rejects.toThrow('row-level security');
  await ask(alder, 'DELETE', `/inventories/${id}`);
  expect(await rows(itself)).toEqual([]);
});

test('first listings from lists made elsewhere are carried over; they only make dates earlier, and the log tells', async () => {
  await publish(advisory('GHSA-aaaa-bbbb-cc12', 'carried', '2.0.0'));
  const { id } = await kept(alder, bom('pkg:npm/carried@1.0.0'));
  await ask(alder, 'PATCH', `/inventories/${id}`, { asset: { exposed: 'yes' } });
  const item = async () => (await ask(alder, 'GET', `/inventories/${id}/patch-list`)).json().list.items[0];
  const carry = (listed: string) => {
    const clock = { package: 'npm/carried', vulnerability: 'GHSA-aaaa-bbbb-cc12', listed, decided: {} };
    return ask(alder, 'POST', `/inventories/${id}/clocks`, { clocks: [clock] }).then(({ statusCode }) => statusCode);
  };

  expect(await carry('2026-01-01')).toBe(204);
  const early = await item();
  expect(early).toMatchObject({ isOverdue: true, advisories: [{ firstListed: '2026-01-01' }] });
  expect(await carry('2026-02-28')).toBe(204);
  expect((await item()).due).toBe(early.due);
  expect(await carry('soon')).toBe(422);
  await sequence(system);
  const log = (await ask(alder, 'GET', `/log/entries?object=${id}`)).json().items;
  expect(log.map((entry: { did: string }) => entry.did)).toContain('inventory_clocks_kept');
});
