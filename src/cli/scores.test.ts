import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import * as cvss from './cvss.ts';
import { Exit, type Io } from './io.ts';
import * as ssvc from './ssvc.ts';

/** Runs a command on this standard input. */
async function run(args: string[], input: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
  const io: Io = { stdin: Readable.from(input), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const program = new Command().exitOverride();
  cvss.register(program, io);
  ssvc.register(program, io);
  const written = Promise.all([text(io.stdout as PassThrough), text(io.stderr as PassThrough)]);
  let code = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    code = error.code;
  }
  io.stdout.end();
  io.stderr.end();
  const [output, errors] = await written;
  return { code, lines: output.split('\n').filter((line) => line !== ''), errors };
}

test('assay cvss: a JSON line per vector, whatever the chunks of input', async () => {
  const { code, lines } = await run(
    ['cvss'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI', ':N/S:U/C:H/I:H/A:H\nAV:N/AC:L/Au:N/C:C/', 'I:C/A:C/E:F'],
  );

  expect(code).toBe(0);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      version: '3.1',
      base: 9.8,
      temporal: 9.8,
      environmental: 9.8,
      score: 9.8,
      severity: 'CRITICAL',
    },
    {
      vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F',
      version: '2.0',
      base: 10,
      temporal: 9.5,
      environmental: null,
      score: 9.5,
      severity: 'HIGH',
    },
  ]);
});

test('assay cvss: a refused vector is answered in its place, and the exit code is 1', async () => {
  const { code, lines } = await run(
    ['cvss'],
    ['nonsense\nCVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N\n'],
  );

  expect(code).toBe(1);
  expect(JSON.parse(lines[0]!)).toEqual({ vector: 'nonsense', error: '"nonsense" is not "metric:value".' });
  expect(JSON.parse(lines[1]!).score).toBe(9.3);
});

test('assay ssvc evaluate: inputs and outcome, or an error that names the point', async () => {
  const { code, lines } = await run(
    ['ssvc', 'evaluate', 'deployer_patch_application_priority_1_0_0'],
    [
      '{"id":1,"Exploitation":"active","System Exposure":"open","Automatable":"yes","Human Impact":"high"}\n{"Exploitation":"active"}\n[]\n',
    ],
  );

  expect(code).toBe(1);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      id: 1,
      Exploitation: 'active',
      'System Exposure': 'open',
      Automatable: 'yes',
      'Human Impact': 'high',
      outcome: 'immediate',
    },
    { error: 'System Exposure is missing: give one of small, controlled, open.' },
    { error: 'Line 3 is not a JSON object.' },
  ]);
});

test('assay ssvc: an unknown table is wrong use; the tables are listed', async () => {
  expect(await run(['ssvc', 'evaluate', 'nosuch'], [''])).toMatchObject({
    code: 2,
    errors: expect.stringContaining('nosuch'),
  });
  expect((await run(['ssvc', 'tables', '--format', 'json'], [''])).lines).toHaveLength(16);
});
