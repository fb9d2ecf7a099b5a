import { readFile, stat } from 'node:fs/promises';
import { Argument, type Command, Option } from 'commander';
import type { Problem } from '../domain/problem.ts';
import { parse } from '../formats/json.ts';
import { limits } from '../formats/listing.ts';
import { decode } from '../formats/text.ts';
import { Exit, exitCode, type Io } from './io.ts';

type Check = (bytes: Uint8Array) => Problem[];

/** Loaded when asked for: the schemas are large. */
const checks: Record<string, () => Promise<Check>> = {
  cyclonedx: async () => (await import('../formats/cyclonedx/check.ts')).check,
  spdx: async () => (await import('../formats/spdx/check.ts')).check,
  osv: async () => ofJson((await import('../formats/osv/check.ts')).check),
  cve: async () => ofJson((await import('../formats/cve/check.ts')).check),
  sarif: async () => ofJson((await import('../formats/sarif/check.ts')).check),
};

const ofJson =
  (check: (value: unknown) => Problem[]): Check =>
  (bytes) => {
    const decoded = decode(bytes);
    if ('problems' in decoded) return decoded.problems;
    const parsed = parse(decoded.text);
    return 'problems' in parsed ? parsed.problems : check(parsed.value);
  };

export function register(program: Command, io: Io): void {
  program
    .command('check')
    .description('check documents against their standard: its schema and its rules')
    .addArgument(new Argument('<standard>', 'the standard').choices(Object.keys(checks)))
    .argument('<file...>', 'files to check')
    .addOption(
      new Option('--format <format>', 'json: one object a line, {file, valid, problems}')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async (standard: string, files: string[], { format }: { format: 'text' | 'json' }) => {
      const check = await (checks[standard] as () => Promise<Check>)();
      let isAnyFaulty = false;
      for (const file of files) {
        const problems = await checkFile(file, check);
        const valid = problems.length === 0;
        if (!valid) isAnyFaulty = true;
        if (format === 'json') io.stdout.write(`${JSON.stringify({ file, valid, problems })}\n`);
        else io.stdout.write(valid ? `${file}: no faults found\n` : `${file}:\n${problems.map(line).join('')}`);
      }
      if (isAnyFaulty) throw new Exit(exitCode.findings);
    });
}

async function checkFile(file: string, check: Check): Promise<Problem[]> {
  try {
    const { size } = await stat(file);
    if (size > limits.sizeMax) {
      return [{ path: '', message: `The file is larger than ${limits.sizeMax / 1024 / 1024} MB.` }];
    }
    return check(await readFile(file));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return [{ path: '', message: `The file cannot be read: ${error.message}.` }];
  }
}

function line({ path, message, clause }: Problem): string {
  return `  ${path === '' ? '' : `${path}: `}${message}${clause === undefined ? '' : ` (${clause})`}\n`;
}
