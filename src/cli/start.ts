import type { Command } from 'commander';
import { Exit, exitCode, type Io } from './io.ts';
import { dataOption, settingOf, untilSignal } from './setting.ts';

interface Options {
  data?: string;
  port?: string;
  host?: string;
  empty?: boolean;
  newLogKey?: boolean;
}

export function register(program: Command, io: Io): void {
  program
    .command('start')
    .description('run an instance: web, API, worker and, unless DATABASE_URL is set, its database')
    .option(...dataOption)
    .option('--port <number>', 'port (default 8414)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--empty', 'start bare: without the sample workspace')
    .option('--new-log-key', 'let the log go on under a new key, its own being lost: who follows it will notice')
    .action(async (options: Options) => {
      const began = performance.now();
      const { start } = await import('../main.ts');
      const setting = { ...settingOf(io, options), isNewLogKey: options.newLogKey === true };
      await untilSignal(async (signal) => {
        const { url, links, stop } = await start(setting, { isEmpty: options.empty === true, signal });
        setting.say(`Ready in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
        io.stdout.write(`Assay is at ${url}\n`);
        for (const link of links) io.stdout.write(`Sign in as ${link.who}:\n  ${link.url}\n`);
        return stop;
      }, setting.say);
    });

  program
    .command('stop')
    .description('stop an embedded database that a killed instance left running')
    .option(...dataOption)
    .action(async (options: Options) => {
      const { stopLeftOver } = await import('../main.ts');
      const wasRunning = await stopLeftOver(settingOf(io, options));
      io.stdout.write(wasRunning ? 'The database is stopped.\n' : 'No database was running.\n');
      if (!wasRunning) throw new Exit(exitCode.findings);
    });
}

/** What `assay --version` says. */
export async function sayVersion(io: Io): Promise<void> {
  const { version } = await import('../program.ts');
  io.stdout.write(`assay ${version()}\n`);
}
