import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Justification, justifications, type Marked, markStates } from '../../domain/advisory/mark.ts';
import { read } from '../inventory.ts';
import { checkValue } from './check.ts';
import { write } from './vex.ts';

const at = '2026-03-01T09:30:00.000Z';
const serial = 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79';

const marked = (over: Partial<Marked> & { mark: Marked['mark'] }): Marked => ({
  purl: 'pkg:npm/left-pad@1.0.0',
  name: 'left-pad',
  version: '1.0.0',
  vulnerabilities: [['CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc']],
  ...over,
});

function readBack(text: string) {
  const answer = read(new TextEncoder().encode(text), 'vex.json');
  if ('problems' in answer) throw new Error(answer.problems[0]?.message);
  return answer.inventory;
}

test('planned, done and not affected become exploitable, resolved and not_affected', () => {
  const text = write({
    serial,
    at,
    subject: { name: 'Example ward 3' },
    statements: [
      marked({ mark: { state: 'planned', reason: 'Sunday', by: 'person_1', at } }),
      marked({ mark: { state: 'done', reason: '', by: 'person_1', at }, vulnerabilities: [['CVE-2026-0002']] }),
      marked({
        mark: {
          state: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
          reason: 'unused',
          by: 'person_1',
          at,
        },
        vulnerabilities: [['CVE-2026-0003']],
      }),
    ],
  });

  const { vex, name, components } = readBack(text);

  expect(name).toBe('Example ward 3');
  expect(components.filter(({ purl }) => purl !== undefined)).toHaveLength(1);
  expect(
    vex.map(({ vulnerabilities, status, justification, statement }) => [
      vulnerabilities,
      status,
      justification,
      statement,
    ]),
  ).toEqual([
    [['CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc'], 'affected', undefined, 'Sunday'],
    [['CVE-2026-0002'], 'fixed', undefined, undefined],
    [['CVE-2026-0003'], 'not_affected', 'vulnerable_code_not_in_execute_path', 'unused'],
  ]);
});

test('a justification that CycloneDX has no word for is written in the detail', () => {
  const justification = 'vulnerable_code_cannot_be_controlled_by_adversary';
  const { vex } = readBack(
    write({
      serial,
      at,
      statements: [marked({ mark: { state: 'not_affected', justification, reason: 'no input', by: 'p', at } })],
    }),
  );

  expect(vex[0]?.statement).toBe(`${justification}: no input`);
});

test('every document written follows the schema of CycloneDX 1.6, whatever the operator typed', () => {
  const mark = fc.record(
    {
      state: fc.constantFrom(...markStates),
      reason: fc.string({ unit: 'grapheme' }),
      justification: fc.constantFrom(...(Object.keys(justifications) as Justification[])),
      by: fc.constant('person_1'),
      at: fc.constant(at),
    },
    { requiredKeys: ['state', 'reason', 'by', 'at'] },
  );
  const statement = fc.record({
    mark: mark as fc.Arbitrary<Marked['mark']>,
    purl: fc.constantFrom('pkg:npm/a@1', 'pkg:npm/b@2', 'pkg:deb/debian/c@3'),
    name: fc.string({ minLength: 1 }),
    version: fc.string(),
    vulnerabilities: fc.array(
      fc.array(fc.constantFrom('CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc', 'OSV-1'), { maxLength: 3 }),
    ),
  });

  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), (statements) => {
      // The same statement twice is one: a list of marks has one per line.
      const once = [...new Map(statements.map((each) => [JSON.stringify(each.vulnerabilities), each])).values()];
      const value: unknown = JSON.parse(write({ serial, at, statements: once }));
      expect(checkValue(value).filter(({ message }) => !message.includes('same item twice'))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
