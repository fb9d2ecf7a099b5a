import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as logs from '../../test/eval-logs.ts';
import { check } from '../formats/every-eval-ever/document.ts';
import * as evidence from './evidence.ts';
import { Exit, type Io } from './io.ts';

const inspect = (name: string) => join(import.meta.dirname, '../formats/inspect/testdata', name);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function saved(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function run(...args: string[]): Promise<{ code: number; output: string; lines: unknown[]; errors: string }> {
  const io: Io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const program = new Command().exitOverride().configureOutput({ writeErr: (line) => io.stderr.write(line) });
  evidence.register(program, io);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) command.exitOverride();
  const written = Promise.all([text(io.stdout as PassThrough), text(io.stderr as PassThrough)]);
  let code = 0;
  try {
    await program.parseAsync(['evidence', ...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = 2;
    else if (error instanceof Exit) code = error.code;
    else throw error;
  }
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  const lines = args.includes('json')
    ? output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  return { code, output, lines, errors };
}

describe('assay evidence import', () => {
  test('a JSON line for each log, with what its header says', async () => {
    const files = ['log_streaming.eval', 'popularity-zstd.eval', 'log_formats.json'].map(inspect);
    const { code, lines } = await run('import', ...files, '--format', 'json');

    expect(code).toBe(0);
    expect(lines).toMatchObject([
      {
        file: files[0],
        model: 'azureai/Meta-Llama-3-1-405B-Instruct-jqf',
        task: 'popularity',
        samples: 4,
        items: 2,
        epochs: 2,
        scores: [{ name: 'match', metrics: { accuracy: 0.75, stderr: 0.25 } }],
        marks: [],
      },
      { model: 'openai/gpt-4o-mini', samples: 10, epochs: 1, scores: [{ name: 'match', metrics: { accuracy: 0.8 } }] },
      { model: 'ollama/llama3.1', samples: 1, usage: { 'ollama/llama3.1': { input: 66, output: 2, total: 68 } } },
    ]);
  });

  test('a refused log is told with the reason, the others are read, the exit code is 1', async () => {
    const cut = saved('cut.eval', readFileSync(inspect('popularity.eval')).subarray(0, 9_000));
    const { code, lines, errors } = await run(
      'import',
      cut,
      join(folder, 'missing.eval'),
      inspect('popularity.eval'),
      '--format',
      'json',
    );

    expect(code).toBe(1);
    expect(lines).toMatchObject([
      { file: cut, error: expect.stringContaining('cut off') },
      { error: expect.stringContaining('no such file') },
      { task: 'popularity' },
    ]);
    expect(errors).toContain(`${cut}: The file has no list of entries at its end.`);
  });

  test('a metric that the samples do not bear out stands beside theirs', async () => {
    const log = saved(
      'odd.json',
      logs.jsonLog(logs.header({ samples: 2, accuracy: 0.9 }), [logs.sample('a', 1, 'C'), logs.sample('b', 1, 'I')]),
    );
    const { code, output } = await run('import', log);

    expect(code).toBe(0);
    expect(output).toBe(
      [
        log,
        '  port_scan on tidewater/sample-1, 2 samples (2 items, 1 attempt each), ended: success',
        '  match: accuracy 0.9 (from the samples 0.5)',
        '  ! match: the header says accuracy 0.9; the samples give 0.5. [metric_differs]',
        '',
      ].join('\n'),
    );
  });

  test('a table of attempts is read like a log', async () => {
    const table = saved('port-scan.csv', 'item,score,model\na,1,tidewater/sample-1\nb,0,tidewater/sample-1\n');
    const { lines } = await run('import', table, '--format', 'json');

    expect(lines).toMatchObject([
      {
        task: 'port-scan',
        model: 'tidewater/sample-1',
        samples: 2,
        scores: [{ name: 'score', recomputed: { mean: 0.5, stderr: 0.5 } }],
      },
    ]);
  });
});

describe('assay evidence compare', () => {
  const saveLog = (name: string, change: object) =>
    saved(name, logs.jsonLog({ ...logs.header({ samples: 1 }), ...change }, [logs.sample('a', 1, 'C')]));
  const spec = logs.header({ samples: 1 }).eval;

  test('two models under the same conditions are comparable', async () => {
    const { code, output } = await run(
      'compare',
      saveLog('one.json', {}),
      saveLog('two.json', { eval: { ...spec, model: 'other/model' } }),
    );

    expect(code).toBe(0);
    expect(output).toContain('  comparable: the two measure the same thing');
  });

  test('what sets two runs apart is named with both values', async () => {
    const other = saveLog('v4.json', {
      eval: { ...spec, task_version: 4, config: { ...spec.config, token_limit: 9 } },
    });
    const { code, output, lines } = await run('compare', saveLog('one.json', {}), other);

    expect(code).toBe(1);
    expect(lines).toEqual([]);
    expect(output.split('\n').slice(2)).toEqual([
      '  not comparable: the two measure different things',
      '  x The task changed between the two. [task.version]',
      '      "3" | "4"',
      '  ! The limits are different: the lower one may hide ability. [limits.token_limit]',
      '      "500000" | "9"',
      '',
    ]);
  });

  test('as JSON: verdict, reasons, differences', async () => {
    const { lines } = await run('compare', saveLog('one.json', {}), saveLog('one.json', {}), '--format', 'json');

    expect(lines).toEqual([
      { files: [expect.any(String), expect.any(String)], verdict: 'comparable', reasons: [], differences: [] },
    ]);
  });
});

describe('assay evidence export', () => {
  test('as a table of attempts that is read back', async () => {
    const { code, output } = await run('export', inspect('log_streaming.eval'), '--as', 'attempts');
    const { lines } = await run('import', saved('back.csv', output), '--format', 'json');

    expect(code).toBe(0);
    expect(lines).toMatchObject([
      { samples: 4, items: 2, epochs: 2, scores: [{ recomputed: { mean: 0.75, stderr: 0.25 } }] },
    ]);
  });

  test('as Every Eval Ever that its own check takes', async () => {
    const { output } = await run(
      'export',
      inspect('popularity.eval'),
      '--as',
      'every-eval-ever',
      '--relationship',
      'third_party',
    );

    expect(check(JSON.parse(output))).toEqual([]);
    expect(JSON.parse(output).source_metadata.evaluator_relationship).toBe('third_party');
  });

  test('a log with several scorers asks which', async () => {
    const scores = { match: { value: 'C' }, style: { value: 0.5 } };
    const log = saved(
      'several.json',
      logs.jsonLog(logs.header({ samples: 1 }), [logs.sample('a', 1, 'C', { scores })]),
    );

    expect(await run('export', log, '--as', 'attempts')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('match, style. Say which by --scorer'),
    });
    expect((await run('export', log, '--as', 'attempts', '--scorer', 'style')).output).toContain('a,1,0.5');
  });

  test('without --as it is wrong use', async () => {
    expect((await run('export', inspect('popularity.eval'))).code).toBe(2);
  });
});
