import type { Command } from 'commander';
import type { Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('migrate')
    .description('bring the database to this version of the program')
    .option(...dataOption)
    .action(async (options: { data?: string }) => {
      const { migrate } = await import('../main.ts');
      const done = await migrate(settingOf(io, options));
      io.stdout.write(done.length === 0 ? 'The database is up to date.\n' : done.map((name) => `${name}\n`).join(''));
    });
}
