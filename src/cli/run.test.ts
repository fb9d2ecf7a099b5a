import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Asked, completion, type ModelServer, saying, start } from '../../test/model-server.ts';
import type { RunPlan } from '../domain/evidence/run-plan.ts';
import type { AttemptRow } from '../domain/evidence/run-state.ts';
import type { RunManifest } from '../evaluation.ts';
import { run } from './main.ts';

const apiKey = 'sk-tidewater-secret-0123456789';

let folder: string;
let server: ModelServer;
const at = (name: string) => join(folder, name);

/** The number that the question names; a model that can double answers it doubled. */
const numberIn = ({ body }: Asked) => Number(/double (\d+)/.exec(body.messages.at(-1).content)?.[1]);
const doubling = (asked: Asked) => saying(`It is ${2 * numberIn(asked)}.`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-run-'));
  server = await start(doubling);
  await items(6);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const items = (count: number) =>
  writeFile(
    at('items.jsonl'),
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({
        id: `double-${index}`,
        input: `What is double ${index}?`,
        target: String(2 * index),
        cluster: `c${index % 2}`,
      }),
    ).join('\n'),
  );

const planOf = (change: Partial<RunPlan> = {}): RunPlan => ({
  format: 'assay-run-plan/1',
  name: 'Doubling',
  pack: 'items.jsonl',
  endpoint: { baseUrl: server.url, keyVariable: 'TIDEWATER_API_KEY', timeoutSeconds: 5 },
  model: 'tidewater-large',
  attempts: 2,
  scorer: { kind: 'match', numeric: true },
  ...change,
});

const prices = {
  format: 'assay-price-book/1',
  currency: 'USD',
  asOf: '2026-06-01',
  source: 'https://tidewater.example/prices',
  prices: [
    {
      model: 'tidewater-large',
      bands: [{ fromPromptTokens: 0, input: 2, cachedInput: 0.5, output: 10 }],
      batchShare: 0.5,
    },
  ],
};

async function assay(args: string[], env: Record<string, string> = {}) {
  const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env };
  const written = Promise.all([text(io.stdout), text(io.stderr)]);
  const code = await run(['run', ...args], io);
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, output, errors };
}

