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
      const { tables, rows, keyFile } = await backup(settingOf(io, options), file);
      io.stdout.write(
        `${rows} rows of ${tables} tables written to ${file}.\n` +
          `Not in it: the key of the log. Keep ${keyFile} and ${keyFile}.last apart, where only you can read them.\n` +
          'Nor is the key of sealed secrets, secret-key beside it: without it developers give the endpoints of their models anew.\n',
      );
    });
}
