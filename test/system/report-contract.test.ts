/** The reader's check of a report and the API's contract for it are two: what one takes, the other takes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Report, ShownReport } from '../../src/api/contract/reports.ts';
import { limits } from '../../src/domain/intake/report.ts';
import { checkReport } from '../../src/formats/finding/report.ts';

/** Values that are right, at a bound, beyond it, or of another kind. */
const wrong = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue() },
  fc.constantFrom<unknown>(undefined, null, '', 0, -1, 1.5, Number.NaN, [], {}, [null], [''], true),
);
const length = (max: number) => fc.constantFrom(1, max - 1, max, max + 1).map((size) => 'x'.repeat(Math.max(0, size)));
// What no database stores is refused by both: U+0000 and halves of characters.
const stray = fc.constantFrom('a\u0000b', '\ud800', 'a\udc00', '\ud83d\ude00');
const text = (max: number) => fc.oneof(fc.string({ maxLength: 20 }), stray, length(max));
const field = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: right }, wrong);
const list = (each: fc.Arbitrary<unknown>, max: number, right: unknown = 'x') =>
  fc.oneof(
    fc.array(field(each), { maxLength: 3 }),
    fc.constantFrom(max, max + 1).map((size) => new Array(size).fill(right)),
  );

type Model = Record<string, fc.Arbitrary<unknown>>;
const extra = fc.constantFrom<object>(
  { unknown: 1 },
  { unknown: undefined },
  { toString: 1 },
  JSON.parse('{"__proto__":1}'),
);

/** Little at once, so that nothing wrong hides behind another fault: what must be there, and one or two fields of the model. */
function record(model: Model, required: object = {}): fc.Arbitrary<object> {
  const one = fc
    .constantFrom(...Object.keys(model))
    .chain((name) => field(model[name] as fc.Arbitrary<unknown>).map((value) => ({ [name]: value })));
  return fc.oneof(
    { weight: 20, arbitrary: one.map((some) => ({ ...required, ...some })) },
    { weight: 5, arbitrary: fc.tuple(one, one).map(([a, b]) => ({ ...required, ...a, ...b })) },
    { weight: 1, arbitrary: one },
    {
      weight: 1,
      arbitrary: extra.map((more) => Object.defineProperties({ ...required }, Object.getOwnPropertyDescriptors(more))),
    },
  );
}

const name = text(limits.nameLengthMax);
const purl = fc.constantFrom(
  'pkg:npm/left-pad',
  'pkg:pypi/left@1.0.0',
  'PKG:npm/left',
  'pkg:npm/',
  'pkg:/left',
  'npm/left',
  'pkg:maven/left',
  'pkg:npm/%',
);
const vector = fc.constantFrom(
  'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N',
  'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
  '(AV:N/AC:L/Au:N/C:P/I:P/A:P)',
  'CVSS:3.1/AV:Q',
  'CVSS:3.1/AV:N/AC:L',
  'CVSS:5.0/AV:N',
  '9.8',
);
const moment = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2000-02-29T23:59:59.123456Z',
    '2026-13-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00Z\n',
    '0000-01-00T00:00:00Z',
    '2026-00-10T00:00:00Z',
  ),
);
const line = fc.oneof(fc.integer(), fc.constantFrom(0, 1, 100_000_000, 100_000_001, 1.5, -0, 2 ** 60));

const report = record(
  {
    key: text(limits.keyLengthMax),
    title: text(limits.titleLengthMax),
    description: text(limits.textLengthMax),
    component: record(
      {
        purl: fc.oneof(name, purl),
        ecosystem: name,
        name,
        version: name,
        affected: text(2000),
        fixed: list(name, limits.fixedMax),
      },
      { name: 'left-pad' },
    ),
    places: list(record({ path: name, symbol: name, startLine: line, endLine: line }), limits.placesMax, {}),
    aliases: list(text(100), limits.aliasesMax),
    weaknesses: list(
      fc.constantFrom('CWE-79', 'CWE-0', 'CWE-99999', 'CWE-100000', 'CWE-', 'cwe-79', 'CWE-79 ', 'CWE-79\n'),
      limits.weaknessesMax,
      'CWE-79',
    ),
    severity: list(fc.oneof({ weight: 3, arbitrary: vector }, text(300)), 5, 'AV:N/AC:L/Au:N/C:P/I:P/A:P'),
    severityLevel: fc.constantFrom('critical', 'high', 'medium', 'low', 'none', 'High', 'toString', ''),
    stack: text(limits.stackLengthMax),
    reproduction: text(limits.textLengthMax),
    impact: text(limits.textLengthMax),
    patch: text(limits.textLengthMax),
    references: list(text(limits.referenceLengthMax), limits.referencesMax),
    provenance: record({
      tool: name,
      toolVersion: name,
      rule: name,
      agent: name,
      model: name,
      harness: name,
      promptDigest: fc.constantFrom(`sha256:${'a'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, 'sha256:', 'a'.repeat(64)),
    }),
    foundAt: moment,
  },
  { title: 'Overflow', component: { purl: 'pkg:npm/left-pad' } },
);

test('what the check of a report takes, the contract of the API takes, and nothing else', () => {
  const numRuns = 4000;
  let taken = 0;

  fc.assert(
    fc.property(report, (value) => {
      const answer = checkReport(value);

      expect(!Array.isArray(answer)).toBe(Report.safeParse(value).success);
      taken += Array.isArray(answer) ? 0 : 1;
    }),
    { numRuns },
  );

  // Neither answer is rare, or the property would say little.
  expect(taken).toBeGreaterThan(numRuns / 4);
  expect(taken).toBeLessThan((numRuns * 3) / 4);
});

test('both refuse any other JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(!Array.isArray(checkReport(value))).toBe(Report.safeParse(value).success);
    }),
  );
});

test('a report is given back as it is; each fault says where it stands', () => {
  const good = { title: 'Overflow', component: { purl: 'pkg:npm/left-pad' } };

  expect(checkReport(good)).toBe(good);
  expect(checkReport({ title: '', component: { name: 'a', other: 1 }, places: [{ startLine: 0 }] })).toEqual([
    { path: 'title', message: 'This is empty. Leave it out, or fill it in.' },
    { path: 'component', message: '"other" is no field of a report.' },
    { path: 'places[0].startLine', message: 'This is not a line: a whole number from 1 to 100000000.' },
  ]);
});

test('what is no package URL is refused by both, with the way out', () => {
  const named = { title: 'Overflow', component: { purl: 'ferry-parser' } };

  expect(checkReport(named)).toEqual([{ path: 'component.purl', message: expect.stringContaining('"name" instead') }]);
  expect(Report.safeParse(named).error?.issues).toMatchObject([
    { path: ['component', 'purl'], message: expect.stringContaining('"name" instead') },
  ]);
});

test('what is no CVSS vector is refused by both, with what is wrong in it and the way out', () => {
  const scored = { title: 'Overflow', component: { name: 'ferry-parser' }, severity: ['CVSS:3.1/AV:Q'] };
  const message = expect.stringMatching(/Metric AV cannot be "Q".*"severityLevel" instead/);

  expect(checkReport(scored)).toEqual([{ path: 'severity[0]', message }]);
  expect(Report.safeParse(scored).error?.issues).toMatchObject([{ path: ['severity', 0], message }]);
});

test('a vector that was kept before it would be refused is shown as it was taken', () => {
  const kept = { title: 'Overflow', component: { name: 'ferry-parser' }, severity: ['CVSS:3.1/AV:Q'] };

  expect(ShownReport.parse(kept)).toEqual(kept);
});
