/** Containment incidents. Whoever raises one cuts all access first, in the same transaction; what happened is told after. */
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as incident from '../../domain/review/incident.ts';
import type { Capacity } from '../../domain/review/party.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as entries from '../../store/log/entries.ts';
import * as incidents from '../../store/review/incidents.ts';
import * as submissions from '../../store/review/submissions.ts';
import { attempt } from '../../store/savepoint.ts';
import type { System } from '../system.ts';
import { revokeAllFor } from './grants.ts';
import { noteRead } from './ledger-reads.ts';
import * as notices from './notices.ts';
import { party, type Side } from './submissions.ts';
import { recordEvent, viewOf } from './windows.ts';

export interface Shown {
  incident: incidents.KeptIncident;
  state: incident.IncidentState;
  clock: incident.Clock;
  capacity: Capacity;
  /** Who may know of it. */
  organisations: { id: OrganisationId; name: string }[];
  reminders: ReturnType<typeof incident.remindersOf>;
  at: Instant;
}

/**
 * Raises an incident. All access to the model ends and the window pauses, before anything is told to anybody; then those whom
 * the raiser names learn of it, the developer always among them. Names none: all parties of the submission.
 */
export function raise(
  system: System,
  actor: Actor,
  submissionId: string,
  { what, organisations }: { what: string; organisations?: string[] | undefined },
): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, submissionId, { isLocked: true });
    requireSide(actor, side.capacity);
    const { submission } = side;
    const cut = await revokeAllFor(tx, system, submission, { by: actor });
    await pause(tx, system, actor, side);

    const at = system.now();
    const known = (await submissions.parties(tx, submissionId)).map(({ organisation }) => organisation);
    if (organisations?.some((one) => !known.includes(one as OrganisationId))) throw new Refusal('invalid_request');
    const own = [submission.organisation, actor.organisation as OrganisationId];
    const told = [...new Set([...own, ...((organisations ?? known) as OrganisationId[])])];
    const fresh = () => Buffer.from(system.randomBytes(16)).toString('hex');
    const audience = `audience_${fresh()}`;
    const [first, ...rest] = told.map((organisation) => ({ organisation }));
    if (first === undefined) throw new Refusal('invalid_request');
    await audiences.create(tx, { id: audience, members: [first, ...rest], by: actor.id, at });
    const raised: incidents.KeptIncident = {
      id: `incident_${fresh()}`,
      submission: submissionId,
      audience,
      what,
      raisedBy: actor.id,
      raisedByOrganisation: actor.organisation as OrganisationId,
      raisedAt: at,
      grantsCut: cut.length,
      containedAt: null,
      containedBy: null,
      containedFacts: null,
      resolvedAt: null,
      resolvedBy: null,
      resolvedFacts: null,
    };
    await incidents.insert(tx, raised);
    // What happened stays out of the log, which is kept for ever (I12).
    const body = { submission: submissionId, grantsCut: cut.length };
    await entries.append(tx, { did: 'incident_raised', object: raised.id, by: actor, audience: [audience], body, at });
    for (const organisation of told) {
      const path = `/early-access/${submissionId}/incidents/${raised.id}`;
      const roles = organisation === submission.organisation ? developers : authorities;
      await notices.tell(tx, { organisation, roles: [...roles], path });
    }
    return shown(tx, system, raised, side.capacity);
  });
}

/** Stops the window's meter where it runs. That it cannot be stopped must not keep access from being cut. */
async function pause(tx: Tx, system: System, actor: Actor, side: Side): Promise<void> {
  const failure = await attempt(tx, async () => {
    const view = await viewOf(tx, side.submission.id, system.now());
    if (!view.can[side.capacity].includes('pause')) return;
    await recordEvent(tx, system, actor, side, { act: 'pause', reason: 'containment_incident' });
  });
  if (failure !== undefined) system.logger.error({ err: failure }, 'the window was not paused for an incident');
}

const developers = ['security_lead', 'release_manager'] as const;
const authorities = ['evaluator', 'delegate'] as const;

/** Each side's own people act for it. */
function requireSide(actor: Actor, capacity: Capacity): void {
  permission.requireRole(actor, ...(capacity === 'developer' ? developers : authorities));
}

