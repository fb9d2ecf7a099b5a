import type { Command } from 'commander';
import { contains, read, VersError } from '../domain/advisory/vers.ts';
import { Exit, exitCode, type Io } from './io.ts';

export function register(program: Command, io: Io): void {
  program
    .command('vers')
    .description('version range specifiers')
    .command('contains')
    .description('whether a version lies in a range: true or false')
    .argument('<range>', 'such as "vers:npm/>=1.2.3|<2.0.0"')
    .argument('<version>')
    .option('--format <format>', 'json: the only one')
    .action((range: string, version: string) => {
      try {
        io.stdout.write(`${contains(read(range), version)}\n`);
      } catch (error) {
        if (!(error instanceof VersError)) throw error;
        io.stderr.write(`assay: ${error.message}\n`);
        throw new Exit(exitCode.findings);
      }
    });
}
