import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInflateRaw, deflateRawSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as logs from '../../../test/eval-logs.ts';
import { attemptsOf, type EvalLog, type SampleSummary, type TranscriptEvent } from '../../domain/evidence/eval-log.ts';
import { LogCheck, type LogReport } from '../../domain/evidence/log-check.ts';
import type { ByteSource } from '../archive/zip-directory.ts';
import { Refused } from '../listing.ts';
import { open } from './open.ts';

const { header, sample, entriesOf, jsonLog, sourceOf, zip } = logs;
const testdata = join(import.meta.dirname, 'testdata');
const file = (name: string) => {
  const bytes = readFileSync(join(testdata, name));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

interface Whole {
  log: EvalLog;
  samples: SampleSummary[];
  report: LogReport;
}

async function whole(bytes: Uint8Array, source: ByteSource = sourceOf(bytes)): Promise<Whole> {
  const reader = await open(source);
  const check = new LogCheck(reader.log);
  const samples: SampleSummary[] = [];
  for await (const row of reader.summaries()) check.addSummary(row);
  for await (const one of reader.samples()) {
    samples.push(one);
    check.add(one);
  }
  return { log: reader.log, samples, report: check.report() };
}

async function events(bytes: Uint8Array, id: string, epoch = 1, options = {}): Promise<TranscriptEvent[]> {
  const reader = await open(sourceOf(bytes));
  const found: TranscriptEvent[] = [];
  for await (const event of reader.events({ id, epoch }, options)) found.push(event);
  return found;
}

const codes = ({ report }: Whole) => report.marks.map(({ code }) => code);
const refusal = (bytes: Uint8Array) =>
  whole(bytes).then(
    () => expect.fail('It was read.'),
    (error) => {
      expect(error).toBeInstanceOf(Refused);
      return (error as Refused).message;
    },
  );

describe('the logs of Inspect say what their headers say', () => {
  const expected: [
    name: string,
    model: string,
    task: string,
    samples: number,
    scores: [string, Record<string, number>][],
    tokens: [input: number, output: number, total: number] | undefined,
    marks: string[],
  ][] = [
    ['log_formats.eval', 'ollama/llama3.1', 'popularity', 1, [['match', { accuracy: 0, stderr: 0 }]], [66, 2, 68], []],
    ['log_formats.json', 'ollama/llama3.1', 'popularity', 1, [['match', { accuracy: 0, stderr: 0 }]], [66, 2, 68], []],
    [
      'log_streaming.eval',
      'azureai/Meta-Llama-3-1-405B-Instruct-jqf',
      'popularity',
      4,
      [['match', { accuracy: 0.75, stderr: 0.25 }]],
      [252, 6, 258],
      [],
    ],
    [
      'log_streaming-zstd.eval',
      'azureai/Meta-Llama-3-1-405B-Instruct-jqf',
      'popularity',
      4,
      [['match', { accuracy: 0.75, stderr: 0.25 }]],
      [252, 6, 258],
      [],
    ],
    [
      'popularity.eval',
      'openai/gpt-4o-mini',
      'popularity',
      10,
      [['match', { accuracy: 0.8, stderr: 2 / 15 }]],
      undefined,
      [],
    ],
    [
      'popularity-zstd.eval',
      'openai/gpt-4o-mini',
      'popularity',
      10,
      [['match', { accuracy: 0.8, stderr: 2 / 15 }]],
      undefined,
      [],
    ],
    ['popularity-unscored.eval', 'openai/gpt-4o-mini', 'popularity', 10, [], undefined, ['samples_unscored']],
    [
      'input-task.eval',
      'openai/gpt-4o-mini',
      'input_task',
      1,
      [['model_graded_fact', { accuracy: 1, stderr: 0 }]],
      undefined,
      [],
    ],
    [
      'input-task.json',
      'openai/gpt-4o-mini',
      'input_task',
      1,
      [['model_graded_fact', { accuracy: 1, stderr: 0 }]],
      undefined,
      [],
    ],
    ['log_images.json', 'openai/gpt-4o', 'images', 1, [['match', { accuracy: 0, stderr: 0 }]], undefined, []],
    ['log_images_tc.json', 'openai/gpt-4o', 'images', 1, [['match', { accuracy: 0, stderr: 0 }]], undefined, []],
    [
      'log_tool_call_error.json',
      '...',
      '...',
      4,
      [['includes', { accuracy: 1, stderr: 0 }]],
      undefined,
      ['sample_count_differs', 'samples_unscored'],
    ],
    [
      'mmlu-summary-choices.eval',
      'openai/gpt-4o',
      'inspect_evals/mmlu_0_shot',
      1,
      [['choice', { accuracy: 0, stderr: 0 }]],
      undefined,
      ['revision_dirty'],
    ],
    ['browser.json.gz', 'openai/gpt-4o-mini', 'browser', 1, [['includes', { accuracy: 1, stderr: 0 }]], undefined, []],
  ];

  test.each(expected)('%s', async (name, model, task, samples, scores, tokens, marks) => {
    const read = await whole(file(name));

    expect(read.log.model).toBe(model);
    expect(read.log.task).toBe(task);
    expect(read.report.samples).toBe(samples);
    expect(read.report.scores.map((score) => [score.name, { ...score.metrics }])).toEqual(
      scores.map(([score, metrics]) => [
        score,
        Object.fromEntries(Object.entries(metrics).map(([metric, value]) => [metric, expect.closeTo(value, 9)])),
      ]),
    );
    if (tokens !== undefined) {
      const [usage] = Object.values(read.log.usage);
      expect([usage?.input, usage?.output, usage?.total]).toEqual(tokens);
    }
    expect(codes(read)).toEqual(marks);
  });

  test('log_streaming: epochs are attempts at one item, reduced to 0.5 and 1', async () => {
    const { log, samples, report } = await whole(file('log_streaming.eval'));

    const attempts = attemptsOf(log, samples, 'match');

    expect({ items: report.items, epochs: report.epochs }).toEqual({ items: 2, epochs: 2 });
    expect(attempts.map(({ item, attempt, score }) => `${item} ${attempt} ${score}`).sort()).toEqual([
      '1 1 0',
      '1 2 1',
      '2 1 1',
      '2 2 1',
    ]);
  });

  test('both forms of a log hold the same samples and transcripts', async () => {
    const [zipped, plain] = [await whole(file('log_formats.eval')), await whole(file('log_formats.json'))];
    const told = (found: TranscriptEvent[]) => found.map(({ kind, text, at, depth }) => [kind, text, at, depth]);

    expect(plain.samples).toEqual(zipped.samples);
    expect(told(await events(file('log_formats.json'), '1'))).toEqual(
      told(await events(file('log_formats.eval'), '1')),
    );
  });

  test('a log packed by Zstandard is the same log', async () => {
    const [deflated, packed] = [await whole(file('popularity.eval')), await whole(file('popularity-zstd.eval'))];

    expect(packed).toEqual(deflated);
    expect(await events(file('popularity-zstd.eval'), '7')).toEqual(await events(file('popularity.eval'), '7'));
  });

  test('by the streams of Node a log is read the same', async () => {
    const bytes = file('popularity.eval');
    const byNode = { ...sourceOf(bytes), inflater: () => createInflateRaw({ chunkSize: 1024 }) };

    expect(await whole(bytes, byNode)).toEqual(await whole(bytes));
  });

  test('what a run is made of is kept: dataset, limits, revision, packages, times', async () => {
    const { log } = await whole(file('browser.json.gz'));

    expect(log.startedAt).toBe('2025-05-13T00:27:36.000Z');
    expect(log.status).toBe('success');
    expect(Object.keys(log.packages)).toEqual(['inspect_ai']);
    expect(log.revision).toEqual({ origin: expect.any(String), commit: expect.any(String), dirty: null });
  });

  test.each(['skeleton/basic.json', 'skeleton/legacy_steps.json'])(
    '%s is no log, and is refused with what it holds',
    async (name) => {
      expect(await refusal(file(name))).toMatch(
        /not an evaluation log of Inspect.*"description", "events", "expected"/,
      );
    },
  );
});

describe('Zstandard (trap 1)', () => {
  test('a log in many frames is read', async () => {
    const samples = Array.from({ length: 5 }, (_, at) => sample(at, 1, 'C', { store: { notes: 'x'.repeat(300_000) } }));
    const entries = entriesOf(header({ samples: 5, accuracy: 1, stderr: 0 }), samples, 'zstd').map((entry) => ({
      ...entry,
      packed: logs.zstd(Buffer.from(entry.content as string), 70_000),
    }));

    const read = await whole(zip(entries));

    expect(read.report).toMatchObject({ samples: 5, samplesRead: 5, marks: [] });
  });

  test.each([
    ['a window of 2 GB', '28b52ffd00a8', /window of more than 128 MB/],
    ['a dictionary', '28b52ffd016807', /needs a dictionary/],
    ['a block of an unknown kind', '28b52ffd0068070000', /a block that the format does not know/],
    ['something else than Zstandard', '0011223344556677', /not Zstandard/],
    ['a frame that is cut off', '28b52ffd0068', /cut off/],
  ])('%s is refused', async (_, start, reason) => {
    const packed = Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(start.length < 16 ? 6 : 0)]).subarray(
      0,
      start === '28b52ffd0068' ? 6 : undefined,
    );

    expect(await refusal(zip([{ name: 'header.json', content: '{}', method: 'zstd', packed }]))).toMatch(reason);
  });
});

