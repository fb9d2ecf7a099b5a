import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { type Actor, anonymous, system as itself } from '../../domain/directory/actor.ts';
import * as advisories from '../../store/advisory/advisories.ts';
import * as aliasGroups from '../../store/advisory/alias-groups.ts';
import { search } from '../../store/advisory/search.ts';
import type { System } from '../system.ts';
import * as imports from './import.ts';

let assay: System;
beforeEach(async () => {
  assay = await testSystem();
});

const snapshot = (name: string): Uint8Array => readFileSync(new URL(`./testdata/${name}.jsonl.gz`, import.meta.url));

async function* cut(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const send = (key: string, bytes: Uint8Array, options?: imports.Options) =>
  imports.run(assay, itself, { key, name: 'PyPI' }, cut(bytes), options);
const sendAll = (key: string, records: unknown[]) =>
  send(key, Buffer.from(records.map((record) => JSON.stringify(record)).join('\n')));

const read = <T>(work: Parameters<typeof assay.database.transaction<T>>[1]) => assay.database.transaction(itself, work);
const count = async (table: string) =>
  (await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(assay.database.owner)).rows[0]
    ?.n;

const advisory = (id: string, fields: Partial<Advisory> = {}): Advisory => ({
  id,
  modified: '2026-01-01T00:00:00.000Z',
  affected: [{ package: { ecosystem: 'npm', name: `package-of-${id.toLowerCase()}` }, versions: ['1.0.0'] }],
  ...fields,
});

describe('importing the old, then the new snapshot of PyPI', () => {
  test('records each change once; importing both again changes nothing', async () => {
    const old = await send('old', snapshot('pysec-old'));
    const next = await send('new', snapshot('pysec-new'));
    const changes = await count('advisory_changes');
    const again = [await send('old again', snapshot('pysec-old')), await send('new again', snapshot('pysec-new'))];

    expect(old).toMatchObject({ state: 'finished', position: 139, added: 139, changed: 0, refused: 0 });
    expect(next).toMatchObject({ position: 199, added: 60, changed: 70, withdrawn: 9, unchanged: 60, refused: 0 });
    expect(changes).toBe(139 + 60 + 70 + 9);
    expect(again).toMatchObject([
      { added: 0, changed: 0, withdrawn: 0, unchanged: 139 },
      { added: 0, changed: 0, withdrawn: 0, unchanged: 199 },
    ]);
    expect(await count('advisory_changes')).toBe(changes);
  });

  test('what is held is what was sent', async () => {
    await send('new', snapshot('pysec-new'));

    const sent = gunzipSync(snapshot('pysec-new'))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const held = await read((tx) =>
      advisories.loadAll(
        tx,
        sent.map((one) => one.id),
      ),
    );

    expect(held).toHaveLength(sent.length);
    for (const one of held) {
      const original = sent.find((other) => other.id === one.id);
      expect(one.affected).toEqual(
        original.affected.map((entry: { versions?: string[] }) => {
          const { versions, ...rest } = entry;
          return versions?.length === 0 ? rest : entry;
        }),
      );
    }
  });
});

describe('which version of an advisory stands', () => {
  const at = (modified: string, summary: string) => advisory('X-1', { modified, summary });
  const held = async () => (await read((tx) => advisories.load(tx, 'X-1')))?.advisory.summary;

  test('an older modified never overwrites a newer one, within one file or over several', async () => {
    await sendAll('a', [at('2026-01-02T00:00:00.000Z', 'newer'), at('2026-01-01T00:00:00.000Z', 'older')]);
    await sendAll('b', [at('2026-01-01T00:00:00.000Z', 'older')]);

    expect(await held()).toBe('newer');
  });

  test('with equal modified, content never seen before stands, and content once replaced never comes back', async () => {
    await sendAll('a', [at('2026-01-01T00:00:00.000Z', 'first')]);
    await sendAll('b', [at('2026-01-01T00:00:00.000Z', 'second')]);
    await sendAll('c', [at('2026-01-01T00:00:00.000Z', 'first')]);

    expect(await held()).toBe('second');
    expect(await count('advisory_changes')).toBe(2);
  });

  test('a withdrawn advisory is kept, is recorded as withdrawn once, and its package is no longer found for matching', async () => {
    const npm = [{ ecosystem: 'npm', name: 'package-of-x-1' }];
    await sendAll('a', [advisory('X-1')]);
    expect(await read((tx) => advisories.ofPackages(tx, npm, 10))).toHaveLength(1);

    const withdrawn = { withdrawn: '2026-02-01T00:00:00.000Z', modified: '2026-02-01T00:00:00.000Z' };
    expect(await sendAll('b', [advisory('X-1', withdrawn)])).toMatchObject({ withdrawn: 1, changed: 0 });

    expect(await read((tx) => advisories.ofPackages(tx, npm, 10))).toHaveLength(0);
    expect((await read((tx) => advisories.load(tx, 'X-1')))?.advisory.withdrawn).toBe(withdrawn.withdrawn);
  });
});

describe('alias groups', () => {
  const groups = async (...names: string[]) => read((tx) => aliasGroups.membersOf(tx, names));

  test('grow with each import, whichever order the records come in', async () => {
    await sendAll('a', [advisory('PYSEC-1', { aliases: ['CVE-2026-0001'] })]);
    await sendAll('b', [advisory('GHSA-1', { aliases: ['CVE-2026-0001'] }), advisory('OTHER-1')]);

    expect((await groups('PYSEC-1')).map((row) => row.name)).toEqual(['CVE-2026-0001', 'GHSA-1', 'PYSEC-1']);
    expect(new Set((await groups('PYSEC-1')).map((row) => row.group))).toEqual(new Set(['CVE-2026-0001']));
  });

  test('part when the record that joined them is withdrawn', async () => {
    await sendAll('a', [advisory('GHSA-1', { aliases: ['A-1', 'B-1'] }), advisory('A-1'), advisory('B-1')]);
    expect(await groups('A-1')).toHaveLength(3);

    const later = '2026-02-01T00:00:00.000Z';
    await sendAll('b', [advisory('GHSA-1', { aliases: ['A-1', 'B-1'], modified: later, withdrawn: later })]);

    for (const name of ['A-1', 'B-1', 'GHSA-1']) expect(await groups(name)).toEqual([{ group: name, name }]);
  });
});

describe('refusing', () => {
  test('a faulty record is counted with its number and reason; the others are kept', async () => {
    const lines = [
      JSON.stringify(advisory('X-1')),
      '{"id":"X-2"',
      '{"id":"X 3","modified":"2026-01-01"}',
      '{"hello":1}',
    ];

    const done = await send('a', Buffer.from(lines.join('\n')));

    expect(done).toMatchObject({ added: 1, refused: 3, position: 4 });
    expect(done.problems.map((problem) => problem.number)).toEqual([2, 3, 4]);
    expect(done.problems[1]).toMatchObject({ path: 'id', clause: 'id' });
  });

  test('a gzip bomb is refused, and what was read before it stays', async () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from(`${JSON.stringify(advisory('X-1'))}\n`), Buffer.alloc(60_000_000, 0x20)]),
    );

    await expect(send('a', bomb)).rejects.toMatchObject({
      code: 'import_broken',
      details: { reason: expect.stringContaining('grows more than') },
    });
    expect(await imports.list(assay, itself, { limit: 1 })).toMatchObject([{ state: 'failed' }]);
  });

  test('an advisory whose names are as long as the reader takes is kept; none of them breaks an index', async () => {
    const long = (length: number) =>
      Array.from({ length }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000))).join('');
    const hostile = advisory(long(200), {
      aliases: [long(199), long(198)],
      upstream: [long(197)],
      summary: `${'word '.repeat(100_000)}${long(100_000)}`,
      details: long(100_000),
      affected: [
        { package: { ecosystem: long(2_000), name: long(1_999) }, versions: [long(1_998)] },
        { ranges: [{ type: 'GIT', repo: long(1_997), events: [{ introduced: long(1_996) }] }] },
      ],
    });

    expect(await sendAll('a', [hostile])).toMatchObject({ added: 1, refused: 0 });
    expect((await read((tx) => advisories.load(tx, hostile.id)))?.advisory).toEqual(hostile);
  });

  test('only administrators, coordinators and the instance itself may import', async () => {
    const operator: Actor = { kind: 'person', id: 'person_1', roles: ['operator'] };
    const source = { key: 'a', name: 'a' };

    await expect(imports.run(assay, operator, source, cut(Buffer.from('{}')))).rejects.toMatchObject({
      code: 'not_permitted',
    });
    await expect(imports.run(assay, anonymous, source, cut(Buffer.from('{}')))).rejects.toMatchObject({
      code: 'not_signed_in',
    });
  });
});

