import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Instant } from '../instant.ts';
import { whyNot } from '../refusal.ts';
import { decisionPolicy } from './decision-policy.ts';
import * as determination from './determination.ts';
import type { Capacity } from './party.ts';

const delegate = { id: 'person_1', name: 'D. Example' } as const;
const now: Instant = '2026-03-01T09:30:00.000Z';
const digest = `sha256:${'ab'.repeat(32)}`;
const other = `sha256:${'cd'.repeat(32)}`;

const events: determination.DeterminationEvent[] = [
  { did: 'submit' },
  { did: 'acknowledge' },
  { did: 'withdraw' },
  ...determination.outcomes.map(
    (outcome) => ({ did: 'record', outcome, decidedOn: '2026-03-01', sentence: 'Text.' }) as const,
  ),
  { did: 'release' },
  { did: 'seal' },
];
const sides: Capacity[] = ['developer', 'authority'];
/** The same version, another one, and a file without a digest. */
const versions = [digest, other, null];

interface Step {
  from: determination.Determination;
  event: determination.DeterminationEvent;
  side: Capacity;
  to: determination.Determination;
}

/** Every state that any sequence of events reaches, and every step between them. */
function explore(): { states: determination.Determination[]; steps: Step[] } {
  const states = new Map<string, determination.Determination>();
  const steps: Step[] = [];
  const open: determination.Determination[] = [
    { state: 'draft' },
    determination.unrequested({ outcome: 'covered', decidedOn: '2026-03-01', sentence: 'Text.' }, delegate, now),
    determination.unrequested({ outcome: 'not_covered', decidedOn: '2026-03-01' }, delegate, now),
  ];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    const key = JSON.stringify(from);
    if (states.has(key)) continue;
    states.set(key, from);
    for (const event of events)
      for (const side of sides)
        for (const modelDigest of versions) {
          const current = from;
          const circumstances = { digest, modelDigest, now };
          const act = () => determination.apply(current, event, { side, delegate }, circumstances);
          if (whyNot(act) !== undefined) continue;
          const to = act();
          steps.push({ from, event, side, to });
          open.push(to);
        }
  }
  return { states: [...states.values()], steps };
}

const { states, steps } = explore();
const isOpen = ({ state }: determination.Determination) =>
  state === 'draft' || state === 'sent' || state === 'with_authority';

test('W1, model check: every state of the brief is reached, and their number is finite', () => {
  console.info(`determination: ${states.length} states, ${steps.length} steps`);

  expect(new Set(states.map(({ state }) => state))).toEqual(
    new Set(['draft', 'sent', 'with_authority', 'withdrawn', ...determination.outcomes]),
  );
});

test('I9, model check: from every state in which there is a request, the developer alone withdraws it, whatever the version and the time', () => {
  for (const from of states.filter(isOpen))
    for (const modelDigest of versions) {
      const circumstances = { digest, modelDigest, now: '2036-03-01T09:30:00.000Z' };
      const by = { side: 'developer', delegate } as const;

      const to = determination.apply(from, { did: 'withdraw' }, by, circumstances);

      expect(to).toEqual({ state: 'withdrawn', withdrawnAt: circumstances.now });
    }
});

test('I9: a withdrawn request keeps no reason, no penalty and no trace of what it was', () => {
  for (const state of states.filter(({ state }) => state === 'withdrawn')) {
    expect(Object.keys(state).sort()).toEqual(['state', 'withdrawnAt']);
  }
});

test('I4, model check: an outcome comes from a delegate’s record alone, and nothing turns one outcome into another', () => {
  for (const { from, event, side, to } of steps) {
    if (!determination.isRecorded(to)) continue;
    if (determination.isRecorded(from)) expect(to.state).toBe(from.state);
    else expect([event.did, side]).toEqual(['record', 'authority']);
  }
});

test('I4: the state says nothing but what the delegate said: outcome, day, delegate, sentence, and when', () => {
  const kept = ['state', 'decidedOn', 'delegate', 'sentence', 'recordedAt', 'isReleased', 'sealedAt'];
  for (const state of states.filter(determination.isRecorded)) {
    expect(kept).toEqual(expect.arrayContaining(Object.keys(state)));
  }
});

test('I1, model check: no event of any side needs or changes anything but the determination itself', () => {
  // `apply` is given the determination, the event, the side and the digests: nothing of a window or a release can reach or leave it.
  for (const { to } of steps) {
    expect(['draft', 'sent', 'with_authority', 'withdrawn', ...determination.outcomes]).toContain(to.state);
  }
});