/** Runs a plan in `run/`; gives what was printed and, when it ran, what it left. */
async function drive(change: Partial<RunPlan> = {}) {
  await writeFile(at('plan.json'), JSON.stringify(planOf(change)));
  const done = await assay([at('plan.json'), '--out', at('run'), '--format', 'json'], {
    TIDEWATER_API_KEY: apiKey,
    ASSAY_OUTBOUND_ALLOW: server.host,
  });
  const manifest = (done.output === '' ? undefined : JSON.parse(done.output)) as RunManifest;
  const rows = (await readFile(at('run/attempts.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AttemptRow);
  return { ...done, manifest, rows };
}

const journal = async () =>
  (await readFile(at('run/journal.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a run', () => {
  test('asks every item k times and leaves a row for each attempt, and a manifest', async () => {
    await writeFile(at('prices.json'), JSON.stringify(prices));
    server.answer = (asked) => (numberIn(asked) === 3 ? saying('It is 7.') : doubling(asked));

    const { code, rows, manifest } = await drive({ prices: 'prices.json', sampling: { seed: 100, temperature: 0.7 } });

    expect(code).toBe(0);
    expect(rows).toHaveLength(12);
    expect(rows[0]).toEqual({
      ...{
        item: 'double-0',
        attempt: 1,
        score: 1,
        cluster: 'c0',
        tokens: 25,
        model: 'tidewater-large',
        cost: expect.closeTo(0.00009, 12),
      },
      ...{ finish: 'stop', turns: 1, tries: 1, latencyMs: expect.any(Number) },
    });
    expect(rows.filter(({ score }) => score === 0).map(({ item, attempt }) => [item, attempt])).toEqual([
      ['double-3', 1],
      ['double-3', 2],
    ]);
    expect(manifest).toMatchObject({
      format: 'assay-run-manifest/1',
      ...{ model: 'tidewater-large', fingerprints: ['fp_1'], stopped: null, sittings: 1, currency: 'USD' },
      attempts: { planned: 12, scored: 12, failed: 0, notRun: 0 },
      account: {
        requests: 12,
        tries: 12,
        promptTokens: 240,
        completionTokens: 60,
        lostTokens: 0,
        cost: expect.closeTo(0.00108, 12),
      },
    });
    expect(JSON.parse(await readFile(at('run/manifest.json'), 'utf8'))).toEqual(manifest);
    // Equal seeds may give equal answers, so each attempt has its own.
    expect(new Set(server.asked.map(({ body }) => body.seed))).toEqual(new Set([100, 101]));
  });

  test('keeps the key out of everything that it writes and prints', async () => {
    server.answer = ({ number }) => ({
      status: number < 4 ? 500 : 401,
      headers: { 'retry-after-ms': '1' },
      json: { error: { message: `Bad key ${apiKey}`, code: apiKey } },
    });
    const { output, errors } = await drive({ concurrency: 1 });

    expect(server.asked[0]?.headers['authorization']).toBe(`Bearer ${apiKey}`);
    const written = await Promise.all((await readdir(at('run'))).map((name) => readFile(at(`run/${name}`), 'utf8')));
    for (const text of [output, errors, ...written]) expect(text).not.toContain(apiKey);
    expect(errors).toContain('TIDEWATER_API_KEY');
  });

  test('of a sealed pack names its root, and refuses a pack that was changed after sealing', async () => {
    const io = {
      stdin: Readable.from([]),
      stdout: new PassThrough().resume(),
      stderr: new PassThrough().resume(),
      env: {},
    };
    await run(['pack', 'seal', at('items.jsonl'), '--out', at('sealed'), '--name', 'doubling'], io);
    const statement = JSON.parse(await readFile(at('sealed.root.json'), 'utf8'));

    expect((await drive({ pack: 'sealed' })).manifest.pack).toEqual(statement);
    await writeFile(at('sealed'), (await readFile(at('sealed'), 'utf8')).replace('"target":"4"', '"target":"5"'));
    expect(await drive({ pack: 'sealed' })).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/changed after it was sealed/),
    });
  });

  test('answers tools from the table of the item, and from nothing else', async () => {
    const tools = [
      {
        name: 'scan',
        parameters: { type: 'object' },
        answers: [{ arguments: { host: 'alpha' }, content: 'port 2222 is open' }],
        otherwise: 'no such host',
      },
    ];
    await writeFile(
      at('items.jsonl'),
      JSON.stringify({ id: 'scan', input: 'Which port is open on alpha?', target: '2222', tools }),
    );
    const call = (id: string, name: string, args: string) => ({
      id,
      type: 'function',
      function: { name, arguments: args },
    });
    server.answer = ({ body }) => {
      if (body.messages.length > 1) return saying('Port 2222');
      const tool_calls = [
        call('a', 'scan', '{"host":"alpha"}'),
        call('b', 'scan', 'not json'),
        call('c', 'shell', '{"run":"id"}'),
      ];
      return {
        json: completion(null, { choices: [{ finish_reason: 'tool_calls', message: { content: null, tool_calls } }] }),
      };
    };

    const { rows } = await drive({ attempts: 1, scorer: { kind: 'match' } });

    expect(rows).toMatchObject([{ item: 'scan', score: 1, turns: 2, tokens: 50, finish: 'stop' }]);
    expect(server.asked[1]?.body.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'port 2222 is open' },
      { role: 'tool', tool_call_id: 'b', content: 'no such host' },
      { role: 'tool', tool_call_id: 'c', content: 'There is no tool of this name.' },
    ]);
  });

  test('ends an attempt that only calls tools at its limit of turns', async () => {
    const tools = [{ name: 'again', parameters: {}, answers: [], otherwise: 'again' }];
    await writeFile(at('items.jsonl'), JSON.stringify({ id: 'loop', input: 'Go', target: 'done', tools }));
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'again', arguments: '{}' } }];
    server.answer = () => ({
      json: completion(null, { choices: [{ finish_reason: 'tool_calls', message: { content: null, tool_calls } }] }),
    });

    expect((await drive({ attempts: 1, turnsMax: 3 })).rows).toMatchObject([{ score: 0, turns: 3, finish: 'turns' }]);
  });

  test('marks an attempt in which the model says a canary that it was never told', async () => {
    const canary = 'canary-5d1f0a7e-of-this-pack';
    await writeFile(at('items.jsonl'), JSON.stringify({ id: 'q', input: 'Hello', target: 'x', canary }));
    server.answer = () => saying(`I know ${canary}`);

    expect((await drive({ attempts: 1 })).rows).toMatchObject([{ saidCanary: true }]);
    expect(JSON.stringify(server.asked)).not.toContain(canary);
  });
});

