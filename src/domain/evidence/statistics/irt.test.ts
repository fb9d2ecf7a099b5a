import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { abilitiesOf, oddsBetween, pointsPerLogit, type Response, type Scale } from './irt.ts';

const deepSeek: Scale = { points: 200, odds: 3 };
const glm: Scale = { points: 400, odds: 10 };

test('b8: points per logit on the two scales that CAISI has used', () => {
  expect(pointsPerLogit(deepSeek)).toBeCloseTo(182.0478453, 6);
  expect(pointsPerLogit(glm)).toBeCloseTo(173.7177928, 6);
});

test('b8: an index of 1260 against 800 is odds of 12.5135, against 999 of 4.1941', () => {
  expect(oddsBetween(1260, 800, deepSeek)).toBeCloseTo(12.5135, 4);
  expect(oddsBetween(1260, 999, deepSeek)).toBeCloseTo(4.1941, 4);
});

const responses: Response[] = gunzipSync(
  readFileSync(new URL('../../../formats/runs/testdata/runs_human_cybench_adjusted.jsonl.gz', import.meta.url)),
)
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .map((row) => ({ model: row.alias, item: row.task_id, score: row.score_binarized }));

test('b8: on 1,941 real runs no ability and no difficulty can be moved to a more probable place', () => {
  const { abilities, difficulties } = abilitiesOf(responses, 9);

  // First-order condition of the posterior: prior pull and residuals cancel.
  const pull = (values: ReadonlyMap<string, number>, side: 'model' | 'item', sign: number) => {
    const gradient = new Map([...values].map(([name, value]) => [name, value / 9]));
    for (const response of responses) {
      const p = 1 / (1 + Math.exp(difficulties.get(response.item)! - abilities.get(response.model)!));
      gradient.set(response[side], gradient.get(response[side])! + sign * (p - response.score));
    }
    return Math.max(...[...gradient.values()].map(Math.abs));
  };
  expect(pull(abilities, 'model', 1)).toBeLessThan(1e-6);
  expect(pull(difficulties, 'item', -1)).toBeLessThan(1e-6);
});

test('b8: the models come in the order of their abilities, as in the reference fit with more models', () => {
  const { abilities } = abilitiesOf(responses, 9);
  const order = [...abilities].sort(([, left], [, right]) => right - left).map(([model]) => model);

  expect(order).toEqual([
    'GPT-5.3 Codex',
    'Opus 4.6',
    'Sonnet 4.6',
    'GPT-5.1 Codex Max',
    'Gemini 2.5 Pro',
    'GPT-3.5',
    'GPT-3',
    'GPT-2',
  ]);
  // Differences between models that answered the same items hardly depend on the other models of the fit.
  const gap = abilities.get('GPT-5.3 Codex')! - abilities.get('Opus 4.6')!;
  expect(gap).toBeCloseTo(2.76933 - 2.60326, 1);
});

test('b8: a model that solves everything has a finite ability: the prior holds it', () => {
  const { abilities } = abilitiesOf(
    [
      { model: 'm', item: 'a', score: 1 },
      { model: 'n', item: 'a', score: 0 },
    ],
    9,
  );

  expect(abilities.get('m')).toBeGreaterThan(0);
  expect(abilities.get('m')).toBeLessThan(10);
  expect(abilities.get('n')).toBeCloseTo(-abilities.get('m')!, 6);
});
