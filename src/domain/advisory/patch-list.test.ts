import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Advisory, RangeEvent } from './advisory.ts';
import { groupsOf } from './alias-group.ts';
import type { Facts } from './fact.ts';
import type { Component, Inventory, VexStatement } from './inventory.ts';
import { open, type Pack, write } from './pack.ts';
import { build, compare, type PatchListInput } from './patch-list.ts';
import { builtIn } from './priority/built-in.ts';

const modified = '2026-02-01T00:00:00.000Z';
const policy = builtIn('bod-26-04')!;
const asOf = '2026-11-23';

function advisory(id: string, name: string, events: RangeEvent[], more: Partial<Advisory> = {}): Advisory {
  return {
    id,
    modified,
    affected: [{ package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] }],
    ...more,
  };
}

function packOf(advisories: Advisory[], facts: Record<string, Partial<Facts>> = {}, ecosystem = 'npm'): Pack {
  const groups = groupsOf(advisories);
  const result = open(
    write({
      ecosystem,
      advisories,
      groupOf: (id) => groups.find((group) => group.members.includes(id)),
      factsOf: (group) => ({ cvss: [], ...facts[group.id] }),
      isKevLoaded: true,
      builtOn: '2026-11-23',
    }),
  );
  if ('problem' in result) throw new Error(result.problem);
  return result.pack;
}

function component(purl: string, path = 'components[0]', more: Partial<Component> = {}): Component {
  const at = purl.lastIndexOf('@');
  return { purl, name: purl.slice(purl.lastIndexOf('/') + 1, at), version: purl.slice(at + 1), path, ...more };
}

function inventoryOf(components: Component[], vex: VexStatement[] = []): Inventory {
  return { format: 'CycloneDX 1.6 JSON', components, vex, problems: [] };
}

function list(components: Component[], packs: Pack[], more: Partial<PatchListInput> = {}) {
  return build({ inventory: inventoryOf(components), packs, policy, asOf, ...more });
}

const kev = {
  kev: { kind: 'kev', source: 'CISA KEV', date: '2026-01-02', dateAdded: '2026-01-02', isRansomwareUse: false },
} as const;