describe('the log of a run', () => {
  const evidence = async (...args: string[]) => {
    const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
    const written = Promise.all([text(io.stdout), text(io.stderr)]);
    const code = await run(['evidence', ...args, '--format', 'json'], io);
    io.stdout.end();
    io.stderr.end();
    const [output, errors] = await written;
    return {
      code,
      errors,
      lines: output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  };

  test('is read like any other: samples, scores, usage, and whether two runs can be compared', async () => {
    server.answer = (asked) => (numberIn(asked) === 3 ? saying('It is 7.') : doubling(asked));
    await drive();
    await rename(at('run'), at('first'));
    await drive({ sampling: { temperature: 1 } });
    const log = at('first/log.json');

    const { code, lines } = await evidence('import', log, at('first/attempts.jsonl'));
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      ...{ format: 'inspect-json', status: 'success', model: 'tidewater-large', task: 'items', marks: [] },
      ...{ samples: 12, samplesRead: 12, items: 6, epochs: 2 },
      scores: [{ name: 'match', metrics: { accuracy: 10 / 12 }, recomputed: { accuracy: 10 / 12 } }],
    });
    expect(lines[1]).toMatchObject({ samples: 12, items: 6, scores: [{ metrics: {}, recomputed: { mean: 10 / 12 } }] });
    expect((await evidence('compare', log, log)).lines[0]).toMatchObject({ verdict: 'comparable' });
    expect((await evidence('compare', log, at('run/log.json'))).lines[0]).toMatchObject({
      verdict: 'comparable_with_differences',
      reasons: [{ field: 'model.generate.temperature' }],
    });
  });

  test('holds what was said in its order, calls of tools and limits included, and attempts without an answer', async () => {
    const tools = [{ name: 'again', parameters: {}, answers: [], otherwise: 'nothing' }];
    await writeFile(
      at('items.jsonl'),
      [
        { id: 'loop', input: 'Go on', target: 'done', tools, cluster: 'tools', metadata: { minutes: 3 } },
        { id: 'silent', input: 'Say nothing', target: 'x', canary: 'canary-5d1f0a7e-of-this-pack' },
      ]
        .map((item) => JSON.stringify(item))
        .join('\n'),
    );
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'again', arguments: '{"n":1}' } }];
    const call = {
      json: completion(null, { choices: [{ finish_reason: 'tool_calls', message: { content: null, tool_calls } }] }),
    };
    server.answer = ({ body }) =>
      body.messages[0].content === 'Go on' ? call : { status: 502, headers: { 'retry-after-ms': '1' } };

    await drive({ attempts: 1, turnsMax: 2, concurrency: 1 });
    const { samples } = JSON.parse(await readFile(at('run/log.json'), 'utf8'));

    expect(samples[0]).toMatchObject({
      ...{ id: 'loop', epoch: 1, target: ['done'], metadata: { minutes: 3, cluster: 'tools' } },
      ...{ scores: { match: { value: 'I' } }, limit: { type: 'turn', limit: 2 } },
      model_usage: { 'tidewater-large': { input_tokens: 40, output_tokens: 10, total_tokens: 50 } },
    });
    expect(samples[0].messages.map(({ role }: { role: string }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
    expect(samples[0].events.map(({ event }: { event: string }) => event)).toEqual([
      'model',
      'tool',
      'model',
      'tool',
      'score',
    ]);
    expect(samples[0].events[2].input).toEqual([{ role: 'tool', content: 'nothing', tool_call_id: 'a' }]);
    expect(samples[1]).toMatchObject({ id: 'silent', error: { message: 'server' }, messages: [] });
    expect(JSON.stringify(samples)).not.toContain('canary-5d1f');
    expect(await evidence('import', at('run/log.json'))).toMatchObject({ code: 0, lines: [{ samplesRead: 2 }] });
  });
});

