/** Work that an act wants done after it: added in the act's own transaction, done later, done again if cut off. */

import type { OrganisationId, PersonId, Role } from '../domain/directory/actor.ts';
import type { Instant } from '../domain/instant.ts';
import type { Tx } from '../store/database.ts';
import * as jobs from '../store/jobs.ts';
import type { System } from './system.ts';

/** Every job with what it is told. A job may run twice, so its effect must be the same the second time. */
export interface JobPayloads {
  /** Sends one message; made in the transaction of the act that it tells of. */
  send_mail: { to: string; subject: string; text: string };
  /** Sends a sign-in link, if somebody has the address. */
  send_sign_in_link: { email: string };
  /** Mails everybody of an organisation with one of these roles that something waits at a page; never what. */
  tell_people: { organisation: OrganisationId; roles: Role[]; path: string };
  /** Mails the link that proves the address of somebody who applied. */
  send_application_proof: { application: string };
  /** Mails the first sign-in link to somebody whose organisation was let in. */
  send_first_link: { person: PersonId };
  /** Tells of legal bases that came into force or lapsed. */
  watch_legal_bases: Record<string, never>;
  /** Forgets applications that came to nothing, and what only those who left could read. */
  forget_participation: Record<string, never>;
  /** Forgets sessions, links and challenges that have ended. */
  forget_ended: Record<string, never>;
  /** Forgets answers kept by idempotency key for more than a day. */
  forget_answers: Record<string, never>;
  /** Keeps how the patch list of every kept inventory stands, to compare with later. */
  keep_snapshots: Record<string, never>;
  /** The same for one inventory, after an upload. */
  keep_snapshot: { inventory: string };
  /** Builds the pack of each ecosystem whose advisories changed. */
  build_packs: Record<string, never>;
  /** Reads the file of an evaluation log that was received. */
  import_run: { run: string };
  /** Takes away files of uploads that broke off. */
  forget_uploads: Record<string, never>;
  /** Tells parties of windows that end soon, and ends the grants of those that ended. */
  watch_windows: Record<string, never>;
  /** Asks for a probe of every grant that goes through this instance. */
  probe_grants: Record<string, never>;
  /** Probes one grant. */
  probe_grant: { grant: string };
  /** Says of uses whose end nobody noted that it is not known. */
  end_lost_uses: Record<string, never>;
  /** Screens findings that are new and compares them with all others. */
  screen_findings: Record<string, never>;
  /** Reckons anew where findings stand in the coordinators' queue, after something about them has changed. */
  refresh_queue: { findings: number[] };
  /** The same for entries that may be listed as exploited by now. */
  refresh_exploited: Record<string, never>;
  /** Reads the file of a batch of findings, on from its last row that was dealt with. */
  read_batch: { batch: string };
  /** Tells the holders of a scan claim that its lease ends in a day, if it still does. */
  remind_of_claim: { claim: string; until: Instant };
  /** Reads what is new at the configured feeds. */
  sync_feeds: Record<string, never>;
}

export type JobName = keyof JobPayloads;

/** What does the jobs: one function for each, in `app/tasks.ts`. */
export type Tasks = {
  [Name in JobName]: (system: System, payload: JobPayloads[Name], signal: AbortSignal | undefined) => Promise<void>;
};

/** Adds a job that is done if and only if the transaction holds. */
export function add<Name extends JobName>(
  tx: Tx,
  name: Name,
  payload: JobPayloads[Name],
  when?: jobs.When,
): Promise<void> {
  return jobs.add(tx, name, payload, when);
}

/** Works on jobs until stopped. `cron` names what is done by the clock (UTC). */
export function work(
  system: System,
  url: string,
  tasks: Tasks,
  cron: Partial<Record<JobName, string>>,
): Promise<jobs.Worker> {
  const logger = system.logger.child({ part: 'worker' });
  return jobs.work({
    url,
    concurrency: system.config.worker.concurrency,
    tasks: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        (payload, signal) =>
          (task as (s: System, p: unknown, a: AbortSignal | undefined) => Promise<void>)(system, payload, signal),
      ]),
    ),
    cron: cron as Record<string, string>,
    onLog: (level, message) => {
      if (level === 'error') logger.error(message);
      else if (level === 'warning') logger.warn(message);
      else logger.debug(message);
    },
  });
}
