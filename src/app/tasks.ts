import { system as itself } from '../domain/directory/actor.ts';
import * as idempotency from '../store/idempotency.ts';
import * as inventoryLists from './advisory/inventory-lists.ts';
import * as packs from './advisory/packs.ts';
import * as sync from './advisory/sync.ts';
import * as applications from './directory/applications.ts';
import * as leaving from './directory/leaving.ts';
import * as signIn from './directory/sign-in.ts';
import * as terms from './directory/terms.ts';
import * as runImport from './evidence/run-import.ts';
import * as batchImport from './intake/batch-import.ts';
import * as claims from './intake/claims.ts';
import * as queueEntries from './intake/queue-entries.ts';
import * as screen from './intake/screen.ts';
import type { JobName, Tasks } from './jobs.ts';
import * as gateway from './review/grant-gateway.ts';
import * as notices from './review/notices.ts';
import * as probes from './review/probes.ts';
import * as windows from './review/windows.ts';

/** Who does which job. */
export const tasks: Tasks = {
  send_mail: (system, message) => system.mail.send(message),
  send_sign_in_link: (system, { email }) => signIn.sendLink(system, email),
  tell_people: (system, notice) => notices.send(system, notice),
  send_application_proof: (system, { application }) => applications.sendProof(system, application),
  send_first_link: (system, { person }) => signIn.sendFirstLink(system, person),
  watch_legal_bases: (system) => terms.watchLegalBases(system),
  forget_participation: async (system) => {
    await applications.forget(system);
    await leaving.forget(system);
  },
  forget_ended: (system) => signIn.forgetEnded(system),
  build_packs: (system, _, signal) => packs.buildTouched(system, signal),
  sync_feeds: (system, _, signal) => sync.run(system, signal),
  watch_windows: (system, _, signal) => windows.watch(system, signal),
  forget_answers: (system) =>
    system.database.transaction(itself, (tx) =>
      idempotency.forget(tx, new Date(Date.parse(system.now()) - 86_400_000).toISOString()),
    ),
  probe_grants: (system) => probes.askAll(system),
  probe_grant: (system, { grant }) => probes.run(system, grant),
  end_lost_uses: (system) => gateway.endLost(system),
  import_run: (system, { run }, signal) => runImport.run(system, run, signal),
  forget_uploads: (system) => runImport.forgetUploads(system),
  screen_findings: (system, _, signal) => screen.run(system, signal),
  refresh_queue: (system, { findings }) => queueEntries.refresh(system, findings),
  refresh_exploited: (system, _, signal) => queueEntries.refreshExploited(system, signal),
  read_batch: (system, { batch }, signal) => batchImport.run(system, batch, signal),
  remind_of_claim: (system, payload) => claims.remind(system, payload),
  keep_snapshots: (system, _, signal) => inventoryLists.keepSnapshots(system, signal),
  keep_snapshot: (system, { inventory }) => inventoryLists.keepSnapshot(system, inventory),
};

/** What is done by the clock (UTC). */
export const cron: Partial<Record<JobName, string>> = {
  forget_answers: '23 * * * *',
  forget_ended: '41 * * * *',
  forget_participation: '43 * * * *',
  watch_legal_bases: '5 * * * *',
  // Does nothing until feeds are configured.
  sync_feeds: '17 * * * *',
  keep_snapshots: '7 3 * * *',
  refresh_exploited: '29 * * * *',
  probe_grants: '13 4 * * *',
  end_lost_uses: '33 * * * *',
  watch_windows: '* * * * *',
  forget_uploads: '51 * * * *',
};