describe('budgets are never exceeded', () => {
  test('tokens: what the next request could use at most must fit, with all that is under way', async () => {
    await items(40);
    // Each answer uses all that it may.
    server.answer = (asked) => ({
      ...saying(`It is ${2 * numberIn(asked)}.`, { usage: { prompt_tokens: 90, completion_tokens: 200 } }),
      delayMs: 5,
    });

    const { code, manifest, errors } = await drive({
      attempts: 1,
      concurrency: 8,
      sampling: { maxTokens: 200 },
      budget: { tokens: 6_000 },
    });
    const { account, attempts, stopped } = manifest;

    expect(code).toBe(1);
    expect(stopped?.reason).toBe('budget_tokens');
    expect(account.promptTokens + account.completionTokens).toBeLessThanOrEqual(6_000);
    expect(attempts.scored).toBeGreaterThan(10);
    expect(attempts.notRun).toBe(40 - attempts.scored);
    expect(errors).toContain('40 of 40 attempts are left');
  });

  test('cost: the same in the currency of the price book', async () => {
    await items(40);
    await writeFile(at('prices.json'), JSON.stringify(prices));
    const sampling = { maxTokens: 100 };
    server.answer = (asked) =>
      saying(`It is ${2 * numberIn(asked)}.`, { usage: { prompt_tokens: 90, completion_tokens: 100 } });

    const { manifest } = await drive({ attempts: 1, sampling, prices: 'prices.json', budget: { cost: 0.02 } });

    expect(manifest.stopped?.reason).toBe('budget_cost');
    expect(manifest.account.cost).toBeLessThanOrEqual(0.02);
    expect(manifest.account.cost).toBeGreaterThan(0.012);
  });

  test('time: what is under way is given up, and counted as used', async () => {
    await items(40);
    server.answer = (asked) => ({ ...doubling(asked), delayMs: asked.number > 6 ? 60_000 : 5 });
    const before = performance.now();

    const { manifest } = await drive({ attempts: 1, sampling: { maxTokens: 10 }, budget: { seconds: 1 } });

    expect(performance.now() - before).toBeLessThan(4_000);
    expect(manifest).toMatchObject({ stopped: { reason: 'budget_time' }, attempts: { scored: 6 } });
    expect(manifest.account.lostTokens).toBeGreaterThan(4 * 1_000);
  });

  test('answers that never arrived count as used, answers that were turned away do not', async () => {
    await items(1);
    server.answer = ({ number, ...asked }) => {
      if (number === 1) return { status: 429, headers: { 'retry-after-ms': '1' } };
      if (number === 2) return { ...saying('cut'), cutAt: 20 };
      return doubling({ ...asked, number });
    };

    const { manifest, rows } = await drive({ attempts: 1, sampling: { maxTokens: 50 } });
    const lost = manifest.account.lostTokens;

    expect(lost).toBeGreaterThan(50);
    expect(lost).toBeLessThan(2 * (50 + 1_024) + 1_000);
    expect(rows).toMatchObject([{ score: 1, tries: 3, tokens: 25 + lost }]);
  });

  test('an endpoint that generates more than it may is stopped', async () => {
    server.answer = (asked) =>
      saying(`It is ${2 * numberIn(asked)}.`, { usage: { prompt_tokens: 9, completion_tokens: 900_000 } });

    const { manifest } = await drive({ concurrency: 1, sampling: { maxTokens: 100 }, budget: { tokens: 10_000 } });

    expect(manifest).toMatchObject({ stopped: { reason: 'over_limit' }, account: { requests: 1 } });
  });

  test('a raised budget goes on where the run stopped, and asks nothing twice', async () => {
    await items(10);
    const sampling = { maxTokens: 100 };
    const first = await drive({ attempts: 1, sampling, budget: { tokens: 1_400 } });
    const second = await drive({ attempts: 1, sampling, budget: { tokens: 100_000 } });

    expect(first.manifest.attempts.notRun).toBeGreaterThan(0);
    expect(second).toMatchObject({ code: 0, manifest: { sittings: 2, attempts: { scored: 10, notRun: 0 } } });
    expect(server.asked).toHaveLength(10);
    expect((await drive({ attempts: 1, sampling, budget: { tokens: 100_000 } })).code).toBe(0);
    expect(server.asked).toHaveLength(10);
  });
});