describe('one upgrade', () => {
  test('is the earliest version that closes all', () => {
    const pack = packOf([
      advisory('A', 'x', [{ introduced: '0' }, { fixed: '1.2.0' }]),
      advisory('B', 'x', [{ introduced: '0' }, { fixed: '1.4.0' }]),
      advisory('C', 'x', [{ introduced: '0' }, { fixed: '0.9.0' }]),
    ]);

    const [item] = list([component('pkg:npm/x@1.0.0')], [pack]).items;

    expect(item).toMatchObject({ name: 'x', version: '1.0.0', upgradeTo: '1.4.0', closes: 2, leavesOpen: [] });
    expect(item?.advisories.map(({ id, fixedIn }) => [id, fixedIn])).toEqual([
      ['A', '1.2.0'],
      ['B', '1.4.0'],
    ]);
    expect(item?.reasons[0]).toBe('Upgrade x to 1.4.0: closes 2.');
  });

  test('says what stays open where no version closes all', () => {
    const pack = packOf([
      advisory('A', 'x', [{ introduced: '0' }, { fixed: '1.2.0' }]),
      advisory('B', 'x', [{ introduced: '0' }]),
    ]);

    const [item] = list([component('pkg:npm/x@1.0.0')], [pack]).items;

    expect(item).toMatchObject({ upgradeTo: '1.2.0', closes: 1, leavesOpen: ['B'] });
    expect(item?.advisories.map(({ id, isClosedByUpgrade }) => [id, isClosedByUpgrade])).toEqual([
      ['A', true],
      ['B', false],
    ]);
    expect(item?.reasons[0]).toBe('Upgrade x to 1.2.0: closes 1 of 2. Stays open: B.');
  });

  test('goes past a version that would bring a vulnerability of its own', () => {
    const pack = packOf([
      advisory('A', 'x', [{ introduced: '0' }, { fixed: '1.2.0' }]),
      advisory('B', 'x', [{ introduced: '1.1.0' }, { fixed: '1.3.0' }]),
    ]);

    expect(list([component('pkg:npm/x@1.0.0')], [pack]).items[0]?.upgradeTo).toBe('1.3.0');
  });

  test('stays on a branch that has its own fix', () => {
    const pack = packOf([
      advisory('A', 'x', [{ introduced: '0' }, { fixed: '1.9.5' }, { introduced: '2.0.0' }, { fixed: '2.3.0' }]),
    ]);

    expect(list([component('pkg:npm/x@1.0.0')], [pack]).items[0]?.upgradeTo).toBe('1.9.5');
    expect(list([component('pkg:npm/x@2.1.0')], [pack]).items[0]?.upgradeTo).toBe('2.3.0');
  });

  test('prefers a release to a pre-release that closes as much', () => {
    const pack = packOf([
      advisory('A', 'x', [{ introduced: '0' }, { fixed: '2.0.0-rc.1' }]),
      advisory('B', 'x', [{ introduced: '3.0.0' }, { fixed: '3.0.1' }]),
      advisory('C', 'x', [{ introduced: '5.0.0' }, { fixed: '5.0.1' }]),
    ]);

    expect(list([component('pkg:npm/x@1.0.0')], [pack]).items[0]?.upgradeTo).toBe('3.0.1');
  });

  test('is never a downgrade, and absent where no fix is named', () => {
    const pack = packOf([advisory('A', 'x', [{ introduced: '0' }, { fixed: '0.5.0' }, { introduced: '1.0.0' }])]);

    const [item] = list([component('pkg:npm/x@1.5.0')], [pack]).items;

    expect(item).toMatchObject({ remedy: 'none', leavesOpen: ['A'] });
    expect(item).not.toHaveProperty('upgradeTo');
  });

  test('of a package reported as malicious is to remove it', () => {
    const pack = packOf([advisory('MAL-2026-1', 'x', [{ introduced: '0' }])]);

    expect(list([component('pkg:npm/x@1.5.0')], [pack]).items[0]).toMatchObject({ remedy: 'remove' });
  });

  test('closes nothing that a record of the same vulnerability still names', () => {
    const pack = packOf([
      advisory('GHSA-1', 'x', [{ introduced: '0' }, { fixed: '1.2.0' }], { aliases: ['CVE-2026-0001'] }),
      advisory('OTHER-1', 'x', [{ introduced: '0' }, { fixed: '1.4.0' }], { aliases: ['CVE-2026-0001'] }),
    ]);

    const [item] = list([component('pkg:npm/x@1.0.0')], [pack]).items;

    expect(item?.advisories).toHaveLength(1);
    expect(item?.advisories[0]).toMatchObject({ id: 'CVE-2026-0001', records: ['GHSA-1', 'OTHER-1'] });
    expect(item?.upgradeTo).toBe('1.4.0');
  });

  test('of a distribution package is that of its source, in its own release', () => {
    const fixedIn = (ecosystem: string, fixed: string): Advisory => ({
      id: `DEBIAN-${ecosystem}`,
      modified,
      affected: [
        {
          package: { ecosystem, name: 'openssl' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
        },
      ],
    });
    const pack = packOf(
      [fixedIn('Debian:12', '3.0.11-1~deb12u2'), fixedIn('Debian:11', '1.1.1w-0+deb11u1')],
      {},
      'Debian',
    );
    const built = ['libssl3', 'openssl'].map((name, index) =>
      component(`pkg:deb/debian/${name}@3.0.11-1~deb12u1?distro=debian-12&upstream=openssl`, `components[${index}]`, {
        version: '3.0.11-1~deb12u1',
      }),
    );

    const { items } = list(built, [pack]);

    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      name: 'openssl',
      ecosystem: 'Debian:12',
      upgradeTo: '3.0.11-1~deb12u2',
      count: 2,
    });
  });
});

