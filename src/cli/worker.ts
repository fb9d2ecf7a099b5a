import type { Command } from 'commander';
import type { Io } from './io.ts';
import { dataOption, settingOf, untilSignal } from './setting.ts';

export function register(program: Command, io: Io): void {
  program
    .command('worker')
    .description('work on jobs only; run as many as you like beside the server')
    .option(...dataOption)
    .action(async (options: { data?: string }) => {
      const { work } = await import('../main.ts');
      const setting = settingOf(io, options);
      await untilSignal(async () => {
        const { stop } = await work(setting);
        io.stdout.write('Working on jobs.\n');
        return stop;
      }, setting.say);
    });
}