describe('an import in parts', () => {
  const records = Array.from({ length: 30 }, (_, i) => advisory(`X-${i}`));
  const part = (from: number, to: number) =>
    Buffer.from(
      records
        .slice(from, to)
        .map((one) => JSON.stringify(one))
        .join('\n'),
    );

  test('goes on where it stopped, and a part sent twice counts once', async () => {
    await send('a', part(0, 10), { from: 0, isLast: false });
    await send('a', part(0, 10), { from: 0, isLast: false });
    await send('a', part(5, 20), { from: 5, isLast: false });
    const done = await send('a', part(20, 30), { from: 20 });

    expect(done).toMatchObject({ state: 'finished', position: 30, added: 30, unchanged: 0 });
  });

  test('refuses a part when the one before it is missing, and says how far it came', async () => {
    await send('a', part(0, 10), { from: 0, isLast: false });

    await expect(send('a', part(20, 30), { from: 20 })).rejects.toMatchObject({
      code: 'import_gap',
      details: { position: 10 },
    });
  });
});

describe('the record', () => {
  test('each batch that changed something is one log entry for everyone, with the digest of each accepted version', async () => {
    const done = await sendAll('a', [advisory('X-1'), advisory('X-2')]);
    await sendAll('b', [advisory('X-1')]);

    const rows = await assay.database.owner
      .selectFrom('log_openings')
      .innerJoin('log_readers', 'log_readers.opening', 'log_openings.id')
      .select(['did', 'object', 'body'])
      .where('reader', '=', 'audience_public')
      .execute();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ did: 'advisories_imported', object: `${done.id}.1` });
    expect(Object.keys(JSON.parse(rows[0]?.body ?? '').advisories)).toEqual(['X-1', 'X-2']);
  });
});