describe('the order of work', () => {
  test('follows the policy: the most urgent vulnerability of an item decides', () => {
    const pack = packOf(
      [
        advisory('CVE-2026-0001', 'calm', [{ introduced: '0' }, { fixed: '2.0.0' }]),
        advisory('CVE-2026-0002', 'urgent', [{ introduced: '0' }, { fixed: '2.0.0' }]),
        advisory('CVE-2026-0003', 'urgent', [{ introduced: '0' }, { fixed: '2.0.0' }]),
      ],
      {
        'CVE-2026-0003': {
          ...kev,
          cvss: [],
          ssvc: {
            kind: 'ssvc',
            source: 'CISA',
            date: '2026-01-01',
            exploitation: 'active',
            automatable: 'yes',
            technicalImpact: 'total',
          },
        },
        'CVE-2026-0001': {
          cvss: [],
          ssvc: {
            kind: 'ssvc',
            source: 'CISA',
            date: '2026-01-01',
            exploitation: 'none',
            automatable: 'no',
            technicalImpact: 'partial',
          },
        },
      },
    );
    const components = [component('pkg:npm/calm@1.0.0'), component('pkg:npm/urgent@1.0.0', 'components[1]')];

    const { items } = list(components, [pack], { asset: { exposed: 'yes' } });

    expect(items.map(({ name, due, isForensicCheckDue }) => [name, due, isForensicCheckDue])).toEqual([
      ['urgent', '2026-11-26', true],
      ['calm', '2027-01-22', false],
    ]);
    expect(items[0]?.advisories.map(({ id }) => id)).toEqual(['CVE-2026-0003', 'CVE-2026-0002']);
  });

  test('shows what was unknown', () => {
    const pack = packOf([advisory('A', 'x', [{ introduced: '0' }])]);

    expect(list([component('pkg:npm/x@1.0.0')], [pack]).items[0]?.unknowns).toContain('Publicly exposed');
  });
});

test('components that are the same package are one item with count and places', () => {
  const pack = packOf([advisory('A', 'x', [{ introduced: '0' }])]);
  const twice = [
    component('pkg:npm/x@1.0.0', 'b'),
    component('pkg:npm/x@1.0.0?arch=amd64', 'a', { isDevelopmentOnly: true }),
  ];

  const { items, counts } = list(twice, [pack]);

  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ count: 2, isDevelopmentOnly: false, purl: 'pkg:npm/x@1.0.0' });
  expect(items[0]?.components.map(({ path }) => path)).toEqual(['a', 'b']);
  expect(counts).toEqual({ components: 2, packages: 1, affected: 1, vulnerabilities: 1 });
});

test('what was not looked up is listed with the reason', () => {
  const { notChecked } = list(
    [{ name: 'mystery', version: '1', path: 'a' }, component('pkg:cargo/time@0.1.0', 'b')],
    [packOf([advisory('A', 'x', [{ introduced: '0' }])])],
  );

  expect(notChecked).toEqual([
    { name: 'mystery', version: '1', path: 'a', why: 'no_identity' },
    {
      name: 'time',
      version: '0.1.0',
      path: 'b',
      purl: 'pkg:cargo/time@0.1.0',
      why: 'ecosystem_not_held',
      ecosystem: 'crates.io',
    },
  ]);
});

test('an ecosystem whose pack holds no advisory is not held: nothing of it counts as looked up', () => {
  const { notChecked, counts, sources } = list([component('pkg:npm/x@1.0.0')], [packOf([])]);

  expect(notChecked).toEqual([expect.objectContaining({ name: 'x', why: 'ecosystem_not_held', ecosystem: 'npm' })]);
  expect(counts.packages).toBe(0);
  expect(sources).toEqual([]);
});

