/** The official schema, and the rules of the SARIF SDK's Validate command, by its own inputs and expected outputs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { check } from './check.ts';
import { consistency } from './consistency.ts';

const files = new Map(
  gunzipSync(readFileSync(join(import.meta.dirname, '../testdata/finding-sarif.jsonl.gz')))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file: string; text: string })
    .map(({ file, text }) => [file, text] as const),
);
const logOf = (file: string) => JSON.parse((files.get(file) as string).replace(/^\ufeff/, '')) as JsonObject;

interface Expected {
  runs: { results?: { ruleId: string; message: { id: string; arguments: string[] } }[] }[];
}

/** Rules of the SDK that are held here, without those of their messages that are not. */
const held = ['SARIF1004', 'SARIF1005', 'SARIF1007', 'SARIF1009', 'SARIF1010', 'SARIF1012'];
const notHeld = new Set([
  // Members of the conversion and of invocations that hold lists of locations; graphs.
  'threadFlowLocation.index',
  'graphTraversal.resultGraphIndex',
  'graphTraversal.runGraphIndex',
]);

test.each(held)(
  '%s: the faults of the official input are found where the SDK finds them, and none in the valid one',
  (rule) => {
    const inputs = [...files.keys()].filter((file) => file.startsWith(`sdk-validate/Inputs/${rule}.`));
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) {
      const expected = (logOf(input.replace('Inputs', 'ExpectedOutputs')) as unknown as Expected).runs
        .flatMap(({ results }) => results ?? [])
        .filter(({ ruleId, message }) => ruleId === rule && !notHeld.has(message.arguments.slice(1, 3).join('.')))
        .map(({ message }) => message.arguments[0] as string);

      const found = consistency(logOf(input)).map(({ path }) => path);

      expect(found.filter((path) => expected.includes(path)).sort(), input).toEqual(expected.sort());
      if (input.includes('_Valid')) expect(found, input).toEqual([]);
    }
  },
);

test('the schema takes the samples of the tutorials, and refuses what is no log', () => {
  const samples = [...files.keys()].filter((file) => /^tutorials\/(?:1|2|3)-.*\.sarif$/.test(file));
  expect(samples.length).toBeGreaterThan(5);
  const faulty = samples.filter((file) => check(logOf(file)).length > 0);

  expect(faulty).toEqual([]);
  expect(check({ version: '2.1.0' })).toMatchObject([{ path: '', message: '"runs" is missing.' }]);
  expect(check({ version: '2.0.0', runs: [] })).toMatchObject([{ path: 'version' }]);
  expect(check([])).not.toEqual([]);
});

test('each fault names its clause', () => {
  for (const file of files.keys()) {
    if (!file.startsWith('sdk-validate/Inputs/SARIF')) continue;
    for (const problem of consistency(logOf(file))) expect(problem.clause).toMatch(/^3(?:\.\d+){1,2}$/);
  }
});

test('any value gives faults, never an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      check({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [value], properties: value }] });
      consistency({ runs: [value, { results: [value], originalUriBaseIds: value, artifacts: value }] });
    }),
  );
});
