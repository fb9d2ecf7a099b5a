/** How organisations stand: suspended by one person for a while, by two until somebody ends it. */
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, type OrganisationId, type PersonId } from '../../domain/directory/actor.ts';
import * as participation from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import { isAsked } from '../../domain/directory/terms.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as applications from '../../store/directory/applications.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as participations from '../../store/directory/participations.ts';
import * as people from '../../store/directory/people.ts';
import * as terms from '../../store/directory/terms.ts';
import * as sources from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as submissions from '../../store/review/submissions.ts';
import * as windows from '../../store/review/windows.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { requireDecider } from './applications.ts';

export interface Shown extends participations.KeptParticipation {
  names: Map<PersonId, string>;
  mayConfirm: { id: PersonId; name: string }[];
  accepted: terms.KeptAcceptance | undefined;
}

async function show(tx: Tx, kept: participations.KeptParticipation, now: Instant): Promise<Shown> {
  const standing = participation.standingAt(kept.standing, now);
  const isWaiting = standing.state === 'suspended' && standing.endsAt !== undefined;
  const able = isWaiting ? await applications.deciders(tx) : [];
  const others = able.filter(({ id }) => standing.state === 'suspended' && id !== standing.by);
  const named =
    standing.state === 'suspended'
      ? [standing.by, ...(standing.confirmedBy === undefined ? [] : [standing.confirmedBy])]
      : [];
  return {
    ...kept,
    standing,
    names: await participations.names(tx, named),
    mayConfirm: others.length === 0 ? able : others,
    accepted: (await terms.acceptances(tx, kept.organisation))[0],
  };
}

/** Organisations that take part, or those that are suspended. */
export function list(
  system: System,
  actor: Actor,
  page: { state?: 'admitted' | 'suspended' | undefined; after: string; limit: number },
): Promise<Shown[]> {
  requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const now = system.now();
    const shown = [];
    for (const kept of await participations.list(tx, { ...page, now })) shown.push(await show(tx, kept, now));
    return shown;
  });
}

function change(
  system: System,
  actor: Actor,
  id: string,
  did: string,
  rule: (
    current: participation.Participation,
    by: PersonId,
    able: PersonId[],
    at: Instant,
  ) => participation.Participation,
): Promise<Shown> {
  const by = requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const kept = await participations.lock(tx, id);
    if (kept === undefined || kept.standing.state === 'left') throw new Refusal('not_found');
    if (kept.isHost) throw new Refusal('host_stays');
    const at = system.now();
    const able = (await applications.deciders(tx)).map((one) => one.id);
    const standing = rule(kept.standing, by, able, at);
    await participations.save(tx, kept.organisation, standing, at);
    const body = standing.state === 'suspended' ? { reason: standing.reason, endsAt: standing.endsAt ?? null } : {};
    await entries.append(tx, {
      did,
      object: kept.organisation,
      by: actor,
      audience: [kept.organisation, sources.deskAudience],
      body,
      at,
    });
    await tell(tx, system, kept.organisation);
    return show(tx, { ...kept, standing }, at);
  });
}

/** That its participation has changed, and where that is to be read. */
async function tell(tx: Tx, system: System, organisation: OrganisationId): Promise<void> {
  const text = `Something about your organisation's participation has changed. Sign in to see what:\n\n${publicUrl(system.config)}/participation\n`;
  for (const to of await people.addresses(tx, organisation, ['administrator']))
    await jobs.add(tx, 'send_mail', { to, subject: 'About your participation in Assay', text });
}

/** Suspends at once. Ends by itself unless a second person confirms it. */
export const suspend = (system: System, actor: Actor, id: string, reason: string): Promise<Shown> =>
  change(system, actor, id, 'participation_suspended', (current, by, able, at) =>
    participation.suspend(current, reason, by, able, at),
  );

/** The second person's word on a suspension. */
export const confirm = (system: System, actor: Actor, id: string): Promise<Shown> =>
  change(system, actor, id, 'participation_suspension_confirmed', participation.confirmSuspension);

export const endSuspension = (system: System, actor: Actor, id: string): Promise<Shown> =>
  change(system, actor, id, 'participation_suspension_ended', (current, _, __, at) =>
    participation.endSuspension(current, at),
  );

export interface Own {
  organisation: { id: OrganisationId; name: string };
  isHost: boolean;
  standing: participation.Participation;
  acceptances: (terms.KeptAcceptance & { name: string })[];
  isTermsAsked: boolean;
  /** While suspended: own models, whose release is recorded as always (I1). */
  models: { submission: string; name: string; version: string; isReleased: boolean }[];
}

/** Models listed beside a suspension; the release of any other is recorded by its address all the same. */
const modelsMax = 200;

/** How the actor's own organisation stands. */
export function own(system: System, actor: Actor): Promise<Own> {
  permission.requirePerson(actor);
  const id = actor.organisation as OrganisationId;
  return system.database.transaction(actor, async (tx) => {
    const organisation = await organisations.find(tx, id);
    if (organisation === undefined) throw new Refusal('not_found');
    const standing = participation.standingAt(await participations.standingOf(tx, id), system.now());
    const accepted = await terms.acceptances(tx, id);
    const names = await participations.names(
      tx,
      accepted.map(({ person }) => person),
    );
    return {
      organisation: { id, name: organisation.name },
      isHost: organisation.isHost,
      standing,
      acceptances: accepted.map((one) => ({ ...one, name: names.get(one.person) ?? one.person })),
      isTermsAsked: !organisation.isHost && isAsked(accepted),
      models: standing.state === 'suspended' ? await modelsOf(tx, id) : [],
    };
  });
}

async function modelsOf(tx: Tx, organisation: OrganisationId): Promise<Own['models']> {
  const models = [];
  for (const { id, model, capacity } of await submissions.list(tx, organisation, { limit: modelsMax })) {
    if (capacity !== 'developer') continue;
    const isReleased = (await windows.events(tx, id)).some(({ act }) => act === 'release');
    models.push({ submission: id, name: model.name, version: model.version, isReleased });
  }
  return models;
}
