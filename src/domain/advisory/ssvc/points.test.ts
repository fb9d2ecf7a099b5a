import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Advisory } from '../advisory.ts';
import type { Fact, SsvcFact } from '../fact.ts';
import { pointsOf } from './points.ts';

const advisory = (more: Partial<Advisory>): Advisory => ({
  id: 'EXAMPLE-2026-1',
  modified: '2026-11-01T00:00:00.000Z',
  ...more,
});
const vector = (score: string) => advisory({ severity: [{ type: 'CVSS_V3', score }] });
const open = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N';

describe('points that CISA has recorded stand', () => {
  const recorded: SsvcFact = {
    kind: 'ssvc',
    source: 'CISA Vulnrichment',
    date: '2026-10-01',
    exploitation: 'active',
    automatable: 'no',
    technicalImpact: 'partial',
  };

  test('whole: given back as they are, without derivation', () => {
    expect(pointsOf([vector(open)], [recorded])).toBe(recorded);
  });

  test('in part: only what is missing is derived, and only that has a sentence', () => {
    const { technicalImpact: _, ...part } = recorded;

    expect(pointsOf([vector(open)], [part])).toEqual({
      ...recorded,
      technicalImpact: 'total',
      derivation: [
        'Technical impact: total. The CVSS 3.1 vector states full loss of confidentiality and of integrity.',
      ],
    });
  });
});

describe('automatable (SSVC Automatable 2.0.0)', () => {
  const cases: [string, Advisory, 'yes' | 'no' | undefined, string][] = [
    ['nothing stands in the way', vector(open), 'yes', 'asks for no access, no privileges'],
    ['user interaction', vector(open.replace('UI:N', 'UI:R')), 'no', 'asks for user interaction (UI)'],
    [
      'an account and local access',
      vector(open.replace('AV:N', 'AV:L').replace('PR:N', 'PR:L')),
      'no',
      'local access (AV), privileges (PR)',
    ],
    [
      'attack requirements of v4.0',
      vector('CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'),
      'no',
      'attack requirements (AT)',
    ],
    ['v2', vector('AV:N/AC:L/Au:S/C:P/I:P/A:P'), 'no', 'an account (Au)'],
    [
      'a browser weakness',
      { ...vector(open), database_specific: { cwe_ids: ['CWE-1004'] } },
      'no',
      'CWE-1004 acts through the browser',
    ],
    [
      'an answer of a server',
      { ...vector(open), details: 'A crafted response crashes the resolver.' },
      'no',
      'answer of a server',
    ],
    [
      'a vector only in the text',
      advisory({ details: 'CVSS Vector: (CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H).' }),
      'yes',
      'The CVSS 3.0 vector',
    ],
    [
      'local access in words',
      advisory({ details: 'A local user can read the file.' }),
      'no',
      'local or physical access',
    ],
    ['an account in words', advisory({ details: 'An authenticated user can read the file.' }), 'no', 'has an account'],
    [
      'unauthenticated in words is no account',
      advisory({ details: 'An unauthenticated user can read the file.' }),
      undefined,
      '',
    ],
    ['nothing told', advisory({ details: 'A flaw.' }), undefined, ''],
  ];
  for (const [name, given, value, because] of cases) {
    test(`${name}: ${value ?? 'unknown'}`, () => {
      const points = pointsOf([given], []);

      expect(points?.automatable).toBe(value);
      if (value !== undefined)
        expect(points?.derivation?.find((text) => text.startsWith('Automatable'))).toContain(because);
    });
  }
});

describe('technical impact (SSVC Technical Impact 1.0.0)', () => {
  const cases: [string, Advisory, 'partial' | 'total' | undefined][] = [
    ['confidentiality and integrity lost whole', vector(open), 'total'],
    ['integrity kept in part', vector(open.replace('I:H', 'I:L')), 'partial'],
    ['v4.0', vector('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N'), 'total'],
    ['code execution in words', advisory({ details: 'It allows attackers to execute arbitrary code.' }), 'total'],
    ['nothing told', advisory({ details: 'A flaw.' }), undefined],
  ];
  for (const [name, given, value] of cases) {
    test(`${name}: ${value ?? 'unknown'}`, () => {
      expect(pointsOf([given], [])?.technicalImpact).toBe(value);
    });
  }
});

describe('exploitation (SSVC Exploitation 1.1.0)', () => {
  const kev: Fact = {
    kind: 'kev',
    source: 'CISA KEV',
    date: '2026-11-01',
    dateAdded: '2026-10-30',
    isRansomwareUse: false,
  };
  const reference = (url: string, type = 'WEB') => advisory({ references: [{ type, url }] });
  const cases: [string, Advisory, Fact[], string | undefined][] = [
    ['in KEV', vector(open), [kev], 'active'],
    ['an exploit database', reference('https://www.exploit-db.com/exploits/1'), [], 'poc'],
    ['a report with steps', reference('https://huntr.com/bounties/1'), [], 'poc'],
    ['marked by the issuer', reference('https://example.org/x', 'EVIDENCE'), [], 'poc'],
    ['in words', advisory({ details: 'The exploit has been disclosed to the public.' }), [], 'poc'],
    ['exploit maturity of the vector', vector(`${open}/E:F`), [], 'poc'],
    [
      'attacks stated in a v4.0 vector',
      vector('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N/E:A'),
      [],
      'active',
    ],
    ['an address that only looks like one', reference('https://example.org/exploit-db.com/'), [], undefined],
    ['nothing told', advisory({ details: 'A flaw.' }), [], undefined],
  ];
  for (const [name, given, facts, value] of cases) {
    test(`${name}: ${value ?? 'unknown'}`, () => {
      expect(pointsOf([given], facts)?.exploitation).toBe(value);
    });
  }
});

test('hostile text is read in bounded time', () => {
  const texts = ['crafted ', 'execute of ', 'CVSS:3.1/'.padEnd(160, 'A'), 'AV:N/', 'un authenticated ', 'user '];
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.string(), (part, tail) => {
      const started = performance.now();
      pointsOf([advisory({ details: part.repeat(200_000) + tail })], []);

      expect(performance.now() - started).toBeLessThan(500);
    }),
    { numRuns: 20 },
  );
});