test('a version that cannot be placed is shown for a person to look at, and decides nothing', () => {
  const pack = packOf([advisory('A', 'x', [{ introduced: '1.0.0' }, { fixed: '2.0.0' }])]);

  const result = list([component('pkg:npm/x@latest')], [pack]);

  expect(result.items).toEqual([]);
  expect(result.undetermined).toEqual([expect.objectContaining({ name: 'x', ids: ['A'], why: 'version_unknown' })]);
});

describe('VEX', () => {
  const pack = packOf([
    advisory('GHSA-1', 'x', [{ introduced: '0' }, { fixed: '1.2.0' }], { aliases: ['CVE-2026-0001'] }),
    advisory('CVE-2026-0002', 'x', [{ introduced: '0' }, { fixed: '1.4.0' }]),
  ]);
  const statement: VexStatement = {
    vulnerabilities: ['CVE-2026-0001'],
    products: ['pkg:npm/x'],
    status: 'not_affected',
    justification: 'vulnerable_code_not_present',
    author: 'Vendor',
  };

  test('takes a vulnerability off the list and keeps the statement', () => {
    const result = list([component('pkg:npm/x@1.0.0')], [pack], { vex: [statement] });

    expect(result.items[0]?.advisories.map(({ id }) => id)).toEqual(['CVE-2026-0002']);
    expect(result.setAside).toEqual([
      expect.objectContaining({
        id: 'CVE-2026-0001',
        standing: { status: 'not_affected', statement, disagreeing: [] },
      }),
    ]);
  });

  test('that confirms a vulnerability stands beside it', () => {
    const vex = [{ ...statement, status: 'affected' as const }];

    const [item] = list([component('pkg:npm/x@1.0.0')], [pack], { vex }).items;

    expect(item?.advisories.find(({ id }) => id === 'CVE-2026-0001')?.vex?.status).toBe('affected');
  });

  test('about one occurrence does not speak for another', () => {
    const components = [
      component('pkg:npm/x@1.0.0', 'a', { ref: 'one' }),
      component('pkg:npm/x@1.0.0', 'b', { ref: 'two' }),
    ];

    const result = list(components, [pack], { vex: [{ ...statement, products: ['one'] }] });

    expect(result.items[0]?.advisories).toHaveLength(2);
    expect(result.setAside).toEqual([]);
  });
});

