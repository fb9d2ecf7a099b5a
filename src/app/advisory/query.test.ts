import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { testSystem } from '../../../test/system/test-system.ts';
import type { Advisory } from '../../domain/advisory/advisory.ts';
import { affects } from '../../domain/advisory/affected.ts';
import { familyOf, identityOf, type PackageIdentity, packagesOf } from '../../domain/advisory/package.ts';
import { anonymous, system as itself } from '../../domain/directory/actor.ts';
import * as osv from '../../formats/osv/document.ts';
import type { System } from '../system.ts';
import * as imports from './import.ts';
import * as packs from './packs.ts';
import * as query from './query.ts';

const files = ['ghsa', 'distributions', 'haskell', 'oss-fuzz', 'rustsec'].map((name) =>
  readFileSync(new URL(`../../../sample/advisories/${name}.jsonl.gz`, import.meta.url)),
);
const advisory = (id: string, fields: Partial<Advisory>): Advisory => ({
  id,
  modified: '2026-01-01T00:00:00.000Z',
  ...fields,
});
const range = (introduced: string, fixed: string) => [
  { type: 'ECOSYSTEM' as const, events: [{ introduced }, { fixed }] },
];
/** What the sample has none of: several releases, an order that is not known, a withdrawn record, a version without digits. */
const made: Advisory[] = [
  ...['Debian:11', 'Debian:12', 'Debian'].map((ecosystem, number) =>
    advisory(`EX-2026-000${number}`, {
      affected: [{ package: { ecosystem, name: 'example' }, ranges: range('0', `1.${number}-1`) }],
    }),
  ),
  advisory('EX-2026-0003', {
    affected: [
      { package: { ecosystem: 'Android', name: 'example' }, ranges: range('0', '12'), versions: ['11', 'main'] },
    ],
  }),
  advisory('EX-2026-0004', {
    affected: [
      {
        package: { ecosystem: 'Android', name: 'example' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '12.0.0' }] }],
      },
    ],
  }),
  advisory('EX-2026-0005', {
    withdrawn: '2026-01-01T00:00:00.000Z',
    affected: [{ package: { ecosystem: 'npm', name: 'example' }, ranges: range('0', '2.0.0') }],
  }),
  advisory('EX-2026-0006', {
    affected: [
      { package: { ecosystem: 'npm', name: 'example' }, ranges: range('1.0.0', '2.0.0'), versions: ['latest'] },
    ],
  }),
  advisory('EX-2026-0007', {
    affected: [
      { package: { ecosystem: 'npm', name: 'example' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }] },
    ],
  }),
  advisory('EX-2026-0008', {
    affected: [
      { package: { ecosystem: 'Maven:https://repository.example.org', name: 'org.example:example' }, versions: ['1'] },
    ],
  }),
];
const sample = [
  ...files.flatMap((file) =>
    gunzipSync(file)
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ),
  ...made,
].map((value) => {
  const read = osv.read(value);
  if (read.advisory === undefined) throw new Error(read.problems[0]?.message);
  return read.advisory;
});

async function send(system: System, key: string, bytes: Uint8Array): Promise<void> {
  const pieces = async function* () {
    yield bytes;
  };
  const { state } = await imports.run(system, itself, { key, name: 'test' }, pieces());
  expect(state).toBe('finished');
}
const sendAll = (system: System, key: string, records: Advisory[]) =>
  send(system, key, Buffer.from(records.map((record) => JSON.stringify(record)).join('\n')));

async function loaded(): Promise<System> {
  const system = await testSystem();
  for (const [number, file] of files.entries()) await send(system, `file ${number}`, file);
  await sendAll(system, 'made', made);
  return system;
}

