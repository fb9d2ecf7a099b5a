import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../domain/intake/validation.ts';
import * as statement from './statement.ts';
import * as validation from './validation.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const finding = { id: 'finding_1', digest };
const evidence: Evidence = {
  kitDigest: `sha256:${'b'.repeat(64)}`,
  signal: { kind: 'sanitizer', class: 'heap-buffer-overflow' },
  environment: {
    sandbox: 'bubblewrap 0.8.0',
    os: 'debian 12',
    arch: 'x64',
    tools: [{ name: 'python3', version: 'Python 3.11.2' }],
    hasNetwork: false,
  },
  environmentDigest: `sha256:${'c'.repeat(64)}`,
  series: [
    {
      purpose: 'reproduce',
      command: ['sh', 'crash.sh'],
      version: '1.4.2',
      attempts: [
        {
          isSeen: true,
          ending: 'ended',
          exit: 134,
          durationMs: 120,
          outputDigest: `sha256:${'d'.repeat(64)}`,
          outputBytes: 5,
          head: 'crash',
          tail: '',
        },
      ],
    },
  ],
  tool: { name: 'assay', version: '0.1.0' },
  startedAt: '2026-11-23T08:00:00.000Z',
  endedAt: '2026-11-23T08:01:00.000Z',
};

function reread(bytes: Uint8Array) {
  const found = statement.read(bytes);
  return 'problems' in found ? found : validation.read(found.statement);
}
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const written = () => JSON.parse(new TextDecoder().decode(statement.write(validation.write(finding, evidence))));

test('a statement has the form of in-toto Statement v1', () => {
  expect(written()).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'finding_1', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://assay.example/attestation/validation/v1',
  });
});

test('what is written is read again as it was', () => {
  expect(reread(statement.write(validation.write(finding, evidence)))).toEqual({ finding, evidence });
});

test('fields that a later Statement may add are left out; unknown ones in our own predicate refuse it', () => {
  expect(reread(bytesOf({ ...written(), later: 1 }))).toEqual({ finding, evidence });

  const { predicate, ...rest } = written();
  expect(reread(bytesOf({ ...rest, predicate: { ...predicate, later: 1 } }))).toMatchObject({
    problems: [{ path: 'predicate.later' }],
  });
});

describe('what is refused', () => {
  const change = (path: string, value: unknown) => {
    const whole = written();
    const parts = path.split('.');
    const last = parts.pop() as string;
    const at = parts.reduce((one, part) => one[part], whole);
    at[last] = value;
    return bytesOf(whole);
  };
  test.each([
    ['_type', 'https://in-toto.io/Statement/v0.1', '_type'],
    ['subject', [], 'subject'],
    ['subject', [{ digest: { sha256: 'a'.repeat(64) } }, { digest: { sha256: 'a'.repeat(64) } }], 'subject'],
    ['subject.0.digest', { sha256: 'A'.repeat(64) }, 'subject[0].digest'],
    ['subject.0.digest', { sha512: 'a'.repeat(128) }, 'subject[0].digest'],
    ['predicateType', 'https://slsa.dev/provenance/v1', 'predicateType'],
    ['predicate.startedAt', 'yesterday', 'predicate.startedAt'],
    ['predicate.signal', { kind: 'hunch' }, 'predicate.signal.kind'],
    ['predicate.signal', { kind: 'file', path: '../out' }, 'predicate.signal.path'],
    ['predicate.signal', { kind: 'timeout', code: 1 }, 'predicate.signal.code'],
    ['predicate.series.0.purpose', 'demonstrate', 'predicate.series[0].purpose'],
    ['predicate.series.0.attempts.0.exit', 256, 'predicate.series[0].attempts[0].exit'],
    ['predicate.series.0.attempts.0.durationMs', -1, 'predicate.series[0].attempts[0].durationMs'],
    ['predicate.series.0.attempts.0.head', 'x'.repeat(4097), 'predicate.series[0].attempts[0].head'],
    ['predicate.series.0.attempts', Array(31).fill({}), 'predicate.series[0].attempts'],
  ])('%s: %j', (path, value, at) => {
    expect(reread(change(path, value))).toMatchObject({ problems: [{ path: at }] });
  });

  test('bytes that are not UTF-8', () => {
    expect(reread(Uint8Array.of(0x7b, 0xff, 0x7d))).toHaveProperty('problems');
  });

  test('anything else gives problems, never an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(reread(bytesOf({ ...written(), predicate: value }))).toHaveProperty('problems');
        expect(reread(bytesOf(value))).toHaveProperty('problems');
      }),
    );
  });
});