describe('NaN and Infinity (trap 2)', () => {
  const raw = (score: string, metric: string) => {
    const text = JSON.stringify({
      ...header({ samples: 2, accuracy: 12345 }),
      samples: [
        sample('a', 1, 'C'),
        sample('b', 1, 54321, { metadata: { note: 'NaN, "Infinity" and \\ stay in text' } }),
      ],
    });
    return Buffer.from(text.replace('12345', metric).replace('54321', score));
  };

  test.each(['NaN', 'Infinity', '-Infinity', 'null'])('a score of %s is unscored, not zero', async (constant) => {
    const read = await whole(raw(constant, '1.0'));

    expect(read.samples.map(({ isUnscored }) => isUnscored)).toEqual([false, true]);
    expect(attemptsOf(read.log, read.samples, 'match').map(({ score }) => score)).toEqual([1, null]);
    expect(codes(read)).toEqual(['samples_unscored']);
    expect(read.samples[1]?.metadata.note).toBe('NaN, "Infinity" and \\ stay in text');
  });

  test('a metric of NaN has no value, and is no difference', async () => {
    const read = await whole(raw('1', 'NaN'));

    expect(read.report.scores[0]?.metrics.accuracy).toBeNull();
    expect(codes(read)).toEqual([]);
  });
});

