import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import * as members from '../../app/directory/members.ts';
import * as signIn from '../../app/directory/sign-in.ts';
import { sequence } from '../../app/log/sequence.ts';
import type { System } from '../../app/system.ts';
import { Exit } from '../../cli/io.ts';
import { register } from '../../cli/log.ts';
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as exportFile from '../../log/export.ts';
import * as leaf from '../../log/leaf.ts';
import * as note from '../../log/note.ts';
import * as proof from '../../log/proof.ts';
import * as tile from '../../log/tile.ts';
import * as tlogProof from '../../log/tlog-proof.ts';
import * as tree from '../../log/tree.ts';
import * as entries from '../../store/log/entries.ts';
import { verifySignature } from '../../store/log/key.ts';
import * as sequencer from '../../store/log/sequencer.ts';
import { sha256 } from '../../store/log/sha256.ts';
import { build } from '../server.ts';

let system: System;
let server: FastifyInstance;
let folder: string;
let alder: { actor: Actor; cookie: string };
let birch: { actor: Actor; cookie: string };

async function enter(name: string, isHost: boolean) {
  const made = await system.database.transaction(itself, (tx) =>
    members.found(system, tx, itself, { name, isHost, isSample: false }, [{ name, roles: ['operator'] }]),
  );
  const id = made.people[0]?.id as `person_${string}`;
  const link = await signIn.createLink(system, id);
  const cookie = `session=${await signIn.signInByLink(system, link.slice(link.indexOf('token=') + 6))}`;
  const actor: Actor = { kind: 'person', id, organisation: made.organisation.id, roles: ['operator'] };
  return { actor, cookie };
}

const act = (actor: Actor, object: string, body: Record<string, unknown> = {}, audience: string[] = []) =>
  system.database.transaction(actor, (tx) =>
    entries.append(tx, { did: 'inventory_kept', object, by: actor, body, audience }),
  );