describe('another model is never mixed in', () => {
  test('a model id that changes ends the run, and its answer has no score', async () => {
    server.answer = (asked) =>
      asked.number === 5 ? saying('It is 0.', { model: 'tidewater-small' }) : doubling(asked);

    const { code, manifest, rows } = await drive({ concurrency: 1 });

    expect(code).toBe(1);
    expect(manifest.stopped).toEqual({
      reason: 'another_model',
      detail: 'The model "tidewater-small" answers, not "tidewater-large".',
    });
    expect(rows).toHaveLength(4);
    expect(manifest.account.requests).toBe(5);
  });

  test('nor does one answer that was never asked for; a dated name of the same model may', async () => {
    server.answer = () => saying('x', { model: 'tidewater-large-mini' });
    expect((await drive()).manifest).toMatchObject({
      stopped: { reason: 'another_model' },
      model: null,
      attempts: { scored: 0 },
    });

    await rm(at('run'), { recursive: true });
    server.answer = (asked) => saying(`It is ${2 * numberIn(asked)}.`, { model: 'tidewater-large-2026-09-01' });
    expect((await drive()).manifest).toMatchObject({
      stopped: null,
      model: 'tidewater-large-2026-09-01',
      attempts: { scored: 12 },
    });
  });

  test('a fingerprint that changes ends the run, unless the plan lets it change', async () => {
    server.answer = (asked) =>
      saying(`It is ${2 * numberIn(asked)}.`, { system_fingerprint: asked.number > 3 ? 'fp_2' : 'fp_1' });
    expect((await drive({ concurrency: 1 })).manifest).toMatchObject({
      stopped: { reason: 'another_fingerprint' },
      attempts: { scored: 3 },
    });

    await rm(at('run'), { recursive: true });
    server.asked.length = 0;
    const { manifest } = await drive({ concurrency: 1, fingerprint: 'may_change' });
    expect(manifest).toMatchObject({ stopped: null, fingerprints: ['fp_1', 'fp_2'], attempts: { scored: 12 } });
  });

  test('a run does not go on with another model than it began with', async () => {
    await drive({ concurrency: 1, attempts: 1, budget: { tokens: 4_200 }, sampling: { maxTokens: 3_000 } });
    server.answer = (asked) => saying(`It is ${2 * numberIn(asked)}.`, { model: 'tidewater-large-2026-09-01' });

    const { manifest } = await drive({
      concurrency: 1,
      attempts: 1,
      budget: { tokens: 500_000 },
      sampling: { maxTokens: 3_000 },
    });

    expect(manifest).toMatchObject({ stopped: { reason: 'another_model' }, model: 'tidewater-large' });
  });
});

describe('an endpoint in trouble', () => {
  test('an attempt without an answer has no score, which is not zero; the next sitting asks it again', async () => {
    server.answer = (asked) =>
      numberIn(asked) === 2 ? { status: 502, headers: { 'retry-after-ms': '1' } } : doubling(asked);
    const first = await drive({ attempts: 1 });

    expect(first.rows.filter(({ score }) => score === null)).toEqual([
      {
        item: 'double-2',
        attempt: 1,
        score: null,
        cluster: 'c0',
        tokens: expect.any(Number),
        turns: 0,
        tries: 8,
        latencyMs: 0,
        error: 'server',
      },
    ]);
    expect(first).toMatchObject({ code: 0, manifest: { attempts: { scored: 5, failed: 1 } } });

    server.answer = doubling;
    expect((await drive({ attempts: 1 })).manifest.attempts).toMatchObject({ scored: 6, failed: 0 });
  }, 60_000);

  test('one that refuses the key stops the run at once', async () => {
    server.answer = () => ({ status: 401 });

    const { manifest, code } = await drive({ concurrency: 1 });

    expect(code).toBe(1);
    expect(manifest).toMatchObject({
      stopped: { reason: 'endpoint_refuses', detail: expect.stringContaining('401') },
      attempts: { notRun: 12 },
    });
    expect(server.asked).toHaveLength(1);
  });

  test('one that answers nothing useful is left alone after ten attempts', async () => {
    await items(30);
    server.answer = () => ({ raw: '<html>busy</html>' });

    const { manifest } = await drive({ concurrency: 1 });

    expect(manifest).toMatchObject({ stopped: { reason: 'endpoint_silent' }, attempts: { failed: 10, scored: 0 } });
  });

  test('huge, slow and malformed answers fail their own attempt only', async () => {
    server.answer = (asked) => {
      if (numberIn(asked) === 1) return saying('x'.repeat(5_000_000));
      if (numberIn(asked) === 2) return { raw: '{"choices": 7}' };
      if (numberIn(asked) === 3) return saying('It is 6.', { usage: { prompt_tokens: 'some' } });
      return doubling(asked);
    };

    const { rows, manifest } = await drive({ attempts: 1 });

    expect(rows.map(({ item, score, error }) => [item, score, error])).toEqual([
      ['double-0', 1, undefined],
      ['double-1', null, 'too_large'],
      ['double-2', null, 'malformed'],
      ['double-3', 1, undefined],
      ['double-4', 1, undefined],
      ['double-5', 1, undefined],
    ]);
    expect(manifest.account.lostTokens).toBeGreaterThan(3 * 1_000);
  });
});

