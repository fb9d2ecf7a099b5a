import type { Command } from 'commander';
import { Exit, exitCode, type Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('sample')
    .description('the sample workspace of an instance')
    .command('remove')
    .description('take the sample organisations, their people and inventories, and the sample advisories away')
    .option(...dataOption)
    .option('--yes', 'also when people and inventories of yours go with it')
    .action(async (options: { data?: string; yes?: boolean }) => {
      const { removeSample } = await import('../main.ts');
      const done = await removeSample(settingOf(io, options), options.yes === true);
      if ('wouldGo' in done) {
        io.stderr.write(
          `Nothing was removed. With the sample organisations these would go, which are not of the sample:\n` +
            `${done.wouldGo.map((what) => `  ${what}\n`).join('')}Say --yes to remove them too.\n`,
        );
        throw new Exit(exitCode.findings);
      }
      const { organisations, advisories } = done;
      io.stdout.write(
        organisations + advisories === 0
          ? 'There is no sample workspace here.\n'
          : `Removed ${organisations} sample organisations and ${advisories.toLocaleString('en')} sample advisories. They stay away; the next start prints a link for the first administrator, if there is none.\n`,
      );
    });
}
