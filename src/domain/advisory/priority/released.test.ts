import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { builtInPolicies } from './built-in.ts';
import { decide, type Inputs, type Policy, valuesOf } from './policy.ts';
import { canonical } from './policy-document.ts';

const testdata = (path: string) => new URL(path, import.meta.url);

/** Every combination of values, unknown among them; numbers at the lower bound of each band. */
function everyInput(policy: Policy): Inputs[] {
  return policy.inputs.reduce<Inputs[]>(
    (list, input) => {
      const values: (string | number)[] = input.bands?.map((band) => band.from) ?? [...valuesOf(input)];
      return list.flatMap((inputs) => [...values, 'unknown'].map((value) => ({ ...inputs, [input.name]: value })));
    },
    [{}],
  );
}

describe('a released policy is never edited: change the version instead', () => {
  // SHA-256 of the canonical bytes, in hexadecimal.
  const digests: Record<string, string> = {
    'bod-26-04 1.0.0': 'e11911590669615365aeee800b1dff3ca9bc82e40c60149187085b54e505ce4d',
    'ssvc-deployer 1.0.0': '5b4d6b6c4f20f06fe18b9777644f8bd77f34f2d022ecb3a90f9864042cbfbc3f',
    'cvss4-epss 1.0.0': '97ea01e46b14c4afd2fff3682c1d825e402b1a62039940458a90307531d4e36b',
  };
  for (const policy of builtInPolicies) {
    test(`${policy.name} ${policy.version}`, () => {
      const digest = createHash('sha256').update(canonical(policy)).digest('hex');

      expect(digest).toBe(digests[`${policy.name} ${policy.version}`]);
    });
  }
});

describe('I11: a version of a policy gives the same decision for the same inputs for ever', () => {
  for (const policy of builtInPolicies) {
    test(`${policy.name} ${policy.version}, all combinations`, async () => {
      const decisions = everyInput(policy).map((inputs) => {
        const { decision, due, isForensicCheckDue, unknowns } = decide(policy, inputs, '2026-11-23');
        const known = policy.inputs.map(({ name }) => inputs[name]).join(' ');
        return `${known}: ${decision}${due ? `, due ${due}` : ''}${isForensicCheckDue ? ', forensic check' : ''}${unknowns.length > 0 ? ` (unknown: ${unknowns.join(', ')})` : ''}`;
      });

      await expect(`${decisions.join('\n')}\n`).toMatchFileSnapshot(`testdata/${policy.name}-${policy.version}.txt`);
    });
  }
});

describe("the rules are CERT/CC's tables, row by row", () => {
  const rows = (name: string) =>
    gunzipSync(readFileSync(testdata(`../ssvc/testdata/${name}.csv.gz`)))
      .toString()
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(','));
  const cases: [string, string][] = [
    ['bod-26-04', 'cisa_bod_26_04_1_0_0'],
    ['ssvc-deployer', 'deployer_patch_application_priority_1_0_0'],
  ];
  for (const [name, table] of cases) {
    test(`${name}: ${table}`, () => {
      const { rules } = builtInPolicies.find((policy) => policy.name === name)!;
      const official = rows(table).map((row) => row.map((value) => (value === 'public poc' ? 'poc' : value)));

      expect(rules.map(({ id, when, outcome }) => [id, ...Object.values(when), outcome])).toEqual(official);
    });
  }
});