test.each([
  ['C', 1],
  ['I', 0],
  ['P', 0.5],
  ['N', 0],
  ['yes', 1],
  ['True', 1],
  ['no', 0],
  ['FALSE', 0],
  ['0.25', 0.25],
  [' 3e-1 ', 0.3],
  [true, 1],
  [7, 7],
  ['maybe', null],
  ['0x10', null],
  ['', null],
  [['a', 'b'], null],
])('the score %j stands for %j', async (value, expected) => {
  const { samples } = await whole(jsonLog(header({ samples: 1 }), [sample('a', 1, value)]));

  expect(samples[0]?.scores.match?.value).toBe(expected);
});

test('a score of several numbers gives one for each name', async () => {
  const head = header({ samples: 1 });
  head.results.scores = [{ name: 'recall', scorer: 'match', metrics: { mean: { name: 'mean', value: 0.5 } } as never }];
  const read = await whole(jsonLog(head, [sample('a', 1, { recall: 0.5, precision: 'C', f1: null })]));

  expect(read.samples[0]?.scores.match?.parts).toEqual({ recall: 0.5, precision: 1, f1: null });
  expect(attemptsOf(read.log, read.samples, 'match.precision')[0]?.score).toBe(1);
  expect(read.report.scores[0]?.recomputed).toEqual({ mean: 0.5 });
});

