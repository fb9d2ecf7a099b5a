import { once } from 'node:events';
import type { Setting } from '../main.ts';
import { Exit, exitCode, type Io } from './io.ts';

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

/**
 * Runs what `begin` starts until SIGINT or SIGTERM, then stops it in order; a second signal, or too long a wait, ends the
 * process at once. A signal that comes while it begins ends the beginning.
 */
export async function untilSignal(
  begin: (signal: AbortSignal) => Promise<() => Promise<void>>,
  say: (line: string) => void,
): Promise<void> {
  const ending = new AbortController();
  const giveUp = () => process.exit(1);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) giveUp();
      say('Stopping: finishing what runs.');
      setTimeout(giveUp, 30_000).unref();
      ending.abort(new Exit(exitCode.fine));
    });
  }
  const stop = await begin(ending.signal);
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
  await stop();
}

/** Runs a piece of work that ends by itself, and sooner at a signal; a second signal ends the process at once. */
export async function untilDone<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  say: (line: string) => void,
): Promise<Result> {
  const ending = new AbortController();
  const stop = () => {
    if (ending.signal.aborted) process.exit(1);
    say('Stopping: writing down what there is.');
    ending.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(ending.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
