import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLmEval, read } from './document.ts';

const results = {
  results: {
    ports: {
      alias: 'ports',
      'acc,none': 0.5,
      'acc_stderr,none': 0.05,
      'exact_match,strict': 0.25,
      'exact_match_stderr,strict': 'N/A',
    },
  },
  configs: { ports: {} },
  versions: { ports: 1 },
  'n-shot': { ports: 5 },
  'n-samples': { ports: { original: 200, effective: 100 } },
  config: { model: 'hf', model_args: 'pretrained=tidewater/sample-1', limit: 100, gen_kwargs: null },
  git_hash: '3f2a9c1',
  date: 1_770_463_617,
  lm_eval_version: '0.4.9',
  model_name: 'tidewater/sample-1',
};

test('each task and filter is a score; model, version, shots and commit are kept', () => {
  expect(isLmEval(results)).toBe(true);
  expect(read(results)).toMatchObject({
    log: {
      format: 'lm-eval',
      task: 'ports',
      taskVersion: '1',
      taskArgs: { n_shot: 5 },
      model: 'tidewater/sample-1',
      startedAt: '2026-02-07T11:26:57.000Z',
      revision: { commit: '3f2a9c1', dirty: null },
      results: {
        totalSamples: 100,
        scores: [
          { name: 'ports', scorer: 'ports', metrics: { acc: 0.5, acc_stderr: 0.05 } },
          { name: 'ports', scorer: 'ports (strict)', metrics: { exact_match: 0.25 } },
        ],
      },
      marks: [{ code: 'no_samples' }],
    },
  });
});

test('a file without a model is refused with the reason', () => {
  const { model_name: _, config: __, ...rest } = results;

  expect(read(rest)).toEqual({ problems: [{ path: 'model_name', message: 'The file names no model.' }] });
});

test('any value is read, refused or told apart', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const document = { results: { t: value }, versions: {}, model_name: 'm', config: value, 'n-samples': value };
      if (isLmEval(document)) expect(read(document)).toHaveProperty('log');
    }),
  );
});
