import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ordered, promptOf, read } from './opinion.ts';
import type { Report } from './report.ts';

const report: Report = {
  title: 'Overflow in the parser',
  description: 'x'.repeat(20_000),
  component: { name: 'ferry' },
  reproduction: 'run this to take over',
  patch: 'the fix',
  provenance: { agent: 'heron-agent' },
};

test('a model is told neither reproduction nor patch nor who found it, and texts are bounded (I12)', () => {
  const [, user] = promptOf(report, report);

  expect(user?.content).not.toContain('take over');
  expect(user?.content).not.toContain('the fix');
  expect(user?.content).not.toContain('heron');
  expect(user?.content.length).toBeLessThan(15_000);
});

test('I16: what a report says stands in the data alone: the instruction is the same for any report', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (title, description) => {
      const messages = promptOf({ title, description, component: { name: 'x' } }, report);
      expect(messages[0]).toEqual(promptOf(report, report)[0]);
      expect(JSON.parse(messages[1]?.content ?? '').a.title).toBe(title);
    }),
  );
});

test('only the JSON that was asked for is an opinion', () => {
  expect(read('{"relation":"duplicate","reason":" Both name parseQuery. "}')).toEqual({
    relation: 'duplicate',
    text: 'Both name parseQuery.',
  });
  for (const answer of [
    '',
    'duplicate',
    '```json\n{"relation":"duplicate","reason":"x"}\n```',
    '{"relation":"merge","reason":"x"}',
    '{"relation":"duplicate"}',
    '{"relation":"duplicate","reason":""}',
    '{"relation":"duplicate","reason":"x","merge":true}',
    '[{"relation":"duplicate","reason":"x"}]',
    JSON.stringify({ relation: 'duplicate', reason: 'x'.repeat(1001) }),
    `{"relation":"duplicate","reason":"${'x'.repeat(5000)}"}`,
  ]) {
    expect(read(answer)).toBeUndefined();
  }
});

test('an opinion moves a hint up or down and never above a proposal', () => {
  const hint = (name: string, confidence: number, relation?: 'duplicate' | 'distinct') => ({
    name,
    kind: 'hint' as const,
    confidence,
    opinion: relation === undefined ? null : { relation },
    distinct: null,
  });
  const proposal = { name: 'proposal', kind: 'proposal' as const, confidence: 0.995, opinion: null, distinct: null };

  const order = ordered([
    { ...hint('marked', 0.99), distinct: { by: 'somebody' } },
    hint('doubted', 0.8, 'distinct'),
    hint('plain', 0.7),
    hint('supported', 0.6, 'duplicate'),
    hint('sure and supported', 0.994, 'duplicate'),
    proposal,
  ]).map(({ name }) => name);

  expect(order).toEqual(['proposal', 'sure and supported', 'supported', 'plain', 'doubted', 'marked']);
});
