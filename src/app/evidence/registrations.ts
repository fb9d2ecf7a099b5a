/**
 * Rules that are written down before results are opened. A registration is never changed: its place in the log is its time stamp. Another
 * one is made instead, and one that was withdrawn stays to be seen as withdrawn.
 */
import { createHash } from 'node:crypto';
import type { Actor, OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { canonicalPlan, readPlan } from '../../domain/evidence/evaluation-plan.ts';
import { Refusal } from '../../domain/refusal.ts';
import { requireUnmarked } from '../../domain/review/marking.ts';
import type { Party } from '../../domain/review/party.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as registrations from '../../store/evidence/registrations.ts';
import * as entries from '../../store/log/entries.ts';
import * as submissions from '../../store/review/submissions.ts';
import { party } from '../review/submissions.ts';
import type { System } from '../system.ts';
import * as showing from './showing.ts';

/** Those who measure, on either side. */
export const measurers = ['evaluator', 'security_lead', 'release_manager'] as const;

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('not_found');
  return value;
}

/** SHA-256 of a text, as it is written everywhere. */
export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** The registration, held against others who change it, for somebody of its owner. */
async function owned(tx: Tx, actor: Actor, id: string): Promise<registrations.KeptRegistration> {
  const registration = found(await registrations.lock(tx, id));
  permission.requireRole(actor, ...measurers);
  if (registration.organisation !== actor.organisation) throw new Refusal('not_permitted');
  return registration;
}

/** Registers a plan for the actor's organisation. The same plan once more is the same registration. */
export async function register(
  system: System,
  actor: Actor,
  document: unknown,
): Promise<{ registration: registrations.KeptRegistration; isNew: boolean }> {
  permission.requireRole(actor, ...measurers);
  const read = readPlan(document);
  if ('problems' in read) throw new Refusal('plan_not_read', { problems: read.problems });
  const { plan } = read;
  for (const text of [plan.rule.title, plan.task, plan.scorer, plan.clusterBy]) requireUnmarked(text ?? undefined);
  const organisation = actor.organisation as OrganisationId;
  const digest = digestOf(canonicalPlan(plan));
  const at = system.now();
  const fresh = () => Buffer.from(system.randomBytes(16)).toString('hex');
  return system.database.transaction(actor, async (tx) => {
    const before = await registrations.ofDigest(tx, organisation, digest);
    if (before !== undefined) return { registration: standing(before), isNew: false };
    const audience = `audience_${fresh()}`;
    await audiences.create(tx, { id: audience, members: [{ organisation }], by: actor.id, at });
    const registration: registrations.KeptRegistration = {
      id: `registration_${fresh()}`,
      organisation,
      audience,
      ownAudience: audience,
      submission: null,
      plan,
      digest,
      registeredBy: actor.id,
      registeredAt: at,
      withdrawnBy: null,
      withdrawnAt: null,
    };
    if (!(await registrations.insert(tx, registration))) {
      const quicker = found(await registrations.ofDigest(tx, organisation, digest));
      return { registration: standing(quicker), isNew: false };
    }
    await entries.append(tx, { did: 'rule_registered', object: registration.id, by: actor, body: { digest }, at });
    return { registration, isNew: true };
  });
}

/** Refuses one that was withdrawn. */
export function standing(registration: registrations.KeptRegistration): registrations.KeptRegistration {
  const { id, withdrawnAt } = registration;
  if (withdrawnAt !== null) throw new Refusal('registration_withdrawn', { registration: id, withdrawnAt });
  return registration;
}

export function list(
  system: System,
  actor: Actor,
  page: registrations.ListPage,
): Promise<registrations.KeptRegistration[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => registrations.list(tx, page));
}

/** One registration; that it was read is on record for its owner (I7). */
export function load(system: System, actor: Actor, id: string): Promise<registrations.KeptRegistration> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const registration = found(await registrations.find(tx, id));
    const audience = [registration.organisation];
    const at = system.now();
    await entries.append(tx, { type: 'access', did: 'registration_read', object: id, by: actor, audience, at });
    return registration;
  });
}

/** Withdraws a registration: no result is computed by it any more. It stays to be seen, with the moment. */
export function withdraw(system: System, actor: Actor, id: string): Promise<registrations.KeptRegistration> {
  permission.requireSignedIn(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const registration = await owned(tx, actor, id);
    permission.requirePerson(actor);
    if (registration.withdrawnAt !== null) return registration;
    await registrations.withdraw(tx, id, actor.id, at);
    const audience = [registration.audience, registration.ownAudience];
    await entries.append(tx, { did: 'registration_withdrawn', object: id, by: actor, audience, at });
    return found(await registrations.find(tx, id));
  });
}

/** Who would learn of a registration if it were shown to the parties of a submission. */
export function showPreview(
  system: System,
  actor: Actor,
  id: string,
  submission: string,
): Promise<{ parties: Party[] }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await owned(tx, actor, id);
    await party(tx, actor, submission);
    return { parties: await submissions.parties(tx, submission) };
  });
}

/**
 * Shows a registration to the parties of a submission, now and as long as they are its parties, or with null to nobody else any more. A
 * person's named act (I6, I16).
 */
export function show(
  system: System,
  actor: Actor,
  id: string,
  submission: string | null,
): Promise<registrations.KeptRegistration> {
  permission.requirePerson(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const registration = await owned(tx, actor, id);
    const to = await showing.audienceOf(tx, actor, registration.ownAudience, submission);
    if (to.submission === registration.submission) return registration;
    await registrations.show(tx, id, to);
    await showing.record(tx, { object: id, by: actor, at, kind: 'registration' }, registration, to);
    return found(await registrations.find(tx, id));
  });
}
