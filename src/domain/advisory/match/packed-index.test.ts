import * as pep440 from '@renovatebot/pep440';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import type { Advisory, Affected, RangeEvent } from '../advisory.ts';
import { affects, type Reason } from '../affected.ts';
import { identityOf } from '../package.ts';
import { orderOf, orders } from '../version/order.ts';
import { build, load, type PackedIndex } from './packed-index.ts';

const modified = '2026-01-01T00:00:00.000Z';

/** Versions close together, so that bounds and questions meet often. */
const anyVersion = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.')),
  fc.tuple(fc.nat(3), fc.nat(3)).map((parts) => parts.join('.')),
  fc
    .tuple(fc.nat(3), fc.nat(2), fc.constantFrom('0-rc.1', '0-alpha', '0a1', '0.post1', '1-2', '0+b', '70000', '0.0.1'))
    .map((parts) => parts.join('.')),
  fc.constantFrom('2004d', 'latest', '', '1:1.0', '20190227', 'v1.0.0', '1.0.0-20210101000000-abcdefabcdef'),
);
const anyEvent: fc.Arbitrary<RangeEvent> = fc.oneof(
  fc.constant({ introduced: '0' }),
  anyVersion.map((introduced) => ({ introduced })),
  anyVersion.map((fixed) => ({ fixed })),
  anyVersion.map((last_affected) => ({ last_affected })),
  fc.oneof(anyVersion, fc.constant('*')).map((limit) => ({ limit })),
);
const anyAffected = (ecosystem: string): fc.Arbitrary<Affected> =>
  fc.record({
    package: fc.constantFrom('a', 'b').map((name) => ({ ecosystem, name })),
    ranges: fc.array(
      fc.record({
        type: fc.constantFrom('ECOSYSTEM', 'ECOSYSTEM', 'SEMVER', 'GIT'),
        events: fc.array(anyEvent, { minLength: 1, maxLength: 4 }),
      }),
      { maxLength: 2 },
    ),
    versions: fc.array(anyVersion, { maxLength: 3 }),
  });
