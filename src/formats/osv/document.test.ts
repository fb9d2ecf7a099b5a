import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as document from './document.ts';

const lines = gunzipSync(readFileSync(new URL('./testdata/real.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .trim()
  .split('\n');

const smallest = { id: 'X-1', modified: '2026-03-01T09:30:00Z' };

describe('reading', () => {
  test('every advisory drawn from nine public databases is read', () => {
    for (const line of lines) {
      expect(document.parse(line).advisory?.id, line.slice(0, 200)).toBe(JSON.parse(line).id);
    }
  });

  test('what was written reads back as the same advisory, with nothing left to mend', () => {
    for (const line of lines) {
      const first = document.parse(line).advisory!;

      const again = document.parse(document.write(first));

      expect(again).toEqual({ advisory: first, problems: [] });
    }
  });

  test('an id and a modified time are all that an advisory needs', () => {
    expect(document.read(smallest)).toEqual({
      advisory: { id: 'X-1', modified: '2026-03-01T09:30:00.000Z' },
      problems: [],
    });
  });

  test.each([
    ['2026-03-01T09:30:00.123456Z', '2026-03-01T09:30:00.123Z'],
    ['2026-03-01T10:30:00+01:00', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01 09:30:00.5+00:00', '2026-03-01T09:30:00.500Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ])('the time %s is the instant %s', (text, instant) => {
    expect(document.read({ ...smallest, modified: text }).advisory?.modified).toBe(instant);
  });

  test.each(['yesterday', '2026-13-01T00:00:00Z', '', 'T', 20260301])('the time %j is refused', (text) => {
    const { advisory, problems } = document.read({ ...smallest, modified: text });

    expect(advisory).toBeUndefined();
    expect(problems.map((problem) => problem.path)).toContain('modified');
  });

  test('a scalar where text belongs is read as text, and said', () => {
    const affected = [{ package: { ecosystem: 'PyPI', name: 'a' }, versions: [1.5, '2'] }];

    const { advisory, problems } = document.read({ ...smallest, affected });

    expect(advisory?.affected?.[0]?.versions).toEqual(['1.5', '2']);
    expect(problems).toEqual([
      {
        path: 'affected[0].versions[0]',
        clause: 'affected[].versions',
        message: 'This is text; the number 1.5 was read as text.',
      },
    ]);
  });

  test('an event with several keys is read as several events, in the order introduced, fixed, last_affected, limit', () => {
    const ranges = [{ type: 'SEMVER', events: [{ fixed: '2.0.0', introduced: '1.0.0' }] }];

    const { advisory, problems } = document.read({ ...smallest, affected: [{ ranges }] });

    expect(advisory?.affected?.[0]?.ranges?.[0]?.events).toEqual([{ introduced: '1.0.0' }, { fixed: '2.0.0' }]);
    expect(problems).toHaveLength(1);
  });

  test('unknown ecosystems, range types and id prefixes are kept', () => {
    const affected = [{ package: { ecosystem: 'Moonbase:7', name: 'a' }, ranges: [{ type: 'TIDE', events: [] }] }];

    expect(document.read({ ...smallest, affected }).advisory?.affected).toEqual(affected);
  });

  test('lists that are null are empty', () => {
    const nothing = { aliases: null, affected: null, references: null, severity: null };

    expect(document.read({ ...smallest, ...nothing })).toEqual(document.read(smallest));
  });
});

describe('refusing', () => {
  test.each([
    ['no object', 7],
    ['no id', { modified: '2026-03-01T09:30:00Z' }],
    ['an id with a space', { ...smallest, id: 'a b' }],
    ['an id with a bidirectional override', { ...smallest, id: 'a\u202eb' }],
    ['no modified time', { id: 'X-1' }],
    ['a package without a name', { ...smallest, affected: [{ package: { ecosystem: 'npm' } }] }],
    ['a range without a type', { ...smallest, affected: [{ ranges: [{ events: [] }] }] }],
    ['a NUL character', { ...smallest, details: 'a\0b' }],
    ['half a surrogate pair', { ...smallest, database_specific: { a: ['\ud800'] } }],
    ['the key __proto__', JSON.parse('{"id":"X-1","modified":"2026-03-01","database_specific":{"__proto__":1}}')],
  ])('%s is refused with a reason', (_, value) => {
    const { advisory, problems } = document.read(value);

    expect(advisory).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
  });

  test('a document nested deeper than the limit is refused before anything else looks at it', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

    const { advisory, problems } = document.parse(`{"id":"X-1","modified":"2026-03-01","affected":${deep}}`);

    expect(advisory).toBeUndefined();
    expect(problems[0]?.message).toContain('nested deeper');
  });

  test('text beyond the size limit is refused unparsed', () => {
    const { problems } = document.parse(`"${'a'.repeat(document.sizeMax)}"`);

    expect(problems[0]?.message).toContain('longer than');
  });

  test('arbitrary JSON gives an advisory or problems, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const reading = document.read(value);
        expect(reading.advisory !== undefined || reading.problems.length > 0).toBe(true);
      }),
    );
  });

  test('an advisory with any one field replaced by arbitrary JSON never causes an exception', () => {
    const fields = ['id', 'modified', 'withdrawn', 'aliases', 'severity', 'affected', 'references', 'credits'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 5 }), (field, value) => {
        const reading = document.read({ ...smallest, [field]: value });
        expect(reading.advisory !== undefined || reading.problems.length > 0).toBe(true);
      }),
    );
  });
});
