import type { Command } from 'commander';
import type { Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('backup <file>')
    .description('write the whole database to one file, while the instance runs')
    .option(...dataOption)
    .action(async (file: string, options: { data?: string }) => {
      const { backup } = await import('../main.ts');
      const { tables, rows } = await backup(settingOf(io, options), file);
      io.stdout.write(`${rows} rows of ${tables} tables written to ${file}. Keep the keys of the data folder apart.\n`);
    });
}
