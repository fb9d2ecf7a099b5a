import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as logs from '../../../test/eval-logs.ts';
import { open } from '../inspect/open.ts';
import { check, read, type Source, write } from './document.ts';

const source: Source = { organization: 'Office of Measured Capability (sample)', relationship: 'third_party' };

async function logOf(bytes: Uint8Array) {
  return (await open(logs.sourceOf(bytes))).log;
}

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../inspect/testdata', name));

test('the results of an Inspect log are written as version 0.2.2, standard error beside the score', async () => {
  const document = write(await logOf(fixture('popularity.eval')), source, 1_790_000_000);

  expect(check(document)).toEqual([]);
  expect(document).toMatchObject({
    schema_version: '0.2.2',
    evaluation_id: 'popularity/openai_gpt-4o-mini/1790000000',
    source_metadata: { source_type: 'evaluation_run', evaluator_relationship: 'third_party' },
    model_info: { id: 'openai/gpt-4o-mini' },
    eval_library: { name: 'inspect_ai' },
    evaluation_results: [
      {
        evaluation_name: 'match',
        metric_config: {
          metric_id: 'accuracy',
          lower_is_better: false,
          score_type: 'continuous',
          min_score: 0,
          max_score: 1,
        },
        score_details: {
          score: 0.8,
          uncertainty: { standard_error: { value: expect.closeTo(2 / 15) }, num_samples: 10 },
        },
      },
    ],
  });
});

test('what is written is read back: model, dataset, limits, scores, source', async () => {
  const log = await logOf(logs.jsonLog(logs.header({ samples: 8, epochs: 2, accuracy: 0.5, stderr: 0.1 }), []));

  const answer = read(JSON.parse(JSON.stringify(write(log, source, 1_790_000_000))));

  if ('problems' in answer) return expect.fail(JSON.stringify(answer.problems));
  expect(answer.source).toEqual(source);
  expect(answer.log).toMatchObject({
    model: log.model,
    dataset: { name: log.dataset.name },
    limits: log.limits,
    startedAt: log.startedAt,
    generateConfig: { temperature: 0.7 },
    results: { totalSamples: 8, scores: [{ name: 'match', metrics: { accuracy: 0.5, stderr: 0.1 } }] },
    marks: [{ code: 'no_samples' }],
  });
});

test('a document of 0.2.0 without a library, with its interval beside the score, is read', () => {
  const answer = read({
    schema_version: '0.2.0',
    evaluation_id: 'ports/tidewater_sample-1/1770463617.0',
    evaluation_timestamp: '1770463617.0',
    retrieved_timestamp: '1770569425.767704',
    source_metadata: {
      source_type: 'documentation',
      source_organization_name: 'Tidewater Models (sample)',
      evaluator_relationship: 'first_party',
    },
    model_info: { name: 'sample-1', id: 'tidewater/sample-1' },
    evaluation_results: [
      {
        evaluation_name: 'ports',
        source_data: {
          source_type: 'hf_dataset',
          dataset_name: 'ports',
          hf_repo: 'tidewater/ports',
          samples_number: 165,
          sample_ids: ['x'],
        },
        metric_config: { evaluation_description: 'accuracy', lower_is_better: false },
        score_details: { score: 0.25, confidence_interval: { lower: 0.1, upper: 0.4 } },
      },
    ],
  });

  expect(answer).toMatchObject({
    log: {
      startedAt: '2026-02-07T11:26:57.000Z',
      dataset: { name: 'ports', samples: 165, sampleIds: ['x'], location: 'tidewater/ports' },
      results: { totalSamples: null, scores: [{ metrics: { accuracy: 0.25, lower: 0.1, upper: 0.4 } }] },
    },
    source: { relationship: 'first_party' },
  });
});

test('every fault is named with its place', () => {
  const problems = check({
    schema_version: '1.0',
    source_metadata: { source_type: 'rumour', evaluator_relationship: 'third_party' },
    model_info: { name: 'm' },
    eval_library: { name: 'x', version: '1' },
    evaluation_results: [
      {
        evaluation_name: 'e',
        source_data: { dataset_name: 'd', source_type: 'url' },
        metric_config: {},
        score_details: {},
      },
    ],
  });

  expect(problems.map(({ path }) => path)).toEqual([
    'evaluation_id',
    'retrieved_timestamp',
    'schema_version',
    'source_metadata.source_organization_name',
    'source_metadata.source_type',
    'model_info.id',
    'evaluation_results[0].metric_config.lower_is_better',
    'evaluation_results[0].score_details.score',
  ]);
});

test('any value gives a log or problems', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const answer = read(value);
      if ('problems' in answer) expect(answer.problems.length).toBeGreaterThan(0);
    }),
  );
});