describe('attachments and pools (trap 3)', () => {
  const long = 'A'.repeat(500);
  const message = (content: string) => ({ role: 'user', content });
  const model = { event: 'model', model: 'm', span_id: 's1', timestamp: '2026-09-01T10:00:00Z', output: {} };
  const pooled = sample('a', 1, 'C', {
    events: [
      { event: 'span_begin', id: 's1', span_id: 's1', name: 'solver' },
      {
        ...model,
        input: [],
        input_refs: [
          [0, 1],
          [2, 4],
        ],
        call: { request: { model: 'm' }, call_refs: [[1, 2]], call_key: 'contents' },
      },
      { ...model, input: [], input_refs: [[3, 9]] },
      { event: 'tool', function: 'bash', arguments: { cmd: 'attachment://h1' }, result: 'tc://h2', span_id: 's1' },
      { event: 'info', data: 'attachment://gone' },
    ],
    events_data: { messages: ['p0', 'p1', 'p2', 'attachment://h1'].map(message), calls: [{ n: 0 }, { n: 1 }] },
    attachments: { h1: long, h2: 'listing' },
  });
  const check = (found: TranscriptEvent[]) => {
    expect(found[1]?.payload).toMatchObject({
      input: [message('p0'), message('p2'), message(long)],
      call: { request: { model: 'm', contents: [{ n: 1 }] } },
    });
    expect(found[1]?.payload).not.toHaveProperty('input_refs');
    // A range beyond the pool is left as it was found.
    expect(found[2]?.payload).toMatchObject({ input: [], input_refs: [[3, 9]] });
    expect(found[3]?.payload).toMatchObject({ arguments: { cmd: long }, result: 'listing' });
    expect(found[4]?.payload).toMatchObject({ data: 'attachment://gone' });
    expect(found.map(({ depth }) => depth)).toEqual([0, 1, 1, 1, 0]);
  };

  test('are put back into a whole sample, of both forms', async () => {
    check(await events(zip(entriesOf(header({ samples: 1 }), [pooled])), 'a'));
    check(await events(jsonLog(header({ samples: 1 }), [pooled]), 'a'));
  });

  test('stay references where the compact form is asked for', async () => {
    const found = await events(jsonLog(header({ samples: 1 }), [pooled]), 'a', 1, { isCompact: true });

    expect(found[1]?.payload).toMatchObject({
      input_refs: [
        [0, 1],
        [2, 4],
      ],
    });
    expect(found[3]?.payload).toMatchObject({ result: 'tc://h2' });
  });

  test('are put back into a sample in chunks, by index', async () => {
    const {
      events_data,
      events: _,
      attachments: __,
      messages: ___,
      metadata,
      ...shell
    } = pooled as unknown as {
      events_data: { messages: unknown[]; calls: unknown[] };
    } & Record<string, unknown>;
    const list = pooled.events as unknown[];
    const text = (value: unknown) =>
      JSON.stringify(value).replaceAll('attachment://h1', 'attachment://0').replaceAll('tc://h2', 'attachment://1');
    const name = 'samples/a_epoch_1';
    const chunk = (entry: string, value: unknown) => ({ name: `${name}/${entry}.json`, content: text(value) });
    const { messages: pool, calls } = events_data;
    const log = zip([
      { name: 'header.json', content: JSON.stringify({ ...header({ samples: 1, accuracy: 1 }), version: 3 }) },
      chunk('sample', { ...shell, message_refs: [[0, 2]], sequences: {} }),
      chunk('metadata', metadata),
      chunk('skeleton', {}),
      chunk('events/stats', {}),
      chunk('events/2', list.slice(2)),
      chunk('events/0', list.slice(0, 2)),
      chunk('messages/0', pool.slice(0, 3)),
      chunk('messages/3', pool.slice(3)),
      chunk('calls/0', calls),
      chunk('attachments/0', [long]),
      chunk('attachments/1', ['listing']),
    ]);

    check(await events(log, 'a'));
    expect((await events(log, 'a', 1, { from: 3, count: 1 })).map(({ index, depth }) => [index, depth])).toEqual([
      [3, 1],
    ]);
    const read = await whole(log);
    expect(read.samples[0]).toMatchObject({ id: 'a', messages: 2, metadata: { topic: 'ports' } });
    expect(read.report.samplesRead).toBe(1);
    expect(codes(read)).toEqual(['version_newer']);
  });

  test('attachments beyond 48 MB are not held: they stay references, and that is told', async () => {
    const attachments = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [`h${at}`, `${at} ${'x'.repeat(1_000_000)}`]),
    );
    const list = Object.keys(attachments).map((key) => ({ event: 'info', data: `attachment://${key}` }));
    const reader = await open(
      sourceOf(jsonLog(header({ samples: 1 }), [sample('a', 1, 'C', { events: list, attachments })])),
    );
    let left = 0;
    for await (const { payload } of reader.events({ id: 'a', epoch: 1 })) {
      if ((payload.data as string).startsWith('attachment://')) left++;
    }

    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(15);
    expect(reader.log.marks.map(({ code }) => code)).toEqual(['references_left']);
  });

  test('a page of a long transcript is the same as that part of the whole', async () => {
    const many = Array.from({ length: 1_000 }, (_, at) => ({ event: 'info', data: `event ${at}` }));
    const log = zip(entriesOf(header({ samples: 1 }), [sample('a', 1, 'C', { events: many })]));

    const page = await events(log, 'a', 1, { from: 990, count: 20 });

    expect(page.map(({ index, text }) => [index, text])).toEqual(
      Array.from({ length: 10 }, (_, at) => [990 + at, `event ${990 + at}`]),
    );
  });

  test('a log without events gives its messages', async () => {
    const found = await events(jsonLog(header({ samples: 1 }), [sample('a', 1, 'C', { events: [] })]), 'a');

    expect(found.map(({ kind, text }) => [kind, text])).toEqual([
      ['message', 'user: Question a'],
      ['message', 'yes'],
    ]);
  });

  test('text of a transcript is one line without control characters', async () => {
    const noisy = { event: 'info', data: `\u001b[31mred\u001b[0m\n\u202eevil ${'x'.repeat(500)}` };
    const [event] = await events(jsonLog(header({ samples: 1 }), [sample('a', 1, 'C', { events: [noisy] })]), 'a');

    expect(event?.text).toMatch(/^\[31mred \[0m evil x+\.\.\.$/);
    expect(event?.text.length).toBeLessThanOrEqual(200);
  });
});