/** Every package that the sample names, with the advisories that name it and the versions that they speak of. */
interface Named {
  of: PackageIdentity;
  advisories: Set<Advisory>;
  versions: Set<string>;
}
const named = new Map<string, Named>();
function name(one: Advisory, of: PackageIdentity, versions: Iterable<string | undefined>): void {
  const key = `${of.ecosystem}\n${of.name}`;
  const held = named.get(key) ?? { of, advisories: new Set(), versions: new Set() };
  named.set(key, held);
  held.advisories.add(one);
  for (const version of versions) if (version !== undefined) held.versions.add(version);
}
for (const one of sample) {
  for (const { package: of, versions = [], ranges = [] } of one.affected ?? []) {
    if (of !== undefined) name(one, identityOf(of), versions);
    for (const { type, repo, events } of ranges) {
      const bounds = events.map((event) => event.introduced ?? event.fixed ?? event.last_affected);
      if (type !== 'GIT' && of !== undefined) name(one, identityOf(of), bounds);
      if (type === 'GIT' && repo !== undefined) name(one, identityOf({ ecosystem: 'GIT', name: repo }), bounds);
    }
  }
}

/** The plain rules, one advisory after the other: an ecosystem without release asks for all its releases. */
function plainly(asked: PackageIdentity, version: string): string[] {
  const ids = new Set<string>();
  for (const { of, advisories } of named.values()) {
    if (of.name !== asked.name || (of.ecosystem !== asked.ecosystem && familyOf(of.ecosystem) !== asked.ecosystem))
      continue;
    for (const one of advisories) {
      const isAnswer =
        version === '' ? one.withdrawn === undefined : affects(one, of, version)?.certainty === 'affected';
      if (isAnswer) ids.add(one.id);
    }
  }
  return [...ids].sort();
}

const all = [...named.values()];
const few = all.filter(({ of }) => of.name.endsWith('example'));
const versionFor = ({ versions }: Named) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...versions, '1'), fc.constantFrom('', '', '', '.1', '-rc1', '-1', '+deb12u1', 'a', '~'))
      .map(([version, end]) => `${version}${end}`),
    fc.constantFrom('', '0', '1.0.0', 'latest', 'main', 'not a version', '99999999999999999999.1', '1:2.3-4'),
  );
const question = fc.oneof(fc.constantFrom(...all), fc.constantFrom(...few)).chain((one) =>
  fc.record({
    ecosystem: fc.constantFrom(one.of.ecosystem, one.of.ecosystem, familyOf(one.of.ecosystem), 'Debian:13', 'No such'),
    name: fc.constant(one.of.name),
    version: versionFor(one),
  }),
);

const idsOf = (found: { id: string }[] | query.Problem | undefined) =>
  found === undefined || 'problem' in found ? found : found.map(({ id }) => id);
const ask = async (system: System, asked: query.Query) => idsOf(await query.advisoriesFor(system, anonymous, asked));
const example = (version: string, ecosystem = 'npm') => ({ package: { ecosystem, name: 'example' }, version });

describe('what the packs answer is what the plain rules answer', () => {
  let packed: System;
  let unpacked: System;
  beforeAll(async () => {
    [packed, unpacked] = [await loaded(), await loaded()];
    await packs.buildTouched(packed);
  }, 120_000);

  test('for packages at any version: of any release, of an unknown order or ecosystem, withdrawn, without version', async () => {
    const agree = fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 60 }), async (questions) => {
      const queries = questions.map(({ ecosystem, name, version }) => ({ package: { ecosystem, name }, version }));
      const plain = questions.map(({ ecosystem, name, version }) => plainly({ ecosystem, name }, version));

      expect((await query.answer(packed, anonymous, queries)).map(idsOf)).toEqual(plain);
      expect((await query.answer(unpacked, anonymous, queries)).map(idsOf)).toEqual(plain);
    });
    await fc.assert(agree, { numRuns: 60 });
  }, 120_000);

  test('for package URLs of real inventories', async () => {
    const purls = gunzipSync(readFileSync(new URL('../../../bench/testdata/real-purls.txt.gz', import.meta.url)))
      .toString('utf8')
      .trim()
      .split('\n')
      .filter((purl) => packagesOf({ purl }).length > 0);
    const found: string[] = [];
    for (let at = 0; at < purls.length; at += 1000) {
      const queries = purls.slice(at, at + 1000).map((purl) => ({ package: { purl } }));
      const plain = purls.slice(at, at + 1000).map((purl) => {
        const ids = packagesOf({ purl }).flatMap(({ version, ...of }) => plainly(of, version));
        return [...new Set(ids)].sort();
      });
      found.push(...plain.flat());

      const answers = await query.answer(packed, anonymous, queries);

      expect(answers.map(idsOf)).toEqual(plain);
    }
    expect(found.length).toBeGreaterThan(10);
  }, 60_000);

  test('with the date of the last change, as the advisory has it', async () => {
    const [found] = await query.answer(packed, anonymous, [example('1.5.0')]);

    expect(found).toEqual([
      { id: 'EX-2026-0006', modified: '2026-01-01T00:00:00.000Z' },
      { id: 'EX-2026-0007', modified: '2026-01-01T00:00:00.000Z' },
    ]);
  });
});

