import type { Command } from 'commander';
import type { Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('sample')
    .description('the sample workspace of an instance')
    .command('remove')
    .description('take the sample organisations, their people and inventories, and the sample advisories away')
    .option(...dataOption)
    .action(async (options: { data?: string }) => {
      const { removeSample } = await import('../main.ts');
      const { organisations, advisories } = await removeSample(settingOf(io, options));
      io.stdout.write(
        organisations + advisories === 0
          ? 'There is no sample workspace here.\n'
          : `Removed ${organisations} sample organisations and ${advisories.toLocaleString('en')} sample advisories.\n`,
      );
    });
}
