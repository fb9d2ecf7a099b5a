import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { Exit, type Io } from './io.ts';
import * as purl from './purl.ts';
import * as vers from './vers.ts';
import * as version from './version.ts';

async function assay(args: string[], input: string[] = []): Promise<{ code: number; output: string; errors: string }> {
  const io: Io = { stdin: Readable.from(input), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const program = new Command().exitOverride();
  for (const command of [purl, vers, version]) command.register(program, io);
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
  return { code, output, errors };
}

test('assay purl parse: every part, null where there is none, and the canonical text', async () => {
  const { code, output } = await assay(['purl', 'parse', 'pkg:PyPI/Django_x@1.0?b=2&a=1']);

  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual({
    type: 'pypi',
    namespace: null,
    name: 'django-x',
    version: '1.0',
    qualifiers: { a: '1', b: '2' },
    subpath: null,
    canonical: 'pkg:pypi/django-x@1.0?a=1&b=2',
  });
});

test('assay purl parse: a refused text says why on standard error, and the exit code is 1', async () => {
  expect(await assay(['purl', 'parse', 'npm/left-pad'])).toEqual({
    code: 1,
    output: '',
    errors: 'assay: A package URL starts with "pkg:".\n',
  });
});

test('assay vers contains: true or false, and 1 for a range that cannot be read', async () => {
  expect((await assay(['vers', 'contains', 'vers:npm/>=1.2.3|<2.0.0', '1.9.0'])).output).toBe('true\n');
  expect((await assay(['vers', 'contains', 'vers:npm/>=1.2.3|<2.0.0', '2.0.0'])).output).toBe('false\n');
  expect((await assay(['vers', 'contains', '>=1', '2.0.0'])).code).toBe(1);
});

test('assay version compare: a sign per line, whatever the chunks of input', async () => {
  const { code, output } = await assay(
    ['version', 'compare', 'Debian:12'],
    ['1.0\t1.', '0~rc1\n1:1\t2\n0\t0-0\n1.0\t1.1'],
  );

  expect([code, output]).toEqual([0, '>\n>\n=\n<\n']);
});

test('assay version compare: "?" for a line that is not two versions, and exit code 1; 2 for an unknown ecosystem', async () => {
  expect(await assay(['version', 'compare', 'npm'], ['1.0\n1.0\t2.0\n'])).toEqual({
    code: 1,
    output: '?\n<\n',
    errors: '',
  });
  expect((await assay(['version', 'compare', 'Nowhere'])).code).toBe(2);
});

test('assay version compare: an ecosystem by any spelling, or a type of vers', async () => {
  for (const name of ['Red Hat', 'redhat', 'rpm', 'deb', 'apk']) {
    expect((await assay(['version', 'compare', name], ['1.9\t1.10\n'])).output).toBe('<\n');
  }
});