describe('an acknowledged import is answered from then on, whether the packs were rebuilt or not', () => {
  const first = advisory('EX-2026-0100', {
    affected: [{ package: { ecosystem: 'npm', name: 'example' }, ranges: range('0', '2.0.0') }],
  });
  const later = (day: string, fields: Partial<Advisory>) => ({
    ...first,
    modified: `2026-01-${day}T00:00:00.000Z`,
    ...fields,
  });

  test('a new advisory, a corrected one, one of another ecosystem, a withdrawn one', async () => {
    const system = await testSystem();
    const seen: unknown[] = [];
    const look = async () =>
      seen.push([await ask(system, example('1.0.0')), await ask(system, example('1.0.0', 'PyPI'))]);
    const steps = [
      first,
      later('02', { affected: [{ package: { ecosystem: 'npm', name: 'example' }, ranges: range('0', '1.0.0') }] }),
      later('03', { affected: [{ package: { ecosystem: 'PyPI', name: 'example' }, ranges: range('0', '2.0.0') }] }),
      later('04', { affected: [{ package: { ecosystem: 'npm', name: 'example' }, ranges: range('0', '2.0.0') }] }),
      later('05', { withdrawn: '2026-01-05T00:00:00.000Z' }),
    ];

    for (const [number, step] of steps.entries()) {
      await sendAll(system, `step ${number}`, [step]);
      await look();
      await packs.buildTouched(system);
      await look();
    }

    const npm = [['EX-2026-0100'], []];
    const nowhere = [[], []];
    const pypi = [[], ['EX-2026-0100']];
    expect(seen).toEqual([npm, nowhere, pypi, npm, nowhere].flatMap((state) => [state, state]));
  });
});

test('packages at a version are answered from the pack alone, once it is as new as the advisories', async () => {
  const system = await testSystem();
  await sendAll(system, 'made', made);
  await packs.buildTouched(system);
  await sql`delete from advisory_packages`.execute(system.database.owner);

  const [found] = await query.answer(system, anonymous, [example('1.5.0')]);

  expect(idsOf(found)).toEqual(['EX-2026-0006', 'EX-2026-0007']);
});

describe('what one request may cost', () => {
  let system: System;
  beforeAll(async () => {
    system = await testSystem();
    const of = (name: string, id: number) =>
      advisory(`EX-2026-${id}`, { affected: [{ package: { ecosystem: 'npm', name }, ranges: range('0', '2.0.0') }] });
    await sendAll(
      system,
      'many',
      Array.from({ length: 400 }, (_, number) => of('many', 1000 + number)),
    );
    await packs.buildTouched(system);
  });
  const many = (version: string, count: number) =>
    Array.from({ length: count }, () => ({ package: { ecosystem: 'npm', name: 'many' }, version }));

  test.each(['1.0.0', 'latest', ''])(
    'a batch that finds more than 100,000 advisories is refused whole: version "%s"',
    async (version) => {
      const within = await query.answer(system, anonymous, many(version, 250));
      const beyond = await query.answer(system, anonymous, many(version, 251));

      expect(within.some((one) => 'problem' in one)).toBe(false);
      expect(beyond).toHaveLength(251);
      expect(beyond.every((one) => 'problem' in one)).toBe(true);
    },
  );

  test('others are served while a large batch is answered', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);

    await query.answer(system, anonymous, many('1.0.0', 250));
    isDone = true;

    expect(turns).toBeGreaterThan(15);
  });
});
