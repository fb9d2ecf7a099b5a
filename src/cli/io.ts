import type { Readable, Writable } from 'node:stream';

/** The outside world of a command, so that a test may be one. */
export interface Io {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
}

/** 0: fine. 1: findings, or input that was refused. 2: used wrongly. */
export const exitCode = { fine: 0, findings: 1, usage: 2 } as const;

/** Ends the command with this code once everything is written; for errors whose text is already on standard error. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Text from outside for a terminal: control characters, which could move its cursor or hide what stands there, become blanks. */
export const plain = (text: string): string => text.replace(/[^\P{C}\n]/gu, ' ');