describe('searching', () => {
  const find = async (asked: Partial<Parameters<typeof search>[1]>) =>
    (await read((tx) => search(tx, { limit: 10, ...asked }))).map((found) => found.id);

  beforeEach(async () => {
    await sendAll('a', [
      advisory('GHSA-aaaa-bbbb-cccc', {
        aliases: ['CVE-2026-0001'],
        summary: 'Prototype pollution in the parser',
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
        modified: '2026-01-03T00:00:00.000Z',
      }),
      advisory('PYSEC-2026-1', {
        details: 'Parsing untrusted pickles executes code.',
        affected: [{ package: { ecosystem: 'PyPI', name: 'Flask_Thing' }, versions: ['1'] }],
        modified: '2026-01-02T00:00:00.000Z',
      }),
      advisory('DSA-1', {
        affected: [{ package: { ecosystem: 'Debian:12', name: 'log4j-core' }, versions: ['1'] }],
      }),
    ]);
  });

  test.each([
    ['an id', { text: 'PYSEC-2026-1' }, ['PYSEC-2026-1']],
    ['an alias, in any case', { text: 'cve-2026-0001' }, ['GHSA-aaaa-bbbb-cccc']],
    ['a GHSA id typed in capitals', { text: 'GHSA-AAAA-BBBB-CCCC' }, ['GHSA-aaaa-bbbb-cccc']],
    ['words of the summary, by their stems', { text: 'parsers pollute' }, ['GHSA-aaaa-bbbb-cccc']],
    ['words of the details', { text: 'pickle' }, ['PYSEC-2026-1']],
    ['the beginning of a word', { text: 'poll' }, ['GHSA-aaaa-bbbb-cccc']],
    ['the name of a package', { text: 'log4j-core' }, ['DSA-1']],
    ['a package exactly', { package: 'flask-thing' }, ['PYSEC-2026-1']],
    ['an ecosystem with all its releases', { ecosystem: 'Debian' }, ['DSA-1']],
    ['one release', { ecosystem: 'Debian:11' }, []],
    ['a lowest score', { scoreMin: 9 }, ['GHSA-aaaa-bbbb-cccc']],
    ['a time since', { modifiedSince: '2026-01-02T00:00:00.000Z' }, ['GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1']],
    ['nothing', {}, ['GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1', 'DSA-1']],
    ['text that would be an operator of the query language', { text: "&|!:*<->'\\" }, []],
  ])('by %s', async (_, asked, expected) => {
    expect(await find(asked)).toEqual(expected);
  });

  test('pages by key: every row once, whatever the size of a page', async () => {
    const seen: string[] = [];
    let after: { modified: string; id: string } | undefined;
    for (let page = 0; page < 4; page++) {
      const rows = await read((tx) => search(tx, { limit: 1, ...(after && { after }) }));
      seen.push(...rows.map((row) => row.id));
      after = rows.at(-1) ?? after;
    }

    expect(seen).toEqual(['GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1', 'DSA-1']);
  });
});
