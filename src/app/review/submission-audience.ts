/** Who may know of a model's file. Each widening is a person's named act after a preview; an end takes hold at once (I6, I9). */
import type { Actor } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import { admission, type Preview } from '../../domain/review/submission-audience.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as entries from '../../store/log/entries.ts';
import * as versions from '../../store/review/submission-versions.ts';
import * as submissions from '../../store/review/submissions.ts';
import * as runs from '../evidence/runs.ts';
import type { System } from '../system.ts';
import { revokeAllFor } from './grants.ts';
import { nameable, party } from './submissions.ts';

export interface AudienceView {
  readers: (submissions.Reader & { seesDates: boolean })[];
  /** The newest version handed over: what a newcomer would read. */
  handedVersion: number | undefined;
}

/** Everybody who may know of the file; for the developer also those who could once, and who sees its dates. */
export function view(system: System, actor: Actor, id: string): Promise<AudienceView> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission, capacity } = await party(tx, actor, id);
    const isDeveloper = capacity === 'developer';
    const dates = await versions.dates(tx, id);
    const readers = (await submissions.readers(tx, id)).filter((one) => isDeveloper || one.endedAt === null);
    const handed = await versions.newestHanded(tx, id);
    await entries.append(tx, {
      type: 'access',
      did: 'submission_audience_read',
      object: id,
      by: actor,
      audience: [submission.organisation],
      at: system.now(),
    });
    return {
      readers: readers.map((one) => ({
        ...one,
        seesDates: one.capacity === 'developer' || (isDeveloper && dates?.shownTo.includes(one.organisation) === true),
      })),
      handedVersion: handed?.version,
    };
  });
}

/** What an organisation would learn if it were let in, and who would see it. Nothing is done (I6). */
export function preview(
  system: System,
  actor: Actor,
  id: string,
  organisation: string,
): Promise<Preview & { handedVersion: number | undefined }> {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'] });
    const named = await nameable(tx, organisation);
    const handed = await versions.newestHanded(tx, id);
    const parties = await submissions.parties(tx, id);
    return { ...admission(submission.model, handed, parties, named), handedVersion: handed?.version };
  });
}

/**
 * Ends what a party reads of a submission, at once and without a reason (I9). From then on it is answered as an outsider; what it has
 * read stays on record, and the entries that it could read stay readable to it. Ended once more, nothing happens.
 */
export function end(system: System, actor: Actor, id: string, organisation: string): Promise<void> {
  permission.requireRole(actor, 'release_manager', 'security_lead');
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const reader = (await submissions.readers(tx, id)).find((one) => one.organisation === organisation);
    if (reader === undefined) throw new Refusal('not_found');
    if (reader.capacity === 'developer') throw new Refusal('not_permitted');
    if (reader.endedAt !== null) return;
    const at = system.now();
    const by = actor.id;
    // On record for both while both are in the audience.
    await entries.append(tx, {
      did: 'submission_reading_ended',
      object: id,
      by: actor,
      audience: [submission.audience],
      body: { ended: reader.organisation },
      at,
    });
    // Let in again later, it has the access that it is given then and none from before.
    await revokeAllFor(tx, system, submission, { by: actor, to: reader.organisation });
    await runs.endForParty(tx, id, reader.organisation, { by: actor, at });
    await versions.hideDates(tx, id, reader.organisation);
    await submissions.endParty(tx, id, reader.organisation, { by, at });
    // What happens in incidents and with access from now on is not theirs to know either; what they could read until now stays.
    for (const audience of [...(await submissions.narrowerAudiences(tx, id)), submission.audience]) {
      await entries.keepHistory(tx, audience, reader.organisation);
      await audiences.end(tx, audience, reader.organisation, { by, at });
    }
    await submissions.touch(tx, id, at);
  });
}
