import type { Command } from 'commander';
import { orderOfVersType } from '../domain/advisory/vers.ts';
import { orderNamed } from '../domain/advisory/version/order.ts';
import { Exit, exitCode, type Io } from './io.ts';
import { mapLines } from './lines.ts';

export function register(program: Command, io: Io): void {
  program
    .command('version')
    .description('versions of an ecosystem')
    .command('compare')
    .description('<, = or > for each line "a<TAB>b" on standard input; ? for a line that is not two versions')
    .argument('<ecosystem>', 'such as npm, PyPI, Debian or "Red Hat"')
    .option('--format <format>', 'json: the same')
    .addHelpText(
      'after',
      `
The answer to a line is that sign alone, in the order of the lines; blank lines are left out. For example
  printf '1.0~rc1\\t1.0\\n' | assay version compare Debian
prints
  <
Exit code: 0 every line was compared; 1 a line was not two versions; 2 used wrongly.`,
    )
    .action(async (ecosystem: string) => {
      const order = orderNamed(ecosystem) ?? orderOfVersType(ecosystem.toLowerCase());
      if (order === undefined) {
        io.stderr.write(
          `assay: No order of versions is known for "${ecosystem}". Name an OSV ecosystem or a type of vers.\n`,
        );
        throw new Exit(exitCode.usage);
      }
      let isAnyRefused = false;
      await mapLines(io, (line) => {
        const versions = line.split('\t');
        if (versions.length !== 2) {
          isAnyRefused = true;
          return '?';
        }
        const compared = order.compare(versions[0]!.trim(), versions[1]!.trim());
        return compared < 0 ? '<' : compared > 0 ? '>' : '=';
      });
      if (isAnyRefused) throw new Exit(exitCode.findings);
    });
}
