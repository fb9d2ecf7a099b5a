import type { Command } from 'commander';
import type { Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('restore <file>')
    .description('take a backup back into an empty database')
    .option(...dataOption)
    .action(async (file: string, options: { data?: string }) => {
      const { restore } = await import('../main.ts');
      const { tables, createdAt, keyFile, hasKey } = await restore(settingOf(io, options), file);
      io.stdout.write(`${tables} tables restored, as they were at ${createdAt}.\n`);
      if (!hasKey)
        io.stdout.write(
          `Before the start, copy the log's log-key.pem and log-key.pem.last to ${keyFile} and ${keyFile}.last\n`,
        );
    });
}
