/** Mail says only that something waits, and where; never what. Without SMTP it is kept in a local mailbox for the operator. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

export interface Message {
  to: string;
  subject: string;
  /** Plain text; a link and a sentence. */
  text: string;
}

export interface Mail {
  send(message: Message): Promise<void>;
  /** Where messages go: a host, or the file of the local mailbox. */
  place: string;
}

export interface Options {
  smtp?: string | undefined;
  from: string;
  /** The data folder, for the local mailbox. */
  folder: string;
  now(): string;
}

/** Opens the way out: SMTP when configured, otherwise `mailbox.jsonl` in the data folder. */
export function open({ smtp, from, folder, now }: Options): Mail {
  if (smtp === undefined) return mailbox(folder, now);
  const transport = createTransport(smtp, { from, disableFileAccess: true, disableUrlAccess: true });
  return {
    place: new URL(smtp).host,
    send: async ({ to, subject, text }) => {
      await transport.sendMail({ to: { name: '', address: to }, subject, text });
    },
  };
}

function mailbox(folder: string, now: () => string): Mail {
  const place = join(folder, 'mailbox.jsonl');
  return {
    place,
    send: async (message) => {
      mkdirSync(folder, { recursive: true });
      appendFileSync(place, `${JSON.stringify({ at: now(), ...message })}\n`, { mode: 0o600 });
    },
  };
}
