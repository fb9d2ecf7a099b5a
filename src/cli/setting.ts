import type { Setting } from '../main.ts';
import type { Io } from './io.ts';

/** Options that every command of the instance has. */
export interface InstanceOptions {
  data?: string;
}

/** The setting of a command: the environment with the options of the command line over it. */
export function settingOf(io: Io, options: InstanceOptions & { port?: string; host?: string }): Setting {
  return {
    env: {
      ...io.env,
      ...(options.data !== undefined && { ASSAY_DATA: options.data }),
      ...(options.port !== undefined && { ASSAY_HTTP_PORT: options.port }),
      ...(options.host !== undefined && { ASSAY_HTTP_HOST: options.host }),
    },
    folder: process.cwd(),
    say: (line) => io.stderr.write(`${line}\n`),
    isTerminal: io.stdout.isTTY === true,
  };
}

export const dataOption = ['--data <folder>', 'data folder (default: ./data, or ASSAY_DATA)'] as const;

/** Waits for SIGINT or SIGTERM, then stops in order; a second signal, or too long a wait, ends at once. */
export async function untilSignal(stop: () => Promise<void>, say: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  say('Stopping: finishing what runs.');
  const giveUp = () => process.exit(1);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, giveUp);
  setTimeout(giveUp, 30_000).unref();
  await stop();
}
