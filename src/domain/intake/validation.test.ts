import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  assess,
  differencesFrom,
  independenceOf,
  recordable,
  type Series,
  verdicts,
} from './validation.ts';
import { isPathBelow, type Kit, type Purpose } from './validation-kit.ts';

const attempt = (isSeen: boolean, ending: Attempt['ending'] = 'ended'): Attempt => ({
  isSeen,
  ending,
  durationMs: 10,
  outputDigest: `sha256:${'0'.repeat(64)}`,
  outputBytes: 0,
  head: '',
  tail: '',
});
/** `seen` of `count` attempts show the signal. */
const series = (purpose: Purpose, seen: number, count: number, version?: string): Series => ({
  purpose,
  command: ['true'],
  version,
  attempts: Array.from({ length: count }, (_, index) => attempt(index < seen)),
});
const verdictOf = (...all: Series[]) => assess(all).verdict;

describe('W4: what attempts and their control say', () => {
  test.each([
    ['every attempt shows it, the control does not', [5, 5], [0, 2], 'reproduced'],
    ['a race that shows it in two of five', [2, 5], [0, 2], 'reproduced'],
    ['three attempts are enough where all show it', [3, 3], [0, 1], 'reproduced'],
    ['it showed once only', [1, 5], [0, 2], 'inconclusive'],
    ['it showed in two of thirty', [2, 30], [0, 2], 'inconclusive'],
    ['the control shows it as well', [5, 5], [1, 2], 'inconclusive'],
    ['no control was run', [5, 5], undefined, 'inconclusive'],
    ['it did not show in five', [0, 5], [0, 2], 'not_reproduced'],
    ['it did not show in five, without a control', [0, 5], undefined, 'not_reproduced'],
    ['it did not show in three', [0, 3], [0, 2], 'inconclusive'],
    ['it showed in the control alone', [0, 5], [2, 2], 'inconclusive'],
    ['nothing was attempted', [0, 0], undefined, 'inconclusive'],
  ] as const)('%s', (_name, reproduce, control, verdict) => {
    const controls = control === undefined ? [] : [series('control', control[0], control[1])];

    expect(verdictOf(series('reproduce', reproduce[0], reproduce[1]), ...controls)).toBe(verdict);
  });

  test('an attempt that a limit stopped before the signal counts neither way, and that is said', () => {
    const stopped = { ...series('reproduce', 0, 0), attempts: Array.from({ length: 5 }, () => attempt(false, 'time')) };

    const found = assess([stopped, series('control', 0, 2)]);

    expect(found.verdict).toBe('inconclusive');
    expect(found.tallies.reproduce).toEqual({ seen: 0, attempts: 0 });
    expect(found.reasons.join(' ')).toContain('5 times the run did not come to its end');
  });

  test('a hang that is the signal counts, though it was stopped', () => {
    const hangs = { ...series('reproduce', 0, 0), attempts: Array.from({ length: 3 }, () => attempt(true, 'time')) };

    expect(verdictOf(hangs, series('control', 0, 2))).toBe('reproduced');
  });

  test('older and newest version are told and do not change the verdict', () => {
    const found = assess([
      series('reproduce', 5, 5, '1.4.2'),
      series('control', 0, 2),
      series('baseline', 2, 2, '1.0.0'),
      series('newest', 0, 2, '1.4.3'),
    ]);

    expect(found.verdict).toBe('reproduced');
    expect(found.reasons).toContain('In the older version 1.0.0 it showed in 2 of 2.');
    expect(found.reasons).toContain('In the newest version 1.4.3 it did not show (0 of 2).');
  });

  test('the interval is Wilson’s: 5 of 5 at 95% has its lower end at 0.566', () => {
    const { rate } = assess([series('reproduce', 5, 5)]);

    expect(rate.low).toBeCloseTo(0.5655, 4);
    expect(rate.high).toBe(1);
  });
});

const count = fc.integer({ min: 0, max: 30 });
const tally = fc.tuple(count, count).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