test('names of older versions are understood (trap 4)', async () => {
  const { scores, events: list, attachments, ...rest } = sample('a', 1, 'C');
  const head = header({ samples: 1 });
  const old = {
    ...head,
    version: 1,
    eval: { ...head.eval, config: { max_messages: 30 }, sandbox: ['docker', 'compose.yaml'] },
    results: {
      total_samples: 1,
      scorer: { name: 'includes', params: {} },
      metrics: { accuracy: { name: 'accuracy', value: 1 } },
    },
  };
  const transcript = { events: [{ event: 'info', data: 'tc://h' }], content: { h: 'the text' } };
  const bytes = jsonLog(old, [{ ...rest, score: scores.match, transcript }]);

  const read = await whole(bytes);

  expect(read.log).toMatchObject({ limits: { message_limit: 30 }, sandbox: 'docker compose.yaml', formatVersion: '1' });
  expect(read.report.scores).toMatchObject([
    { name: 'includes', metrics: { accuracy: 1 }, recomputed: { accuracy: 1 } },
  ]);
  expect(read.samples[0]?.scores.includes?.value).toBe(1);
  expect((await events(bytes, 'a')).map(({ text }) => text)).toEqual(['the text']);
});

describe('names of entries are keys, never paths (trap 5)', () => {
  test('an id may hold anything', async () => {
    const ids = [
      'a/b',
      '../../etc/passwd',
      '..\\x',
      'nul\0',
      '/abs',
      'x_epoch_1',
      'x_epoch_1/sample',
      'é漢',
      'l'.repeat(3_000),
    ];
    const read = await whole(
      zip(
        entriesOf(
          header({ samples: ids.length }),
          ids.map((id) => sample(id, 1, 'C')),
        ),
      ),
    );

    expect(read.samples.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(codes(read)).toEqual(['odd_entry_names']);
  });

  test('entries that no log needs are told, and not read', async () => {
    const entries = entriesOf(header({ samples: 1 }), [sample('a', 1, 'C')]);
    const read = await whole(zip([{ name: '../../.ssh/authorized_keys', content: 'not JSON' }, ...entries]));

    expect(codes(read)).toEqual(['odd_entry_names']);
    expect(read.report.samplesRead).toBe(1);
  });

  test('of entries with one name the last one stands', async () => {
    const entries = entriesOf(header({ samples: 1, accuracy: 1 }), [sample('a', 1, 'C')]);
    const earlier = { name: 'samples/a_epoch_1.json', content: JSON.stringify(sample('a', 1, 'I')) };
    const read = await whole(zip([earlier, ...entries]));

    expect(read.samples.map(({ scores }) => scores.match?.value)).toEqual([1]);
    expect(codes(read)).toEqual(['entries_repeated']);
  });

  test('of samples with one id and epoch the last one stands', async () => {
    const read = await whole(
      jsonLog(header({ samples: 2, accuracy: 1 }), [sample('a', 1, 'I'), sample('b', 1, 'C'), sample('a', 1, 'C')]),
    );

    expect(read.report).toMatchObject({ samplesRead: 2 });
    expect(codes(read)).toEqual(['samples_repeated']);
  });

  test('a sample under the name of another is told', async () => {
    const [first, ...rest] = entriesOf(header({ samples: 1 }), [sample('a', 1, 'C')]);
    const moved = rest.map((entry) =>
      entry.name === 'samples/a_epoch_1.json' ? { ...entry, name: 'samples/b_epoch_1.json' } : entry,
    );
    const read = await whole(zip([first as logs.Entry, ...moved]));

    expect(codes(read)).toEqual(['samples_misnamed']);
  });
});

test('version 3 is read and marked (trap 6)', async () => {
  for (const bytes of [
    zip(entriesOf({ ...header({ samples: 1 }), version: 3 }, [sample('a', 1, 'C')])),
    jsonLog({ ...header({ samples: 1 }), version: 3 }, [sample('a', 1, 'C')]),
  ]) {
    const read = await whole(bytes);

    expect(read.log.formatVersion).toBe('3');
    expect(codes(read)).toEqual(['version_newer']);
  }
});

test('retries, fallbacks, other models, limits, errors and changed settings are shown (trap 7)', async () => {
  const used = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const samples = [
    sample('a', 1, 'C', {
      error_retries: [
        { message: 'timeout', traceback: '' },
        { message: 'timeout', traceback: '' },
      ],
    }),
    sample('b', 1, 'I', { model_fallbacks: [{ from: 'tidewater/sample-1', to: 'tidewater/sample-0' }] }),
    sample('c', 1, 'C', { model_usage: { 'tidewater/sample-1': used, 'elsewhere/other': used } }),
    sample('d', 1, null, { scores: undefined, error: { message: 'container died', traceback: '' } }),
    sample('e', 1, 'I', { limit: { type: 'token', limit: 500_000 } }),
    sample('f', 1, 'C', {
      invalidation: { author: 'r.ortega@harrow.example', reason: 'wrong image', timestamp: '2026-09-02T08:00:00Z' },
    }),
  ];
  const update = {
    changes: [{ config: 'eval', name: 'time_limit', value: 900, previous: 600 }],
    scope: 'task',
    provenance: { timestamp: '2026-09-01T10:30:00Z', author: 'operator', reason: 'slow sandbox' },
  };
  const read = await whole(
    zip(entriesOf(header({ samples: 6, config_updates: [update], invalidated: true }), samples)),
  );

  expect(codes(read)).toEqual([
    'samples_retried',
    'model_fallbacks',
    'other_model_answered',
    'samples_invalidated',
    'samples_failed',
    'samples_limited',
    'config_changed',
  ]);
  expect(read.samples.map(({ retries }) => retries)).toEqual([2, 0, 0, 0, 0, 0]);
  expect(read.samples[1]?.modelFallbacks).toEqual(['tidewater/sample-0']);
  expect(read.log.configUpdates).toEqual([
    { at: '2026-09-01T10:30:00.000Z', author: 'operator', reason: 'slow sandbox', changes: { 'eval.time_limit': 900 } },
  ]);
  const attempts = attemptsOf(read.log, read.samples, 'match', 'topic');
  expect(attempts.map(({ score }) => score)).toEqual([1, 0, 1, null, 0, null]);
  expect(attempts[1]).toMatchObject({ model: 'tidewater/sample-1 + tidewater/sample-0', cluster: 'ports', tokens: 15 });
});

test.each([
  [['m/0'], ['m/0']],
  [[{ requested: 'm/1', model: 'm/0' }, { model: 'm/0' }], ['m/0']],
  [{ 'm/0': 3 }, ['m/0']],
  [{ 'm/1': { 'm/0': 2 } }, ['m/0']],
  [null, []],
])('models that stepped in, told as %j', async (told, names) => {
  const { samples } = await whole(jsonLog(header({ samples: 1 }), [sample('a', 1, 'C', { model_fallbacks: told })]));

  expect(samples[0]?.modelFallbacks).toEqual(names);
});

test('an edited score keeps what it was, and who changed it (trap 8)', async () => {
  const provenance = {
    timestamp: '2026-09-02T08:00:00Z',
    author: 'j.mbeki@measured.example',
    reason: 'the flag was right',
  };
  const edited = sample('a', 1, 'C');
  Object.assign(edited.scores.match, {
    history: [
      { value: 'I', answer: 'no', provenance: null },
      { value: 'P', provenance },
      { value: 'C', provenance },
      { value: 'UNCHANGED', explanation: 'see note', provenance },
    ],
  });
  const read = await whole(zip(entriesOf(header({ samples: 1, accuracy: 1 }), [edited])));

  const score = read.samples[0]?.scores.match;
  expect(score).toMatchObject({ value: 1, text: 'C', original: 0 });
  expect(score?.edits.map(({ value, author }) => [value, author])).toEqual([
    [0.5, provenance.author],
    [1, provenance.author],
    [null, provenance.author],
  ]);
  expect(codes(read)).toEqual(['scores_edited']);
});

describe('a run that never finished', () => {
  const start = { version: 2, eval: header({ samples: 2 }).eval, plan: { steps: [] } };
  const samples = [sample('a', 1, 'C'), sample('b', 1, 'I')];
  const entry = (name: string, value: unknown) => ({ name, content: JSON.stringify(value) });
  const unfinished = zip([
    entry('_journal/start.json', start),
    entry('_journal/summaries/10.json', [logs.summary(samples[1]!)]),
    entry('_journal/summaries/2.json', [logs.summary(samples[0]!)]),
    entry('_journal/config_updates/1.json', [
      { changes: [{ config: 'generate', name: 'max_retries', cleared: true }] },
    ]),
    entry('samples/a_epoch_1.json', samples[0]),
    entry('samples/b_epoch_1.json', samples[1]),
  ]);

  test('is read from its journal, and told as such', async () => {
    const read = await whole(unfinished);

    expect(read.log.status).toBe('started');
    expect(read.log.configUpdates[0]?.changes).toEqual({ 'generate.max_retries': 'as at the start' });
    expect(read.report).toMatchObject({
      samples: 2,
      samplesRead: 2,
      // Nothing was summed up, so all there is comes from the samples.
      scores: [{ name: 'match', metrics: {}, recomputed: { mean: 0.5, stderr: 0.5 } }],
    });
    expect(codes(read)).toEqual(['status_started', 'no_results', 'config_changed']);
  });

  test('gives its rows in the order they were written', async () => {
    const rows: string[] = [];
    for await (const row of (await open(sourceOf(unfinished))).summaries()) rows.push(row.id);

    expect(rows).toEqual(['a', 'b']);
  });
});

describe('samples are held against the header', () => {
  test('a metric that the samples do not give is told beside theirs', async () => {
    const read = await whole(
      jsonLog(header({ samples: 2, accuracy: 0.9, stderr: 0.5 }), [sample('a', 1, 'C'), sample('b', 1, 'I')]),
    );

    expect(read.report.marks).toEqual([
      { code: 'metric_differs', text: 'match: the header says accuracy 0.9; the samples give 0.5.' },
    ]);
  });

  test('summaries that tell other scores are told', async () => {
    const entries = entriesOf(header({ samples: 1 }), [sample('a', 1, 'I')]).map((entry) =>
      entry.name === 'summaries.json'
        ? { ...entry, content: JSON.stringify([logs.summary(sample('a', 1, 'C'))]) }
        : entry,
    );

    expect(codes(await whole(zip(entries)))).toEqual(['summaries_differ']);
  });

  test('missing items and attempts are counted', async () => {
    const head = header({ samples: 4, epochs: 2 });
    Object.assign(head.eval.dataset, { sample_ids: ['a', 'b'] });
    const read = await whole(jsonLog(head, [sample('a', 1, 'C')]));

    expect(codes(read)).toEqual(['sample_count_differs', 'items_missing', 'epochs_incomplete']);
  });

  test('pass@k and at_least_k over epochs are worked out as Inspect does', async () => {
    const head = header({ samples: 4, epochs: 4 });
    head.results.scores = ['pass_at_2', 'at_least_2', 'max'].map((reducer, at) => ({
      name: 'match',
      scorer: 'match',
      reducer,
      metrics: { accuracy: { name: 'accuracy', value: [0.5, 0, 1][at] } } as never,
    }));
    const read = await whole(
      jsonLog(
        head,
        ['C', 'I', 'I', 'I'].map((value, at) => sample('a', at + 1, value)),
      ),
    );

    expect(read.report.scores.map(({ recomputed }) => recomputed.accuracy)).toEqual([expect.closeTo(0.5, 12), 0, 1]);
    expect(codes(read)).toEqual([]);
  });
});

describe('hostile files are refused with the reason', () => {
  const good = zip(entriesOf(header({ samples: 1 }), [sample('a', 1, 'C')]));
  const entry = (over: Partial<logs.Entry>): logs.Entry => ({
    name: 'header.json',
    content: JSON.stringify(header({ samples: 1 })),
    ...over,
  });

  test('an empty file', async () => {
    expect(await refusal(Buffer.alloc(0))).toMatch(/empty/);
  });

  test('a zip that was cut off', async () => {
    expect(await refusal(good.subarray(0, good.length - 30))).toMatch(/cut off or is not a zip: copy it again/);
  });

  test('a JSON log that was cut off', async () => {
    const bytes = jsonLog(header({ samples: 1 }), [sample('a', 1, 'C')]);
    expect(await refusal(bytes.subarray(0, bytes.length - 5))).toMatch(/ends in the middle/);
  });

  test('a zip of something else', async () => {
    expect(await refusal(zip([{ name: 'word/document.xml', content: '<a/>' }]))).toMatch(
      /neither header.json nor _journal/,
    );
  });

  test('JSON of something else', async () => {
    expect(await refusal(Buffer.from('[1,2]'))).toMatch(/not an evaluation log/);
    expect(await refusal(Buffer.from('{"eval": {"task": "t"}}'))).toMatch(/names no model/);
    expect(await refusal(Buffer.from('hello'))).toMatch(/at byte 0|not JSON|in the middle/i);
  });

  test('a zip bomb, by deflate and by its claims', async () => {
    const zeros = Buffer.concat([Buffer.from('{"version":"'), Buffer.alloc(60_000_000, 0x30), Buffer.from('"}')]);

    expect(await refusal(zip([entry({ content: zeros, packed: deflateRawSync(zeros) })]))).toMatch(
      /grows more than 250 times/,
    );
    expect(await refusal(zip([entry({ claims: { size: 4_000_000_000 } })]))).toMatch(/grows more than 250 times/);
  });

  test('a value that is too large to be held', async () => {
    const large = Buffer.concat([Buffer.from('{"version":"'), Buffer.alloc(40_000_000, 0x30), Buffer.from('"}')]);

    expect(await refusal(zip([entry({ content: large, method: 'stored' })]))).toMatch(
      /one value is larger than 32768 KB/i,
    );
  });

  test('an entry that is larger, or other, than the zip says', async () => {
    expect(await refusal(zip([entry({ claims: { size: 10 } })]))).toMatch(/larger than the zip file says/);
    expect(await refusal(zip([entry({ claims: { crc: 1 } })]))).toMatch(/damaged: its size or checksum differs/);
  });

  test('entries that lie over one another', async () => {
    const over = Array.from({ length: 5 }, (_, at) =>
      entry({ name: `samples/${at}_epoch_1.json`, claims: { offset: 0 } }),
    );
    const claims = over.map((one) => ({ ...one, claims: { offset: 0, packedSize: 5_000 } }));
    expect(await refusal(zip([...claims, entry({})]))).toMatch(/over one another/);
  });

  test('a claim of a million entries and more', async () => {
    expect(await refusal(zip([entry({})], 1_000_000))).toMatch(/list of entries does not fit/);
    expect(await refusal(zip([entry({})], 5_000_000))).toMatch(/says it holds 5000000 entries/);
  });

  test('an entry beyond the end, an unknown method, a password', async () => {
    expect(await refusal(zip([entry({ claims: { offset: 4_000_000 } })]))).toMatch(/beyond the end/);
    expect(await refusal(zip([entry({ claims: { method: 14 } })]))).toMatch(/packed by method 14/);
  });

  test('JSON that is nested without end', async () => {
    const deep = `{"eval":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(await refusal(Buffer.from(deep))).toMatch(/nested more than 500 deep/);
    expect(await refusal(Buffer.from(`{"samples":${'{"a":'.repeat(100_000)}`))).toMatch(/nested more than 500 deep/);
  });

  test('a key that means something to JavaScript changes nothing', async () => {
    const text = jsonLog(header({ samples: 1 }), [sample('a', 1, 'C')])
      .toString()
      .replace('"task_args":{"level":"hard"}', '"__proto__":{"polluted":1},"task_args":{"__proto__":{"polluted":2}}');
    const read = await whole(Buffer.from(text.replace('"match":', '"__proto__":')));

    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(read.log.task).toBe('port_scan');
  });
});

test('any cut or flipped byte gives data or a refusal, never a crash', async () => {
  const samples = [sample('a', 1, 'C', { events: [{ event: 'info', data: 'x' }] }), sample('b', 1, 'I')];
  const head = header({ samples: 2, accuracy: 0.5 });
  const forms = [
    zip(entriesOf(head, samples)),
    zip(entriesOf(head, samples, 'zstd')),
    file('log_streaming-zstd.eval'),
    jsonLog(head, samples),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...forms),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 255 }),
      fc.boolean(),
      fc.boolean(),
      async (form, place, byte, isCut, isByNode) => {
        const at = Math.min(form.length - 1, Math.floor(place * form.length));
        const bytes = isCut ? form.subarray(0, at) : Buffer.from(form);
        if (!isCut) bytes[at] = byte;
        try {
          const source = isByNode ? { ...sourceOf(bytes), inflater: () => createInflateRaw() } : sourceOf(bytes);
          const { samples: read } = await whole(bytes, source);
          if (read[0] !== undefined) await events(bytes, read[0].id, read[0].epoch);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
          expect((error as Refused).message).toMatch(/\.$/);
        }
      },
    ),
    { numRuns: 400 },
  );
}, 60_000);