const get = (url: string, cookie?: string) => server.inject({ url, headers: cookie === undefined ? {} : { cookie } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-log-api-'));
  system = await testSystem();
  server = await build(system, { version: 'test' });
  alder = await enter('alder', true);
  birch = await enter('birch', false);
  for (let number = 0; number < 300; number += 1) await act(alder.actor, `inventory_alder_${number}`, { number });
  await act(birch.actor, 'inventory_birch', { secret: 'known to birch only' });
  await act(birch.actor, 'inventory_shared', {}, [alder.actor.organisation as string]);
  await act(birch.actor, 'advisory_public', {}, ['audience_public']);
  await sequence(system);
  await server.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function head() {
  const text = (await get('/log/checkpoint')).body;
  const lines = text.split('\n');
  return { text, size: Number(lines[1]) };
}

test('tlog-tiles: checkpoint and tiles are served to everybody, with their content types and caching', async () => {
  const { size } = await head();
  const checkpoint = await get('/log/checkpoint');
  const full = await get('/log/tile/0/000');
  const partial = await get(`/log/tile/0/001.p/${size - 256}`);
  const upper = await get('/log/tile/1/000.p/1');

  expect(checkpoint.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(checkpoint.headers['cache-control']).toBe('public, max-age=1');
  expect(full.headers['content-type']).toBe('application/octet-stream');
  expect(full.headers['cache-control']).toContain('immutable');
  expect([full.rawPayload.length, partial.rawPayload.length, upper.rawPayload.length]).toEqual([
    8192,
    (size - 256) * 32,
    32,
  ]);
});

test.each([
  '/log/tile/0/002',
  '/log/tile/0/001',
  '/log/tile/2/000.p/1',
  '/log/tile/0/000.p/0',
  '/log/tile/0/000.p/256',
  '/log/tile/0/0',
  '/log/tile/entries/001',
  '/log/tile/0/000?x=1',
  '/log/tile/',
  '/log/tile/0/000/',
])('tlog-tiles: %s is not there', async (url) => {
  expect((await get(url)).statusCode).toBe(404);
});

test('the public leaves say what kind of thing happened in which hour, and nothing else (I5)', async () => {
  const { size } = await head();
  const width = tile.widthAt('entries', 1, size);
  const bundle = (await get(`/log/${tile.path({ level: 'entries', index: 1, width })}`)).rawPayload;

  expect(bundle.toString('latin1')).not.toMatch(/birch|alder|inventory|person_|organisation_/);
  for (const entry of tile.parseBundle(bundle, width)) {
    expect(leaf.parse(entry)).toMatchObject({ type: 'act', hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d$/) });
  }
});

async function allEntries(cookie?: string) {
  const items: { index: number; object: string; body: string; nonce: string; did: string }[] = [];
  let next: string | undefined;
  do {
    const page = (
      await get(`/api/v1/log/entries?limit=100${next === undefined ? '' : `&after=${next}`}`, cookie)
    ).json();
    items.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return items;
}

test('each reads the openings addressed to them, newest first, page by page, and no others (I5)', async () => {
  const [ofAlder, ofBirch, ofNobody] = [
    await allEntries(alder.cookie),
    await allEntries(birch.cookie),
    await allEntries(),
  ];
  const objects = (items: { object: string }[]) => items.map((one) => one.object);

  expect(objects(ofAlder).filter((one) => one.startsWith('inventory_alder')).length).toBe(300);
  expect(objects(ofAlder)).toContain('inventory_shared');
  expect(objects(ofAlder)).not.toContain('inventory_birch');
  expect(objects(ofBirch)).toEqual(expect.arrayContaining(['inventory_birch', 'inventory_shared', 'advisory_public']));
  expect(objects(ofBirch).some((one) => one.startsWith('inventory_alder'))).toBe(false);
  expect(objects(ofNobody)).toEqual(['advisory_public']);
  const indexes = ofAlder.map((one) => one.index);
  expect(indexes).toEqual(indexes.toSorted((one, two) => two - one));
  expect(new Set(indexes).size).toBe(indexes.length);
});

test('another’s object and a missing one list the same: nothing (I5)', async () => {
  const other = await get('/api/v1/log/entries?object=inventory_birch', alder.cookie);
  const none = await get('/api/v1/log/entries?object=inventory_nowhere', alder.cookie);

  expect(other.statusCode).toBe(200);
  expect(other.body).toBe(none.body);
});

test('a cursor that is not ours is refused', async () => {
  expect((await get('/api/v1/log/entries?after=bm9uc2Vuc2U')).statusCode).toBe(422);
});

test('every entry that somebody reads has a proof that verifies offline with what they read', async () => {
  const key = note.parseKey(sha256, (await get('/api/v1/log/key')).json().key);
  const some = (await allEntries(alder.cookie)).filter((_, at) => at % 40 === 0);

  for (const entry of some) {
    const answer = (await get(`/api/v1/log/entries/${entry.index}/proof`)).json();
    const record = Buffer.from(answer.leaf, 'base64');
    const opening = { nonce: Buffer.from(entry.nonce, 'base64'), body: entry.body };

    expect(proof.isSameHash(leaf.parse(record).commitment, leaf.commit(sha256, opening))).toBe(true);
    expect(await tlogProof.verify(sha256, answer.text, record, key.name, key, verifySignature)).toBe(true);
  }
});

test('there is no proof beyond the end of the log', async () => {
  const { size } = await head();

  expect((await get(`/api/v1/log/entries/${size - 1}/proof`)).statusCode).toBe(200);
  expect((await get(`/api/v1/log/entries/${size}/proof`)).statusCode).toBe(404);
});

async function verifyByCommand(args: string[]) {
  const out = new PassThrough();
  const io = { stdin: Readable.from(['']), stdout: out, stderr: new PassThrough(), env: { XDG_STATE_HOME: folder } };
  const program = new Command().exitOverride();
  register(program, io);
  const code = await program
    .parseAsync(['log', 'verify', ...args, '--format', 'json'], { from: 'user' })
    .catch((error) => (error instanceof Exit ? error.code : Promise.reject(error)));
  return { code, report: JSON.parse(String(out.read())) };
}

test('an export verifies offline by the command, opens what its reader may see, and is itself on record (I7)', async () => {
  const key = (await get('/api/v1/log/key')).json().key;
  const path = join(folder, 'export.ndjson');
  const answer = await get('/api/v1/log/export', birch.cookie);
  writeFileSync(path, answer.body);

  const { code, report } = await verifyByCommand([path, '--key', key]);
  await sequence(system);

  expect(code).toBe(0);
  expect(report).toMatchObject({ valid: true, problems: [], keyFrom: 'given' });
  expect(report.opened).toBe((await allEntries(birch.cookie)).length - 1);
  expect(answer.body).not.toContain('inventory_alder');
  expect((await allEntries(birch.cookie))[0]).toMatchObject({ did: 'log_exported', type: 'access' });
});

test('a server is followed by the command while it grows', async () => {
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;

  const first = await verifyByCommand(['--server', url]);
  for (let number = 0; number < 20; number += 1) await act(alder.actor, `inventory_late_${number}`);
  await sequence(system);
  const second = await verifyByCommand(['--server', url]);

  expect([first.code, second.code]).toEqual([0, 0]);
  expect(second.report.size).toBe(first.report.size + 20);
});

test('the role of the app may neither change nor remove what is on record', async () => {
  const statements = [
    'update log_openings set body = body',
    'delete from log_openings',
    'update log_readers set reader = reader',
    'delete from log_readers',
    'update log_leaves set leaf = leaf',
    'delete from log_leaves',
    'delete from log_pending',
    'update log_tiles set hashes = hashes',
    'delete from log_checkpoints',
    'insert into log_leaves (index, opening, leaf) values (9999, 9999, null)',
  ];
  for (const statement of statements) {
    const client = await system.database.pool.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('role', 'assay_app', true), set_config('app.roles', 'system', true)");

      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('rollback');
      client.release();
    }
  }
});

test('sequencers that run at once place every entry once, across batches, without a gap', async () => {
  const fresh = await testSystem();
  const many = sequencer.batchSizeMax + 300;
  await fresh.database.transaction(alder.actor, async (tx) => {
    for (let number = 0; number < many; number += 1) {
      await entries.append(tx, { did: 'inventory_kept', object: `inventory_${number}`, by: alder.actor });
    }
  });

  const placed = await Promise.all(Array.from({ length: 4 }, () => sequence(fresh)));
  const rest = await sequence(fresh);

  expect(placed.reduce((sum, one) => sum + one, 0) + rest).toBe(many);
  const { rows } = await fresh.database.pool.query<{ index: number; object: string; leaf: Buffer }>(
    'select l.index, o.object, l.leaf from log_leaves l join log_openings o on o.id = l.opening order by l.index',
  );
  expect(rows.map((row) => row.index)).toEqual(Array.from({ length: many }, (_, index) => index));
  expect(rows.map((row) => row.object)).toEqual(Array.from({ length: many }, (_, index) => `inventory_${index}`));
  const frontier = tree.emptyFrontier();
  for (const row of rows) tree.append(sha256, frontier, tree.leafHash(sha256, row.leaf));
  const { rows: heads } = await fresh.database.pool.query<{ note: string }>(
    'select note from log_checkpoints order by size desc limit 1',
  );
  expect(heads[0]?.note.split('\n')[2]).toBe(Buffer.from(tree.root(sha256, frontier)).toString('base64'));
});

test('a database put back to an earlier day is noticed: no second history is signed, and acts go on', async () => {
  const fresh = await testSystem();
  const keep = (object: string) =>
    fresh.database.transaction(alder.actor, (tx) =>
      entries.append(tx, { did: 'inventory_kept', object, by: alder.actor }),
    );
  await keep('inventory_one');
  await sequence(fresh);
  await keep('inventory_two');
  await sequence(fresh);
  await fresh.database.pool.query(`
    delete from log_leaves where index = 1; delete from log_checkpoints where size = 2;
    update log_tiles set hashes = substring(hashes for 32)`);

  await keep('inventory_three');

  await expect(sequence(fresh)).rejects.toThrow('last signed 2 entries');
  const { rows } = await fresh.database.pool.query('select count(*)::int as waiting from log_pending');
  expect(rows[0].waiting).toBe(1);
});

test('an act that fails leaves no entry', async () => {
  const fresh = await testSystem();

  await expect(
    fresh.database.transaction(alder.actor, async (tx) => {
      await entries.append(tx, { did: 'inventory_kept', object: 'inventory_undone', by: alder.actor });
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');

  expect(await sequence(fresh)).toBe(0);
});

test('an export that somebody altered does not verify', async () => {
  const lines = (await get('/api/v1/log/export', birch.cookie)).body.trimEnd().split('\n');
  const altered = lines.map((line) => line.replace('known to birch only', 'known to birch 0nly'));

  const report = await exportFile.verify(Readable.from(altered), { hash: sha256, verifySignature });

  expect(report.valid).toBe(false);
});