test('I11: the same inputs in any order give the same list', () => {
  const names = ['a', 'b', 'c'];
  const anyAdvisory = fc
    .record({
      name: fc.constantFrom(...names),
      introduced: fc.nat(3),
      fixed: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      alias: fc.option(fc.nat(3), { nil: undefined }),
    })
    .map(({ name, introduced, fixed, alias }) => ({
      name,
      events: [
        { introduced: `${introduced}.0.0` },
        ...(fixed === undefined ? [] : [{ fixed: `${introduced}.${fixed}.0` }]),
      ],
      aliases: alias === undefined ? [] : [`CVE-2026-000${alias}`],
    }));
  const anyComponent = fc
    .tuple(fc.constantFrom(...names), fc.nat(3), fc.nat(5), fc.nat(9))
    .map(([name, major, minor, place]) => component(`pkg:npm/${name}@${major}.${minor}.0`, `components[${place}]`));
  const anyStatement = fc
    .tuple(
      fc.nat(3),
      fc.constantFrom(...names),
      fc.constantFrom('not_affected' as const, 'affected' as const),
      fc.constantFrom('A', 'B'),
    )
    .map(
      ([id, name, status, author]): VexStatement => ({
        vulnerabilities: [`CVE-2026-000${id}`],
        products: [`pkg:npm/${name}`],
        status,
        author,
      }),
    );
  fc.assert(
    fc.property(
      fc.array(anyAdvisory, { minLength: 1, maxLength: 12 }),
      fc.array(anyComponent, { maxLength: 12 }),
      fc.array(anyStatement, { maxLength: 4 }),
      fc.nat(),
      (some, components, vex, turn) => {
        const advisories = some.map(({ name, events, aliases }, index) =>
          advisory(`T-${index}`, name, events, { aliases }),
        );
        const turned = <T>(items: T[]) => {
          const at = items.length === 0 ? 0 : turn % items.length;
          return [...items.slice(at), ...items.slice(0, at)].reverse();
        };

        expect(list(turned(components), [packOf(turned(advisories))], { vex: turned(vex) })).toEqual(
          list(components, [packOf(advisories)], { vex }),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('an upgrade closes what it says, and no earlier named fix leaves fewer open', () => {
  const events = fc
    .tuple(fc.nat(4), fc.integer({ min: 1, max: 6 }))
    .map(([from, length]): RangeEvent[] => [{ introduced: `1.${from}.0` }, { fixed: `1.${from + length}.0` }]);
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 8 }), fc.nat(5), (ranges, minor) => {
      const advisories = ranges.map((one, index) => advisory(`T-${index}`, 'x', one));
      const pack = packOf(advisories);
      const openAt = (version: string) => {
        const out: number[] = [];
        return pack.index.find('npm', 'x', version, out);
      };

      const [item] = list([component(`pkg:npm/x@1.${minor}.0`)], [pack]).items;

      expect(item === undefined).toBe(openAt(`1.${minor}.0`) === 0);
      if (item === undefined) return;
      const fixes = Array.from({ length: 11 }, (_, index) => index).filter(
        (index) => index > minor && ranges.some((one) => one[1]?.fixed === `1.${index}.0`),
      );
      const least = Math.min(...fixes.map((index) => openAt(`1.${index}.0`)));
      expect(item.upgradeTo).toBe(`1.${fixes.find((index) => openAt(`1.${index}.0`) === least)}.0`);
      expect(item.leavesOpen).toHaveLength(least);
    }),
  );
});

test('two lists differ in what is new, what is gone and what is decided otherwise', () => {
  const before = list(
    [component('pkg:npm/x@1.0.0'), component('pkg:npm/y@1.0.0', 'b')],
    [
      packOf(
        [
          advisory('CVE-2026-0001', 'x', [{ introduced: '0' }]),
          advisory('CVE-2026-0002', 'y', [{ introduced: '0' }, { fixed: '2.0.0' }]),
        ],
        {
          'CVE-2026-0001': {
            cvss: [],
            ssvc: {
              kind: 'ssvc',
              source: 'CISA',
              date: '2026-01-01',
              exploitation: 'none',
              automatable: 'no',
              technicalImpact: 'partial',
            },
          },
        },
      ),
    ],
  );
  const after = list(
    [component('pkg:npm/x@1.0.0'), component('pkg:npm/y@2.0.0', 'b')],
    [
      packOf(
        [advisory('CVE-2026-0001', 'x', [{ introduced: '0' }]), advisory('CVE-2026-0003', 'y', [{ introduced: '0' }])],
        {
          'CVE-2026-0001': {
            ...kev,
            cvss: [],
            ssvc: {
              kind: 'ssvc',
              source: 'CISA',
              date: '2026-01-01',
              exploitation: 'active',
              automatable: 'yes',
              technicalImpact: 'total',
            },
          },
        },
      ),
    ],
  );

  const { appeared, gone, changed } = compare(before, after);

  expect(appeared.map(({ id }) => id)).toEqual(['CVE-2026-0003']);
  expect(gone.map(({ id }) => id)).toEqual(['CVE-2026-0002']);
  expect(changed.map(({ id, before: was, after: is }) => [id, was?.decision === is?.decision])).toEqual([
    ['CVE-2026-0001', false],
  ]);
});

describe('due dates count from the first listing (decision page 62)', () => {
  const facts = { 'CVE-2026-0001': kev };
  const pack = packOf([advisory('CVE-2026-0001', 'x', [{ introduced: '0' }, { fixed: '2.0.0' }])], facts);
  const asset = { exposed: 'yes' } as const;
  const first = list([component('pkg:npm/x@1.0.0')], [pack], { asset });
  const due = first.items[0]!.due!;

  test('next week’s list of the same system has the same date, and says that it has gone by', () => {
    const later = list([component('pkg:npm/x@1.0.0')], [pack], { asset, asOf: '2027-01-23', clocks: first.clocks });

    expect(first.items[0]).toMatchObject({ isOverdue: false });
    expect(later.items[0]).toMatchObject({ due, isOverdue: true });
    expect(later.items[0]!.advisories[0]!.firstListed).toBe(asOf);
    expect(later.items[0]!.reasons).toContain(`First listed here on ${asOf}.`);
    expect(later.items[0]!.reasons).toContain(`Overdue since ${due}.`);
  });

  test('an upgrade to another affected version does not start it anew; a list without it in between neither', () => {
    const without = list([], [pack], { asset, asOf: '2026-12-01', clocks: first.clocks });
    const upgraded = list([component('pkg:npm/x@1.5.0', 'elsewhere')], [pack], {
      asset,
      asOf: '2026-12-08',
      clocks: without.clocks,
    });

    expect(upgraded.items[0]!.due).toBe(due);
  });

  test('another name for the same vulnerability does not start it anew', () => {
    const one = packOf([advisory('GHSA-aaaa-aaaa-aaaa', 'x', [{ introduced: '0' }])]);
    const renamed = packOf([
      advisory('GHSA-aaaa-aaaa-aaaa', 'x', [{ introduced: '0' }]),
      advisory('CVE-2026-0001', 'x', [{ introduced: '0' }], { aliases: ['GHSA-aaaa-aaaa-aaaa'] }),
    ]);
    const before = list([component('pkg:npm/x@1.0.0')], [one], { asset });
    const after = list([component('pkg:npm/x@1.0.0')], [renamed], {
      asset,
      asOf: '2026-12-08',
      clocks: before.clocks,
    });

    expect(after.items[0]!.advisories[0]).toMatchObject({ id: 'CVE-2026-0001', firstListed: asOf });
    expect(after.items[0]!.due).toBe(before.items[0]!.due);
  });

  test('a vulnerability that comes later has a day of its own; the item is due when the first of its vulnerabilities is', () => {
    const both = packOf(
      [
        advisory('CVE-2026-0001', 'x', [{ introduced: '0' }, { fixed: '2.0.0' }]),
        advisory('CVE-2026-0002', 'x', [{ introduced: '0' }, { fixed: '2.0.0' }]),
      ],
      { 'CVE-2026-0001': kev, 'CVE-2026-0002': kev },
    );
    const later = list([component('pkg:npm/x@1.0.0')], [both], { asset, asOf: '2027-01-23', clocks: first.clocks });

    const dueOf = (id: string) => later.items[0]!.advisories.find((each) => each.id === id)!.decision.due!;
    expect(dueOf('CVE-2026-0001')).toBe(due);
    expect(dueOf('CVE-2026-0002') > '2027-01-23').toBe(true);
    expect(later.items[0]).toMatchObject({ due, isOverdue: true });
  });

  test('with nothing else changed no due date moves as days go by, whichever lists were made between; same input, same list (I11)', () => {
    const components = [component('pkg:npm/x@1.0.0'), component('pkg:npm/x@1.5.0', 'components[1]')];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }), (gaps) => {
        let clocks: PatchListInput['clocks'] = [];
        let day = Date.parse(asOf);
        const dues = new Set<string | undefined>();
        for (const gap of [0, ...gaps]) {
          day += gap * 86_400_000;
          const input = { asset, asOf: new Date(day).toISOString().slice(0, 10), clocks: clocks! };
          const made = list(components, [pack], input);
          expect(list([...components].reverse(), [pack], { ...input, clocks: [...clocks!].reverse() })).toEqual(made);
          for (const item of made.items) dues.add(item.due);
          clocks = made.clocks;
        }
        expect([...dues]).toEqual([due]);
      }),
    );
  });
});
