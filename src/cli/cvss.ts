import { type Command, Option } from 'commander';
import { score } from '../domain/advisory/cvss/score.ts';
import { Exit, exitCode, type Io } from './io.ts';
import { mapLines } from './lines.ts';

export function register(program: Command, io: Io): void {
  program
    .command('cvss')
    .description('score CVSS 2.0, 3.0, 3.1 and 4.0 vectors, one a line on standard input')
    .addOption(new Option('--format <format>', 'json: one object a line').choices(['table', 'json']))
    .action(async ({ format }: { format?: 'table' | 'json' }) => {
      const isJson = (format ?? (io.stdout.isTTY ? 'table' : 'json')) === 'json';
      let isAnyRefused = false;
      await mapLines(io, (line) => {
        const result = score(line);
        if ('error' in result) {
          isAnyRefused = true;
          const { vector, error } = result;
          return isJson ? JSON.stringify({ vector, error }) : `   -  refused   ${error}  ${vector}`;
        }
        return isJson
          ? JSON.stringify(result)
          : `${result.score.toFixed(1).padStart(4)}  ${result.severity.padEnd(8)}  ${result.vector}`;
      });
      if (isAnyRefused) throw new Exit(exitCode.findings);
    });
}