const anyAdvisories = (ecosystem: string): fc.Arbitrary<Advisory[]> =>
  fc
    .array(
      fc.record({
        affected: fc.array(anyAffected(ecosystem), { minLength: 1, maxLength: 3 }),
        isWithdrawn: fc.boolean(),
      }),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    .map((list) =>
      list.map(({ affected, isWithdrawn }, index) => ({
        id: `TEST-${index}`,
        modified,
        affected,
        ...(isWithdrawn && index % 3 === 0 ? { withdrawn: modified } : {}),
      })),
    );

/** What the index says of a version: advisory id to reason. */
function answers(
  index: PackedIndex,
  ecosystem: string,
  name: string,
  version: string,
): Map<string, Reason | undefined> {
  const out: number[] = [];
  const end = index.find(ecosystem, name, version, out);
  const found = out
    .slice(0, end)
    .map((row) => [index.ids[index.advisoryOf(row)]!, index.explain(row, version)] as const);
  expect(new Set(found.map(([id]) => id)).size).toBe(found.length);
  const certain = out.slice(0, end).map((row) => index.isAffected(row, version));
  expect(certain).toEqual(found.map(([, reason]) => reason?.certainty === 'affected'));
  return new Map(found);
}

/** As the rules in their plain form say. */
function expected(advisories: Advisory[], ecosystem: string, name: string, version: string): Map<string, Reason> {
  const held = advisories.map((one) => [one.id, affects(one, { ecosystem, name }, version)] as const);
  return new Map(held.filter((one): one is [string, Reason] => one[1] !== undefined));
}

/** Bounds that are the same version may be spelled either way; the conflict of a foreign SEMVER range is not told. */
function comparable(ecosystem: string, reason: Reason | undefined): unknown {
  const own = orderOf(ecosystem);
  const isForeign = reason?.by.kind === 'range' && reason.by.type === 'SEMVER' && own?.name !== 'semver';
  const order = isForeign ? orders.semver : own;
  const same = (version: string) => (order === undefined ? version : order.key(version));
  if (reason?.by.kind === 'list') return { ...reason, by: { kind: 'list', listed: same(reason.by.listed) } };
  if (reason?.by.kind !== 'range') return reason;
  const { type, introduced, end, range } = reason.by;
  const { conflict: _, ...rest } = reason;
  return {
    ...(isForeign ? rest : reason),
    by: {
      kind: 'range',
      range,
      type,
      introduced: introduced === '0' ? '0' : same(introduced),
      end: end && [end.kind, same(end.version)],
    },
  };
}

describe.each(['npm', 'PyPI', 'Debian:12', 'Maven', 'Alpine:v3.15', 'Somewhere New'])('in %s', (ecosystem) => {
  const family = ecosystem.split(':')[0]!;

  test('the packed index gives the answers of the plain rules, with the same reasons', () => {
    fc.assert(
      fc.property(
        anyAdvisories(ecosystem),
        fc.array(anyVersion, { minLength: 1, maxLength: 12 }),
        (advisories, versions) => {
          const index = build(family, advisories);
          for (const name of ['a', 'b']) {
            for (const version of versions) {
              const own = expected(advisories, ecosystem, name, version);
              const found = answers(index, ecosystem, name, version);
              expect([...found.keys()].sort()).toEqual([...own.keys()].sort());
              for (const [id, reason] of own) {
                expect(comparable(ecosystem, found.get(id))).toEqual(comparable(ecosystem, reason));
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('an index that is saved and loaded gives the same answers, and saves to the same bytes', () => {
    fc.assert(
      fc.property(anyAdvisories(ecosystem), fc.array(anyVersion, { maxLength: 8 }), (advisories, versions) => {
        const index = build(family, advisories);
        const bytes = index.save();
        const loaded = loadedFrom(bytes);
        for (const name of ['a', 'b']) {
          for (const version of versions) {
            expect(answers(loaded, ecosystem, name, version)).toEqual(answers(index, ecosystem, name, version));
          }
        }
        expect(loaded.save()).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  test('updating one package gives the answers of an index built anew, before and after it is saved', () => {
    fc.assert(
      fc.property(
        anyAdvisories(ecosystem),
        anyAdvisories(ecosystem),
        fc.array(anyVersion, { maxLength: 8 }),
        fc.boolean(),
        (before, after, versions, isLoadedFirst) => {
          const built = build(family, before);
          const index = isLoadedFirst ? loadedFrom(built.save()) : built;
          for (const version of versions) answers(index, ecosystem, 'a', version);

          index.update({ ecosystem, name: 'a' }, after);

          for (const one of [index, loadedFrom(index.save())]) {
            for (const version of versions) {
              expect([...answers(one, ecosystem, 'a', version).keys()].sort()).toEqual(
                [...expected(after, ecosystem, 'a', version).keys()].sort(),
              );
              expect([...answers(one, ecosystem, 'b', version).keys()].sort()).toEqual(
                [...expected(before, ecosystem, 'b', version).keys()].sort(),
              );
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function loadedFrom(bytes: Uint8Array): PackedIndex {
  const result = load(bytes);
  if ('problem' in result) throw new Error(result.problem);
  return result.index;
}

test('a package with 12,000 advisories takes memory in proportion, and answers as the plain rules do', () => {
  const advisories: Advisory[] = Array.from({ length: 12_000 }, (_, number) => ({
    id: `KERNEL-${number}`,
    modified,
    affected: [
      {
        package: { ecosystem: 'Linux', name: 'Kernel' },
        ranges: [
          {
            type: 'ECOSYSTEM',
            events: [
              { introduced: `${2 + (number % 4)}.${number % 19}.0` },
              { fixed: `6.${number % 20}.${number % 301}` },
            ],
          },
        ],
      },
    ],
  }));
  const index = build('Linux', advisories);

  const found = answers(index, 'Linux', 'Kernel', '6.7.100');

  expect([...found.keys()].sort()).toEqual([...expected(advisories, 'Linux', 'Kernel', '6.7.100').keys()].sort());
  expect(found.size).toBeGreaterThan(5_000);
  expect(index.byteSize).toBeLessThan(8_000_000);
});

const semverText = fc
  .tuple(
    fc.nat(4),
    fc.nat(4),
    fc.nat(140_000),
    fc.option(fc.constantFrom('alpha', 'alpha.1', 'rc.2', 'rc.10', '0'), { nil: undefined }),
  )
  .map(
    ([major, minor, patch, pre]) => `${major}.${minor}.${patch % 7 === 0 ? patch : patch % 5}${pre ? `-${pre}` : ''}`,
  );

test('SEMVER ranges agree with the semver library', () => {
  fc.assert(
    fc.property(
      semverText,
      semverText,
      fc.array(semverText, { minLength: 5, maxLength: 20 }),
      (introduced, fixed, versions) => {
        const index = build('npm', [simple('npm', introduced, fixed)]);
        for (const version of versions) {
          const isIn = semver.gte(version, introduced) && (semver.lt(version, fixed) || semver.gt(introduced, fixed));
          expect(answers(index, 'npm', 'x', version).size === 1).toBe(isIn);
        }
      },
    ),
    { numRuns: 300 },
  );
});

const pep440Text = fc
  .tuple(
    fc.nat(3),
    fc.nat(3),
    fc.constantFrom('', '.0', '.1', 'a1', 'b2', 'rc1', '.post1', '.dev3', 'rc1.dev2', '+local.1', '.2019'),
  )
  .map(([major, minor, rest]) => `${major}.${minor}${rest}`);

test('PyPI ranges agree with the PEP 440 library', () => {
  fc.assert(
    fc.property(
      pep440Text,
      pep440Text,
      fc.array(pep440Text, { minLength: 5, maxLength: 20 }),
      (introduced, fixed, versions) => {
        const index = build('PyPI', [simple('PyPI', introduced, fixed)]);
        for (const version of versions) {
          const isIn = pep440.gte(version, introduced) && (pep440.lt(version, fixed) || pep440.gt(introduced, fixed));
          expect(answers(index, 'PyPI', 'x', version).size === 1).toBe(isIn);
        }
      },
    ),
    { numRuns: 300 },
  );
});

function simple(ecosystem: string, introduced: string, fixed: string): Advisory {
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced }, { fixed }] }];
  return { id: 'TEST-1', modified, affected: [{ package: { ecosystem, name: 'x' }, ranges }] };
}

test('later fixes are given in order of version, each once', () => {
  const index = build('npm', [
    { ...simple('npm', '0', '1.10.0'), id: 'A' },
    { ...simple('npm', '0', '1.9.0'), id: 'B' },
    { ...simple('npm', '1.0.0', '1.9.0'), id: 'C' },
    { ...simple('npm', '0', '0.5.0'), id: 'D' },
  ]);

  expect(index.fixesAfter('npm', 'x', '1.0.0')).toEqual(['1.9.0', '1.10.0']);
});

test('two spellings of one package are one package', () => {
  const index = build(
    'PyPI',
    [simple('PyPI', '0', '2')].map((one) => renamed(one, 'Zope_X')),
  );

  expect(answers(index, 'PyPI', identityOf({ ecosystem: 'PyPI', name: 'zope.x' }).name, '1').size).toBe(1);
});

function renamed(one: Advisory, name: string): Advisory {
  return {
    ...one,
    affected: (one.affected ?? []).map((entry) => ({ ...entry, package: { ecosystem: 'PyPI', name } })),
  };
}

describe('hostile bytes', () => {
  const bytes = build('npm', [simple('npm', '1.0.0', '2.0.0')]).save();

  test('any single changed byte is refused with a reason', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at]! ^= change;
        expect(load(damaged)).toHaveProperty('problem');
      }),
    );
  });

  test('arbitrary bytes, and a file cut short, are refused with a reason', () => {
    fc.assert(fc.property(fc.uint8Array(), (noise) => 'problem' in load(noise)));
    fc.assert(fc.property(fc.nat(bytes.length - 1), (end) => 'problem' in load(bytes.slice(0, end))));
  });

  test('a file that lies with a right checksum is refused or answers within its own bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const forged = bytes.slice();
        forged[at]! ^= change;
        new DataView(forged.buffer).setUint32(8, crcOf(forged), true);
        const result = load(forged);
        if ('problem' in result) return;
        const out: number[] = [];
        const end = result.index.find('npm', 'x', '1.5.0', out);
        expect(end).toBeLessThanOrEqual(1);
        for (const row of out.slice(0, end)) result.index.explain(row, '1.5.0');
      }),
      { numRuns: 500 },
    );
  });
});

/** CRC-32 bit by bit, from its definition. */
function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes.subarray(12)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
