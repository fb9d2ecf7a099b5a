import type { Command } from 'commander';
import { Exit, exitCode, type Io } from './io.ts';
import { dataOption, settingOf } from './setting.ts';

const words = { fine: 'fine', attention: 'LOOK', broken: 'BROKEN' } as const;

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('look at everything an instance needs; exit 1 when something is broken')
    .option(...dataOption)
    .option('--format <format>', 'text or json', 'text')
    .option('--names', 'list every setting with the name of its environment variable')
    .action(async (options: { data?: string; format: string; names?: boolean }) => {
      if (options.names) {
        const { keys } = await import('../config.ts');
        for (const { path, variable } of keys()) io.stdout.write(`${path.join('.').padEnd(32)} ${variable}\n`);
        return;
      }
      const { examine } = await import('../doctor.ts');
      const checks = await examine(settingOf(io, options));
      if (options.format === 'json') io.stdout.write(`${JSON.stringify({ checks }, null, 2)}\n`);
      else
        for (const { name, state, says } of checks)
          io.stdout.write(`${words[state].padEnd(7)} ${name.padEnd(17)} ${says}\n`);
      if (checks.some(({ state }) => state === 'broken')) throw new Exit(exitCode.findings);
    });
}