describe('properties', () => {
  test('nothing is reproduced without a clean control that came to its end', () => {
    fc.assert(
      fc.property(tally, fc.option(tally, { nil: undefined }), (reproduce, control) => {
        const all = [series('reproduce', ...reproduce), ...(control ? [series('control', ...control)] : [])];
        if (assess(all).verdict !== 'reproduced') return;

        expect(control?.[0]).toBe(0);
        expect(control?.[1]).toBeGreaterThan(0);
        expect(reproduce[0]).toBeGreaterThan(1);
      }),
    );
  });

  test('more sights never turn reproduced into anything else, nor fewer sights not reproduced', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(29), count, (n, less, controls) => {
        const seen = Math.min(less, n - 1);
        const of = (m: number) => verdictOf(series('reproduce', m, n), series('control', 0, controls));

        if (of(seen) === 'reproduced') expect(of(seen + 1)).toBe('reproduced');
        if (of(seen + 1) === 'not_reproduced') expect(of(seen)).toBe('not_reproduced');
      }),
    );
  });

  test('one sight in the control takes any verdict back', () => {
    fc.assert(
      fc.property(tally, fc.integer({ min: 1, max: 30 }), (reproduce, controls) => {
        expect(verdictOf(series('reproduce', ...reproduce), series('control', 1, controls))).toBe('inconclusive');
      }),
    );
  });

  test('the same record gives the same answer, in whatever order its series stand', () => {
    fc.assert(
      fc.property(tally, tally, tally, (a, b, c) => {
        const all = [series('reproduce', ...a), series('control', ...b), series('newest', ...c)];

        expect(assess(all.toReversed())).toEqual(assess(all));
      }),
    );
  });
});

describe('I5, W4: independent is what the record says, not the validator', () => {
  const other = { finder: 'organisation_lab', verifier: 'organisation_university', hasReadKit: true, reportReads: 0 };

  test('another organisation that never opened the report', () => {
    expect(independenceOf(other).isIndependent).toBe(true);
  });
  test('the finder’s own organisation is not', () => {
    expect(independenceOf({ ...other, verifier: 'organisation_lab' }).isIndependent).toBe(false);
  });
  test('who opened the report itself is not', () => {
    const seen = independenceOf({ ...other, reportReads: 1 });

    expect(seen.isIndependent).toBe(false);
    expect(seen.reasons.join(' ')).toContain('opened the report itself once');
  });
});

test('one independent reproduction lets it be recorded; a dependent one does not, however often', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ verdict: fc.constantFrom(...verdicts), isIndependent: fc.boolean() })),
      (evidence) => {
        const has = (verdict: string) => evidence.some((one) => one.verdict === verdict && one.isIndependent);

        expect(recordable(evidence)).toEqual({ validated: has('reproduced'), not_reproduced: has('not_reproduced') });
      },
    ),
  );
});

test('a path of a kit stays below its folder', () => {
  for (const path of [
    '',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a//b',
    './a',
    'a/',
    'a\\b',
    'a\0b',
    'a\nb',
    'x'.repeat(201),
  ]) {
    expect(isPathBelow(path), path).toBe(false);
  }
  for (const path of ['a', 'src/a.c', '.hidden', 'a b', '..a']) expect(isPathBelow(path), path).toBe(true);
});

describe('what was run against what the kit asks for', () => {
  const kit = {
    signal: { kind: 'exit', code: 3, contains: undefined } as Kit['signal'],
    reproduce: { command: ['sh', 'a.sh'] },
    control: { command: ['sh', 'b.sh'], kind: 'harmless_input' },
  } as Kit;
  const ran = (purpose: Purpose, command: string[], image?: string): Series => ({
    purpose,
    command,
    image,
    attempts: [],
  });

  test('the same is no difference', () => {
    const series = [ran('reproduce', ['sh', 'a.sh']), ran('control', ['sh', 'b.sh'])];

    expect(differencesFrom(kit, { signal: { kind: 'exit', code: 3 }, series })).toEqual([]);
  });
  test.each([
    ['another signal', [], 4, 'Another signal'],
    ['a control of their own', [ran('control', ['sh', '-c', 'x'])], 3, 'The command of the control is'],
    ['words cut elsewhere', [ran('reproduce', ['sh a.sh'])], 3, 'The command of the reproducer is'],
    ['an image', [ran('reproduce', ['sh', 'a.sh'], 'x@sha256:0')], 3, 'The reproducer ran in an image'],
    ['a run the kit has not', [ran('newest', ['true'])], 3, 'The kit has no run on the newest version'],
  ])('%s is told', (_name, series, code, words) => {
    expect(differencesFrom(kit, { signal: { kind: 'exit', code }, series }).join()).toContain(words);
  });
});
