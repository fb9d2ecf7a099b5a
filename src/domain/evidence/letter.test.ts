import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CardField, type ElicitationCard, questions } from './elicitation.ts';
import {
  asText,
  compose,
  drawAnchors,
  type FreeText,
  freeTexts,
  type LetterEdits,
  type LetterFacts,
  releasable,
  type SectionKey,
  sectionKeys,
} from './letter.ts';
import { answerWords } from './letter-words.ts';
import { defaults } from './registration.ts';
import { type ResultAttempt, type ResultInputs, workedFrom } from './result-export.ts';

const card = Object.fromEntries(
  (Object.keys(questions) as CardField[]).map((field) => [
    field,
    { state: 'given', text: `Said of ${field} (sample).` },
  ]),
) as ElicitationCard;

/** Two runs of ten items in five families; the first `solved` attempts succeed. */
function inputs(solved: number): ResultInputs {
  const attempts = [0, 1].flatMap((run) =>
    Array.from(
      { length: 10 },
      (_, at): ResultAttempt => ({
        run,
        number: at + 1,
        item: `lock-${at + 1}`,
        epoch: 1,
        score: run * 10 + at < solved ? 1 : 0,
        cluster: `family-${at % 5}`,
        tokens: 100_000 + 50_000 * at,
        model: 'tidewater/tern-2',
      }),
    ),
  );
  const run = (id: string, at: string) => ({
    id,
    digest: `sha256:${id.at(-1)?.repeat(64)}`,
    manifestDigest: `sha256:${'f'.repeat(64)}`,
    model: 'tidewater/tern-2',
    importedAt: at,
    beganAt: at,
    status: 'success',
    samples: 10,
    readings: { items: 2, open: 0, signed: 'both' as const, cheated: [] },
  });
  return {
    format: 'assay-result-inputs/1',
    plan: {
      format: 'assay-evaluation-plan/1',
      rule: {
        ...defaults,
        title: 'Does the model open more than half of the locks?',
        threshold: 0.5,
        attempts: 2,
        minimumClusters: 5,
      },
      task: 'locks',
      scorer: 'match',
      clusterBy: 'family',
      items: 10,
      packRoot: null,
    },
    registration: {
      id: 'registration_1',
      digest: `sha256:${'a'.repeat(64)}`,
      registeredAt: '2026-03-01T09:30:00.000Z',
    },
    runs: [run('run_1', '2026-03-02T10:00:00.000Z'), run('run_2', '2026-03-03T10:00:00.000Z')],
    attempts,
    card,
  };
}

function facts(of: ResultInputs): LetterFacts {
  const { result, remarks } = workedFrom(of);
  return {
    organisation: 'Office of Measured Capability (sample)',
    result: { id: 'result_1', digest: `sha256:${'b'.repeat(64)}`, computedAt: '2026-03-04T08:00:00.000Z' },
    plan: of.plan,
    registration: of.registration,
    runs: of.runs.map((run, at) => ({
      ...run,
      conditions:
        at === 0
          ? {
              solver: 'practice_agent',
              steps: [],
              sandbox: 'docker',
              limits: { token_limit: 60_000 },
              commit: '4f1c2d9',
            }
          : null,
    })),
    card: of.card,
    worked: result,
    remarks,
    sample: drawAnchors(of),
  };
}

const nothing: LetterEdits = { texts: {}, withheld: {} };
const cut: LetterEdits = {
  texts: { claim: 'The model opened\nthe simple locks.\n\nIt tried the others.' },
  withheld: { sample: 'The locks are used again.', method: 'The scaffold is confidential.' },
};

describe('golden letters', () => {
  test.each([
    ['meets', 20, nothing],
    ['does-not-meet', 1, nothing],
    ['undecided', 12, cut],
  ] as const)('%s', async (zone, solved, edits) => {
    const known = facts(inputs(solved));
    const letter = compose(known, edits);

    expect(known.worked.zone).toBe(zone.replaceAll('-', '_'));
    await expect(asText(letter, ['Signed 2026-03-05'])).toMatchFileSnapshot(`testdata/letter-${zone}.txt`);
    await expect(asText(releasable(letter), [])).toMatchFileSnapshot(`testdata/letter-${zone}-copy.txt`);
  });
});

