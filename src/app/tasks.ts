import { system as itself } from '../domain/directory/actor.ts';
import * as packs from './advisory/packs.ts';
import * as idempotency from '../store/idempotency.ts';
import * as signIn from './directory/sign-in.ts';
import type { JobName, Tasks } from './jobs.ts';

/** Who does which job. */
export const tasks: Tasks = {
  send_mail: (system, message) => system.mail.send(message),
  send_sign_in_link: (system, { email }) => signIn.sendLink(system, email),
  forget_ended: (system) => signIn.forgetEnded(system),
  build_packs: (system, _, signal) => packs.buildTouched(system, signal),
  forget_answers: (system) =>
    system.database.transaction(itself, (tx) =>
      idempotency.forget(tx, new Date(Date.parse(system.now()) - 86_400_000).toISOString()),
    ),
};

/** What is done by the clock (UTC). */
export const cron: Partial<Record<JobName, string>> = {
  forget_answers: '23 * * * *',
  forget_ended: '41 * * * *',
};