describe('the journal', () => {
  test('holds each try before it is sent', async () => {
    let written = '';
    server.answer = (asked) => {
      written = JSON.stringify(asked.number);
      return doubling(asked);
    };
    await drive({ concurrency: 1, attempts: 1 });
    const kinds = (await journal()).map(({ kind }) => kind);

    expect(written).toBe('6');
    expect(kinds).toEqual(['run', 'session', ...Array.from({ length: 6 }, () => ['try', 'answer']).flat()]);
  });

  test('with a torn last line is gone on with; one that is damaged is refused', async () => {
    await drive({ attempts: 1, budget: { tokens: 3_000 }, sampling: { maxTokens: 500 }, concurrency: 1 });
    const before = await readFile(at('run/journal.jsonl'), 'utf8');
    await writeFile(at('run/journal.jsonl'), `${before}{"kind":"answer","item":"dou`);
    const limits = { attempts: 1, budget: { tokens: 300_000 }, sampling: { maxTokens: 500 }, concurrency: 1 };

    expect(await drive(limits)).toMatchObject({ code: 0, manifest: { attempts: { scored: 6 } } });
    await writeFile(at('run/journal.jsonl'), before.replace('"kind":"session"', '"kind":"recess"'));
    expect(await drive(limits)).toMatchObject({ code: 1, errors: expect.stringMatching(/line 2, is damaged/) });
  });

  test('belongs to one plan and one pack', async () => {
    await drive();
    expect(await drive({ sampling: { temperature: 1 } })).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/another plan/),
    });
    await items(7);
    expect(await drive()).toMatchObject({ code: 1, errors: expect.stringMatching(/another pack/) });
  });

  test('is held by one process at a time', async () => {
    await mkdir(at('run'));
    await writeFile(at('run/lock'), String(process.ppid));
    expect(await drive()).toMatchObject({ code: 1, errors: expect.stringMatching(/works on this run/) });

    // No process has this number: whoever held the lock was killed.
    await writeFile(at('run/lock'), '999999999');
    expect((await drive()).code).toBe(0);
    expect(await readdir(at('run'))).not.toContain('lock');
  });
});

