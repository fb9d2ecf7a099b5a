import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Price } from './price.ts';
import type { RunPlan } from './run-plan.ts';
import { type RunRecord, RunState } from './run-state.ts';
import type { TaskItem } from './task-pack.ts';

const at = '2026-09-01T09:00:00.000Z';
const later = (seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();

const plan: RunPlan = {
  ...{ format: 'assay-run-plan/1', name: 'Sample', pack: 'pack.jsonl', model: 'tidewater-large', attempts: 2 },
  ...{ endpoint: { baseUrl: 'https://models.tidewater.example/v1' }, scorer: { kind: 'includes' } },
  sampling: { maxTokens: 100 },
};
const price: Price = {
  model: 'tidewater-large',
  bands: [{ fromPromptTokens: 0, input: 1, cachedInput: 1, output: 1 }],
};
const items: TaskItem[] = ['a', 'b', 'c'].map((id) => ({ id, input: `Say ${id}`, target: id }));

const begun = (change: Partial<RunPlan> = {}, pack = items) => {
  const state = new RunState({ ...plan, ...change }, pack, price);
  state.apply({ kind: 'run', at, plan: 'p', pack: 'q' });
  state.apply({ kind: 'session', at });
  return state;
};
const place = (item: string, attempt = 1, turn = 1) => ({ item, attempt, turn });
const trying = (item: string, attempt = 1, turn = 1, tokens = 1_000): RunRecord => ({
  ...{ kind: 'try', at, tokens, cost: tokens / 1e6 },
  ...place(item, attempt, turn),
});
const answer = (item: string, attempt = 1, change: object = {}): RunRecord & { kind: 'answer' } => ({
  ...{ kind: 'answer', at, ...place(item, attempt), content: item, toolCalls: [], finishReason: 'stop' },
  ...{ model: 'tidewater-large', fingerprint: 'fp', latencyMs: 5, tries: 1 },
  usage: { promptTokens: 10, completionTokens: 20, cachedTokens: 0, reasoningTokens: 0 },
  ...change,
});
const spentOf = (state: RunState) => {
  const { promptTokens, completionTokens, lostTokens } = state.account();
  return promptTokens + completionTokens + lostTokens;
};

test('every item is asked once before any is asked again', () => {
  const state = begun();

  expect([...state.todo()].map(({ item, attempt }) => `${item.id}${attempt}`)).toEqual([
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'c2',
  ]);
});

describe('an account', () => {
  test('counts what was answered, and what may have been used by tries without an answer', () => {
    const state = begun();
    state.apply(trying('a'));
    state.apply({ kind: 'lost', at, ...place('a'), code: 'timeout', isCharged: true });
    state.apply(trying('a'));
    state.apply({ kind: 'lost', at, ...place('a'), code: 'rate_limited', isCharged: false });
    state.apply(trying('a'));
    state.apply(answer('a'));

    expect(state.account()).toMatchObject({
      tries: 3,
      requests: 1,
      promptTokens: 10,
      completionTokens: 20,
      lostTokens: 1_000,
    });
    expect([...state.rows()]).toMatchObject([
      { item: 'a', score: 1, tokens: 1_030, tries: 3, cost: expect.closeTo(0.00103, 12) },
    ]);
  });

  test('counts no tokens and no try for one that was never sent', () => {
    const state = begun();
    state.apply(trying('a'));
    state.apply({ kind: 'lost', at, ...place('a'), code: 'address', isCharged: false, isSent: false });
    expect(state.account()).toMatchObject({ tries: 0, lostTokens: 0, lostCost: 0 });
    expect(state.underWay).toBe(0);

    state.apply({ kind: 'session', at: later(60) });
    state.apply(trying('a'));
    state.apply(answer('a'));
    expect([...state.rows()]).toMatchObject([{ item: 'a', tokens: 30, tries: 1, cost: expect.closeTo(0.00003, 12) }]);
  });

  test('counts what was under way when the run was killed as used', () => {
    const state = begun();
    state.apply(trying('a'));
    state.apply(trying('b'));
    state.apply({ kind: 'session', at: later(60) });

    expect(state.account()).toMatchObject({ lostTokens: 2_000, lostCost: expect.closeTo(0.002, 12) });
    expect(state.underWay).toBe(0);
  });

  test('of an answer without a usage counts the most it can have been', () => {
    const state = begun();
    state.apply(trying('a'));
    state.apply(answer('a', 1, { usage: null }));

    expect(spentOf(state)).toBe(1_000);
  });
});

test('time counts while the run works, not between two sittings', () => {
  const state = begun();
  state.apply({ ...trying('a'), at: later(10) } as RunRecord);
  state.apply({ kind: 'session', at: later(10_000) });
  state.apply({ ...trying('a'), at: later(10_005) } as RunRecord);

  expect(state.seconds()).toBe(15);
});

describe('a budget', () => {
  test('is never exceeded, whatever happens to the requests, while the endpoint keeps to its limits', () => {
    const step = fc.record({
      item: fc.constantFrom('a', 'b', 'c'),
      attempt: fc.constantFrom(1, 2),
      bytes: fc.nat(3_000),
      // Most wait, so that several are under way at once.
      outcome: fc.constantFrom(
        'wait',
        'wait',
        'wait',
        'answer',
        'answer',
        'silent',
        'lost',
        'refused',
        'unsent',
        'killed',
      ),
      share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    });
    fc.assert(
      fc.property(
        fc.constantFrom('tokens', 'cost'),
        fc.integer({ min: 1, max: 8_000 }),
        fc.array(step, { minLength: 20, maxLength: 60 }),
        (what, most, steps) => {
          // A token costs a millionth.
          const state = begun({ budget: what === 'tokens' ? { tokens: most } : { cost: most / 1e6 } });
          const open = new Map<string, number>();
          for (const { item, attempt, bytes, outcome, share } of steps) {
            const key = `${item} ${attempt}`;
            if (!open.has(key)) {
              if (state.next({ item, attempt }) === undefined) continue;
              const reserve = state.reserveOf(bytes);
              if (state.exceeds(reserve) !== undefined) continue;
              state.apply({ kind: 'try', at, ...place(item, attempt), ...reserve });
              open.set(key, reserve.tokens);
            }
            const held = open.get(key) as number;
            if (outcome === 'wait') continue;
            if (outcome === 'killed') {
              state.apply({ kind: 'session', at });
              open.clear();
              continue;
            }
            open.delete(key);
            const completionTokens = Math.floor(share * 100);
            const usage = {
              promptTokens: Math.floor(share * (held - 100)),
              completionTokens,
              cachedTokens: 0,
              reasoningTokens: 0,
            };
            if (outcome === 'answer') state.apply(answer(item, attempt, { usage }));
            else if (outcome === 'silent') state.apply(answer(item, attempt, { usage: null }));
            else
              state.apply({
                ...{ kind: 'lost', at, ...place(item, attempt), code: outcome, isCharged: outcome === 'lost' },
                ...(outcome === 'unsent' && { isSent: false }),
              });

            const { cost: known, lostCost } = state.account();
            if (what === 'tokens') expect(spentOf(state)).toBeLessThanOrEqual(most);
            else expect((known ?? 0) + (lostCost ?? 0)).toBeLessThanOrEqual(most / 1e6 + 1e-12);
            expect(state.isOverBudget()).toBe(false);
          }
        },
      ),
    );
  });
});

describe('killed anywhere, a run goes on as its journal tells', () => {
  test('the same records give the same result, with a new sitting at any place between them', () => {
    const toolItems: TaskItem[] = items.map((item) => ({
      ...item,
      tools: [{ name: 't', parameters: {}, answers: [], otherwise: 'nothing' }],
    }));
    const calls = [{ id: 'x', name: 't', arguments: '{}' }];
    const records = items.flatMap(({ id }) => [
      trying(id),
      answer(id, 1, { content: null, toolCalls: calls }),
      trying(id, 1, 2),
      answer(id, 1, { turn: 2 }),
    ]);
    const rowsOf = (state: RunState) => [...state.rows()].map(({ tries: _, ...row }) => row);
    const whole = begun({}, toolItems);
    for (const record of records) whole.apply(record);

    fc.assert(
      fc.property(fc.nat(records.length), (cut) => {
        const state = begun({}, toolItems);
        for (const record of records.slice(0, cut)) state.apply(record);
        state.apply({ kind: 'session', at });
        for (const record of records.slice(cut)) {
          // What was already sent is sent again only if its answer never came.
          if (record.kind === 'answer' && state.underWay === 0) state.apply({ ...trying(record.item, 1, record.turn) });
          state.apply(record);
        }

        expect(rowsOf(state)).toEqual(rowsOf(whole));
      }),
    );
  });

  test('an attempt that the endpoint could not answer begins anew in the next sitting; one that it refused does not', () => {
    const state = begun();
    state.apply({ kind: 'failed', at, item: 'a', attempt: 1, code: 'server' });
    state.apply({ kind: 'failed', at, item: 'b', attempt: 1, code: 'refused' });
    expect([...state.todo()][0]?.item.id).toBe('c');

    state.apply({ kind: 'session', at });
    expect([...state.todo()].slice(0, 2).map(({ item }) => item.id)).toEqual(['a', 'c']);
    expect([...state.rows()]).toMatchObject([{ item: 'b', score: null, error: 'refused' }]);
  });
});

describe('what a model is told', () => {
  test('the system text of the plan, unless the item has its own, then the choices with their letters', () => {
    const state = begun({ system: 'Be brief.', scorer: { kind: 'choice' } }, [
      { id: 'a', input: 'Which?', choices: ['red', 'blue'], target: 'B' },
      {
        id: 'b',
        input: [
          { role: 'system', content: 'Be long.' },
          { role: 'user', content: 'Why?' },
        ],
        target: 'x',
      },
    ]);

    expect(state.next({ item: 'a', attempt: 1 })?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: expect.stringMatching(/^Which\?\n\nA\) red\nB\) blue\n\n.*ANSWER: /) },
    ]);
    expect(state.next({ item: 'b', attempt: 1 })?.messages[0]).toEqual({ role: 'system', content: 'Be long.' });
    // Nothing of what is told to one attempt is changed by another.
    expect(state.next({ item: 'a', attempt: 2 })).toEqual(state.next({ item: 'a', attempt: 1 }));
  });

  test('never the target, the canary or the metadata', () => {
    const state = begun({}, [
      {
        id: 'a',
        input: 'Which?',
        target: 'secret-target',
        canary: 'secret-canary-text',
        metadata: { note: 'secret-note' },
      },
    ]);

    expect(JSON.stringify(state.next({ item: 'a', attempt: 1 }))).not.toContain('secret');
  });
});