test('I3: no answer follows from time alone, is no event, and an answer may still come', () => {
  const sent: determination.Determination = { state: 'sent', sentAt: now, answerDays: decisionPolicy.answerDays };
  const circumstances = { digest, modelDigest: digest };
  const late = '2026-03-31T00:00:00.000Z';

  expect(determination.standingOf(sent, { ...circumstances, now: '2026-03-30T23:59:59.999Z' })).toBe('sent');
  expect(determination.standingOf(sent, { ...circumstances, now: late })).toBe('no_answer');
  const record = { did: 'record', outcome: 'not_covered', decidedOn: '2026-03-30' } as const;
  const answered = determination.apply(sent, record, { side: 'authority', delegate }, { ...circumstances, now: late });
  expect(determination.standingOf(answered, { ...circumstances, now: late })).toBe('not_covered');
});

test('I3: no answer, withdrawal and declining to say say in words that nothing follows about the model', () => {
  for (const standing of ['no_answer', 'withdrawn', 'declined_to_say'] as const) {
    expect(determination.standingWords[standing].says).toContain('Nothing about the model follows');
  }
});

test('I3: time never makes an outcome', () => {
  fc.assert(
    fc.property(fc.constantFrom(...states.filter(isOpen)), fc.integer({ min: 0, max: 20_000 }), (state, days) => {
      const at = new Date(Date.parse(now) + days * 86_400_000).toISOString();

      const standing = determination.standingOf(state, { digest, modelDigest: digest, now: at });

      expect(determination.outcomes).not.toContain(standing);
    }),
  );
});

test('W1: a new digest makes a request and an answer those of an earlier version', () => {
  for (const state of states.filter(({ state }) => state !== 'draft' && state !== 'withdrawn')) {
    expect(determination.standingOf(state, { digest, modelDigest: other, now })).toBe('stale');
  }
});

test('W1: the authority answers about the version that was asked about, or not at all', () => {
  const sent: determination.Determination = { state: 'sent', sentAt: now, answerDays: 30 };
  const record = { did: 'record', outcome: 'covered', decidedOn: '2026-03-01' } as const;

  const refusal = whyNot(() =>
    determination.apply(sent, record, { side: 'authority', delegate }, { digest, modelDigest: other, now }),
  );

  expect(refusal?.code).toBe('determination_stale');
});

test('W1: a request without a digest is not sent: it would be about no version', () => {
  const submit = () =>
    determination.apply(
      { state: 'draft' },
      { did: 'submit' },
      { side: 'developer', delegate },
      { digest: null, modelDigest: null, now },
    );

  expect(whyNot(submit)?.code).toBe('determination_digest_missing');
});

test('I5: what nobody asked for is not released until the authority says so', () => {
  const made = determination.unrequested({ outcome: 'covered', decidedOn: '2026-03-01' }, delegate, now);
  const circumstances = { digest, modelDigest: digest, now };

  expect(made.isReleased).toBe(false);
  expect(determination.apply(made, { did: 'release' }, { side: 'authority', delegate }, circumstances)).toMatchObject({
    isReleased: true,
  });
  expect(
    whyNot(() => determination.apply(made, { did: 'release' }, { side: 'developer', delegate }, circumstances))?.code,
  ).toBe('not_permitted');
});

test('a sentence with a marking is refused; a sealed one is gone and stays gone', () => {
  const saying = { outcome: 'covered', decidedOn: '2026-03-01', sentence: '(S//NF) Text.' } as const;
  expect(whyNot(() => determination.unrequested(saying, delegate, now))?.code).toBe('text_marked');

  const made = determination.unrequested({ ...saying, sentence: 'Text.' }, delegate, now);
  const circumstances = { digest, modelDigest: digest, now };
  const sealed = determination.apply(made, { did: 'seal' }, { side: 'authority', delegate }, circumstances);

  expect(sealed).toMatchObject({ sentence: null, sealedAt: now, state: 'covered' });
  expect(JSON.stringify(sealed)).not.toContain('Text.');
});

test('a decision is not of a day to come', () => {
  const saying = { outcome: 'covered', decidedOn: '2026-03-02' } as const;

  expect(whyNot(() => determination.unrequested(saying, delegate, now))?.code).toBe('determination_day');
});