/** The incidents of a submission that the actor may know of, newest first. */
export function list(system: System, actor: Actor, submission: string): Promise<Shown[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { capacity } = await party(tx, actor, submission);
    const found = [];
    for (const one of await incidents.list(tx, submission)) found.push(await shown(tx, system, one, capacity));
    return found;
  });
}

/** One incident; that it was read is on record (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { found, side } = await seen(tx, actor, id);
    await noteRead(tx, system, actor, { id, organisation: side.submission.organisation }, 'incident_read');
    return shown(tx, system, found, side.capacity);
  });
}

/** The thread of an incident, oldest first. */
export function messages(
  system: System,
  actor: Actor,
  id: string,
  page: { after: number; limit: number },
): Promise<incidents.Message[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { side } = await seen(tx, actor, id);
    await noteRead(tx, system, actor, { id, organisation: side.submission.organisation }, 'incident_read');
    return incidents.messages(tx, id, page);
  });
}

/** Writes into the thread. */
export function write(system: System, actor: Actor, id: string, text: string): Promise<void> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { found, side } = await seen(tx, actor, id);
    requireSide(actor, side.capacity);
    const at = system.now();
    await incidents.addMessage(tx, found, {
      by: actor.id,
      organisation: actor.organisation as OrganisationId,
      text,
      at,
    });
    const body = { submission: found.submission };
    await entries.append(tx, { did: 'incident_written', object: id, by: actor, audience: [found.audience], body, at });
  });
}

/** The developer says by which facts the incident is contained, or resolved. */
export function settle(
  system: System,
  actor: Actor,
  id: string,
  { as, facts }: { as: 'contained' | 'resolved'; facts: string },
): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { side } = await seen(tx, actor, id);
    if (side.capacity !== 'developer') throw new Refusal('not_permitted');
    requireSide(actor, side.capacity);
    const current = await incidents.lock(tx, id);
    if (current === undefined) throw new Refusal('not_found');
    const at = system.now();
    const next =
      as === 'contained'
        ? { ...incident.contain(current, at), containedBy: actor.id, containedFacts: facts }
        : { ...incident.resolve(current, at), resolvedBy: actor.id, resolvedFacts: facts };
    await incidents.save(tx, next);
    const body = { submission: current.submission };
    await entries.append(tx, {
      did: `incident_${as}`,
      object: id,
      by: actor,
      audience: [current.audience],
      body,
      at,
    });
    return shown(tx, system, next, side.capacity);
  });
}

/** Lets another party of the submission know of the incident: the developer's named act (I6), a person's and no agent's (I16). */
export function admit(system: System, actor: Actor, id: string, organisation: string): Promise<Shown> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const { found, side } = await seen(tx, actor, id);
    if (side.capacity !== 'developer') throw new Refusal('not_permitted');
    requireSide(actor, side.capacity);
    const newcomer = organisation as OrganisationId;
    if ((await submissions.capacityOf(tx, found.submission, newcomer)) === undefined) {
      throw new Refusal('grantee_not_party');
    }
    const at = system.now();
    await audiences.add(tx, found.audience, [{ organisation: newcomer }], { by: actor.id, at });
    await audiences.resume(tx, found.audience, newcomer, { by: actor.id, at });
    const body = { submission: found.submission, admitted: organisation };
    await entries.append(tx, { did: 'incident_shown', object: id, by: actor, audience: [found.audience], body, at });
    return shown(tx, system, found, side.capacity);
  });
}

async function seen(tx: Tx, actor: Actor, id: string): Promise<{ found: incidents.KeptIncident; side: Side }> {
  const found = await incidents.find(tx, id);
  if (found === undefined) throw new Refusal('not_found');
  return { found, side: await party(tx, actor, found.submission) };
}

async function shown(tx: Tx, system: System, found: incidents.KeptIncident, capacity: Capacity): Promise<Shown> {
  const at = system.now();
  return {
    incident: found,
    state: incident.stateAt(found, at),
    clock: incident.clockAt(found, at),
    capacity,
    organisations: await audiences.organisations(tx, found.audience),
    reminders: incident.remindersOf(found),
    at,
  };
}
