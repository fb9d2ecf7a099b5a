import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtIn, builtInPolicies } from './built-in.ts';
import type { Policy } from './policy.ts';
import { canonical, read, signers, type Verify } from './policy-document.ts';

const problemsOf = (change: (policy: Record<string, never>) => void) => {
  const document = structuredClone(builtIn('bod-26-04')) as unknown as Record<string, never>;
  change(document);
  const result = read(document);
  return 'problems' in result ? result.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('a policy is refused with every fault named', () => {
  // biome-ignore lint/suspicious/noExplicitAny: documents are broken on purpose.
  const faults: [string, (policy: any) => void, string][] = [
    [
      'a combination without rule',
      (p) => p.rules.splice(3, 1),
      'rules: No rule decides inKev no, exposed no, automatable yes, technicalImpact partial',
    ],
    [
      'a rule that can never hold',
      (p) => p.rules.push({ ...p.rules[0], id: '16' }),
      'rules[16]: Rule 16 can never hold',
    ],
    ['two rules of one id', (p) => p.rules.push({ ...p.rules[0] }), 'rules[16].id: Rule 0 stands twice'],
    [
      'an input that is not in the vocabulary',
      (p) => {
        p.inputs[0].name = 'mood';
      },
      'inputs[0].name: Name one of inKev',
    ],
    [
      'an input named twice',
      (p) => {
        p.inputs[1].name = 'inKev';
      },
      'inputs[1].name: inKev stands twice',
    ],
    [
      'a value that the input does not have',
      (p) => {
        p.rules[2].when.exposed = 'maybe';
      },
      'rules[2].when.exposed: exposed has no, yes, not maybe',
    ],
    [
      'an outcome that is not listed',
      (p) => {
        p.rules[2].outcome = 'soon';
      },
      'rules[2].outcome: soon is not among the outcomes',
    ],
    [
      'a rule without source',
      (p) => {
        delete p.rules[2].source;
      },
      'rules[2].source: undefined is not among the sources',
    ],
    [
      'a rule without date',
      (p) => {
        p.rules[2].date = '2026-02-30';
      },
      'rules[2].date: Give the day',
    ],
    [
      'silence on unknown inputs',
      (p) => {
        delete p.inputs[1].whenUnknown;
      },
      'inputs[1].whenUnknown: Say what happens',
    ],
    [
      'an assumed value that is none',
      (p) => {
        p.inputs[0].whenUnknown.value = 'x';
      },
      'inputs[0].whenUnknown.value: Assume one of no, yes',
    ],
    [
      'bands for an input with values',
      (p) => {
        p.inputs[0].bands = [{ name: 'a', from: 0 }];
      },
      'inputs[0].bands: inKev has its own values',
    ],
    [
      'days that are not whole',
      (p) => {
        p.outcomes[0].days = 1.5;
      },
      'outcomes[0].days: Days are whole',
    ],
    [
      'another format',
      (p) => {
        p.format = 'assay-policy/9';
      },
      'format: Write',
    ],
    [
      'a field nobody knows',
      (p) => {
        p.rules[0].note = 'x';
      },
      'rules[0].note: This field is not known',
    ],
    [
      'a version that is none',
      (p) => {
        p.version = 'latest';
      },
      'version: Give a version',
    ],
    [
      'no rules',
      (p) => {
        p.rules = [];
      },
      'rules: Give a list',
    ],
  ];
  for (const [name, change, expected] of faults) {
    test(name, () => {
      expect(problemsOf(change).some((problem) => problem.startsWith(expected))).toBe(true);
    });
  }

  test('numbers need rising bands from the least value', () => {
    const document = structuredClone(builtIn('cvss4-epss')!);
    document.inputs[1]!.bands = [
      { name: 'a', from: 0.2 },
      { name: 'b', from: 0.1 },
    ];

    expect(read(document)).toMatchObject({ problems: [{ path: 'inputs[1].bands' }, ...Array(3).fill({})] });
  });

  test('arbitrary JSON gives problems, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('inputs', 'rules', 'outcomes', 'sources'), (value, field) => {
        expect('problems' in read(value)).toBe(true);
        expect('problems' in read({ ...builtIn('bod-26-04'), [field]: value })).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('RFC 8785 canonical bytes and Ed25519 signatures', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const verifyEd25519: Verify = (key, message, signature) => {
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
    return verify(null, message, { key: spki, format: 'der', type: 'spki' }, signature);
  };
  const signatureOf = (policy: Policy) => ({
    keyId: 'example-key',
    signature: new Uint8Array(sign(null, canonical(policy), privateKey)),
  });
  const trusted = new Map([['example-key', raw]]);
  const policy = builtInPolicies[0]!;

  test('spacing and member order of the file do not change the bytes', () => {
    const reordered = Object.fromEntries(Object.entries(structuredClone(policy)).reverse()) as unknown as Policy;

    expect(canonical(reordered)).toEqual(canonical(policy));
  });

  test('a signature of a trusted key over this policy is found', async () => {
    expect(await signers(policy, [signatureOf(policy)], trusted, verifyEd25519)).toEqual(['example-key']);
  });

  test('an edited policy, a key nobody trusts and a signature given twice count for nothing more', async () => {
    const edited = structuredClone(policy);
    edited.outcomes[0]!.days = 30;
    const signature = signatureOf(policy);

    expect(await signers(edited, [signature], trusted, verifyEd25519)).toEqual([]);
    expect(await signers(policy, [signature], new Map(), verifyEd25519)).toEqual([]);
    expect(await signers(policy, [signature, signature], trusted, verifyEd25519)).toEqual(['example-key']);
  });
});