describe('a plan that cannot be run is refused with the reason', () => {
  test.each<[string, Partial<RunPlan>, RegExp]>([
    ['a budget without a limit of tokens', { budget: { tokens: 100 } }, /sampling.maxTokens/],
    ['a budget of cost without prices', { budget: { cost: 1 }, sampling: { maxTokens: 5 } }, /prices/],
    [
      'a variable that is no key of an endpoint',
      { endpoint: { baseUrl: 'https://x.example', keyVariable: 'AWS_SECRET' } },
      /_API_KEY/,
    ],
    [
      'a key that is not set',
      { endpoint: { baseUrl: 'https://x.example', keyVariable: 'OTHER_API_KEY' } },
      /Set the key/,
    ],
    ['an unknown field', { retries: 9 } as never, /retries: There is no such field/],
    ['a field that would move the cursor', { '\u001b[2Jretries': 9 } as never, /plan.json, {2}\[2Jretries: There/],
    ['a pattern that could be slow', { scorer: { kind: 'pattern', pattern: '(a*)*b' } }, /may be empty/],
    ['a missing pack', { pack: 'nowhere.jsonl' }, /is not there/],
    ['no scorer', { scorer: undefined as never }, /scorer/],
    ['an address that is none', { endpoint: { baseUrl: 'tidewater' } }, /not an address/],
  ])('%s', async (_what, change, reason) => {
    expect(await drive(change)).toMatchObject({ code: 1, output: '', errors: expect.stringMatching(reason) });
    expect(server.asked).toEqual([]);
  });

  test('an item whose grader is elsewhere cannot be run here', async () => {
    await writeFile(at('items.jsonl'), JSON.stringify({ id: 'q', input: 'x', grader: 'panel of three' }));

    expect(await drive()).toMatchObject({ code: 1, errors: expect.stringMatching(/grader is elsewhere/) });
  });

  test('a private endpoint that the operator did not allow is not asked', async () => {
    await writeFile(at('plan.json'), JSON.stringify(planOf()));
    const { code, output } = await assay([at('plan.json'), '--out', at('run')], { TIDEWATER_API_KEY: apiKey });

    expect(code).toBe(1);
    expect(output).toContain(`\n[outbound]\nallow = ["${server.host}"]\n`);
    expect(output).toContain(`ASSAY_OUTBOUND_ALLOW=${server.host}`);
    expect(output).toContain(process.cwd());
    expect(server.asked).toEqual([]);
  });

  test('a request that never left the machine counts no tokens and no try, then or later', async () => {
    await writeFile(at('plan.json'), JSON.stringify(planOf()));
    const refused = await assay([at('plan.json'), '--out', at('run'), '--format', 'json'], {
      TIDEWATER_API_KEY: apiKey,
    });
    expect(JSON.parse(refused.output)).toMatchObject({
      stopped: { reason: 'address_not_allowed' },
      account: { tries: 0, lostTokens: 0 },
    });

    const { code, manifest, rows } = await drive();
    expect(code).toBe(0);
    expect(manifest.account).toMatchObject({ requests: 12, tries: 12, lostTokens: 0 });
    expect(new Set(rows.map(({ tokens, tries }) => `${tokens} ${tries}`))).toEqual(new Set(['25 1']));
  });

  test('nor does a request to where nobody listens', async () => {
    await writeFile(at('plan.json'), JSON.stringify(planOf({ attempts: 1, budget: { seconds: 1 } })));
    await server.close();
    const { output } = await assay([at('plan.json'), '--out', at('run'), '--format', 'json'], {
      TIDEWATER_API_KEY: apiKey,
      ASSAY_OUTBOUND_ALLOW: server.host,
    });
    server = await start(doubling);

    expect(JSON.parse(output).account).toMatchObject({ tries: 0, lostTokens: 0 });
  });
});

describe('a task for Inspect', () => {
  const fixture = 'log_streaming.eval';
  const log = resolve('src/formats/inspect/testdata', fixture);

  test('is not run where Inspect is not installed, and one line says so', async () => {
    const { code, errors } = await assay(['--inspect', 'task.py', '--out', at('logs')], { PATH: at('empty') });

    expect(code).toBe(1);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(errors).toMatch(/Inspect is not installed/);
  });

  test('is handed over with what stands after --, word for word and without a shell, and its log is read', async () => {
    await writeFile(
      at('inspect'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${at('given')}\nmkdir -p "$4"\ncp ${log} "$4"\necho starting\n`,
    );
    await chmod(at('inspect'), 0o755);

    const { code, output, errors } = await assay(
      [
        '--inspect',
        'task.py',
        '--out',
        at('logs'),
        '--format',
        'json',
        '--',
        '--model',
        'x; rm -rf $HOME',
        '-T',
        'a=b c',
      ],
      { PATH: `${folder}:/bin:/usr/bin` },
    );

    expect({ code, errors }).toEqual({ code: 0, errors: 'starting\n' });
    expect((await readFile(at('given'), 'utf8')).trim().split('\n')).toEqual([
      'eval',
      'task.py',
      '--log-dir',
      at('logs'),
      '--model',
      'x; rm -rf $HOME',
      '-T',
      'a=b c',
    ]);
    expect(JSON.parse(output)).toMatchObject({
      file: at(`logs/${fixture}`),
      format: 'inspect-eval',
      samples: expect.any(Number),
    });
  });

  test('that leaves no log is told, and an option does not pass for a task', async () => {
    await writeFile(at('inspect'), '#!/bin/sh\nexit 3\n');
    await chmod(at('inspect'), 0o755);

    expect(await assay(['--inspect', 'task.py', '--out', at('logs')], { PATH: `${folder}:/bin` })).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/left no log .* code 3/),
    });
    expect((await assay(['--inspect', '--log-dir=/etc', '--out', at('logs')])).code).toBe(2);
  });
});