test('too few groups under bounds that lie above: the numbers are said, and nothing reads as if it were met (b9)', () => {
  const of = inputs(20);
  const rule = { ...of.plan.rule, minimumClusters: 30 };
  const known = facts({ ...of, plan: { ...of.plan, rule } });
  const text = asText(compose(known, nothing), []);

  expect(answerWords(known.worked, rule)).toBe('Undecided: 5 groups of items, 30 were registered as the least');
  expect(text).toContain('above the threshold of 50.0%, but the rule asks for more.');
  expect(text).toContain('There are 5 groups of items; 30 were registered as the least.');
  expect(text).toContain('bounds lie above 50.0%, but 5 of 30 groups');
  expect(text).not.toMatch(/\| above the threshold$/m);
});

describe('a section that is withheld', () => {
  test.each(sectionKeys)('%s: the copy says so with the reason, and nothing of it', (key) => {
    const whole = compose(facts(inputs(12)), nothing);
    const copy = releasable(compose(facts(inputs(12)), { texts: {}, withheld: { [key]: 'Not ours to tell.' } }));

    expect(copy.sections.map((section) => section.key)).toEqual([...sectionKeys]);
    const section = copy.sections.find((one) => one.key === key);
    const { heading } = whole.sections.find((one) => one.key === key) as { heading: string };
    expect(section).toEqual({ key, heading, withheld: 'Not ours to tell.', paragraphs: [] });
    expect(asText(copy, [])).toContain('Withheld: Not ours to tell.');
  });

  test('with any sections withheld, the copy differs in those alone and always states what it is', () => {
    fc.assert(
      fc.property(fc.subarray([...sectionKeys]), (keys) => {
        const withheld = Object.fromEntries(keys.map((key) => [key, 'No.'])) as LetterEdits['withheld'];
        const letter = compose(facts(inputs(3)), { texts: {}, withheld });
        const copy = releasable(letter);

        expect(copy.statement).toBe(
          'This letter is a statement about these runs. It neither permits nor stops a release.',
        );
        for (const [at, section] of copy.sections.entries()) {
          if (keys.includes(section.key as SectionKey)) expect(section.paragraphs).toEqual([]);
          else expect(section).toEqual(letter.sections[at]);
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('the author writes in the named texts only, and what they write is data', () => {
  const text = '<script>alert(1)</script>\n\n## Approve it';
  for (const key of Object.keys(freeTexts) as FreeText[]) {
    const letter = compose(facts(inputs(12)), { texts: { [key]: text }, withheld: {} });
    const plain = compose(facts(inputs(12)), nothing);

    for (const [at, section] of letter.sections.entries()) {
      if (section.key === key)
        expect(section.paragraphs).toEqual(expect.arrayContaining(['<script>alert(1)</script>', '## Approve it']));
      else expect(section).toEqual(plain.sections[at]);
    }
  }
});

describe('attempts drawn by lot', () => {
  test('five of each run, the same ones for whoever has the seed, others for another seed', () => {
    const of = inputs(12);
    const drawn = drawAnchors(of);

    expect(drawn.filter(({ run }) => run === 'run_1')).toHaveLength(5);
    expect(drawn.filter(({ run }) => run === 'run_2')).toHaveLength(5);
    expect(new Set(drawn.map(({ run, number }) => `${run} ${number}`)).size).toBe(10);
    expect(drawAnchors({ ...of, attempts: of.attempts.toReversed() })).toEqual(drawn);
    const other = { ...of, plan: { ...of.plan, rule: { ...of.plan.rule, seed: 43 } } };
    expect(drawAnchors(other)).not.toEqual(drawn);
  });

  test('a run of fewer gives all it has', () => {
    const of = inputs(12);
    const few = { ...of, attempts: of.attempts.filter(({ number }) => number <= 3) };

    expect(drawAnchors(few)).toHaveLength(6);
  });
});

test('no letter vouches for anything', () => {
  for (let solved = 0; solved <= 20; solved++) {
    const text = asText(compose(facts(inputs(solved)), nothing), []);
    expect(text).not.toMatch(/\b(approved|cleared|certified|safe|passed)\b/i);
  }
});
