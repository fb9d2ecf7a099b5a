/**
 * How an organisation comes to take part. Whoever applies has no account: they act with the secret of their receipt, and every answer
 * is the same whether or not such an organisation is here or has applied (I5). Letting in is the act of two people (W10).
 */
import { publicUrl } from '../../config.ts';
import {
  type Actor,
  anonymous,
  system as itself,
  normalEmail,
  type OrganisationId,
  type PersonId,
} from '../../domain/directory/actor.ts';
import * as application from '../../domain/directory/application.ts';
import type { Organisation } from '../../domain/directory/member.ts';
import * as participation from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import { later } from '../../domain/directory/session.ts';
import { currentTerms } from '../../domain/directory/terms.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as applications from '../../store/directory/applications.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as participations from '../../store/directory/participations.ts';
import * as people from '../../store/directory/people.ts';
import * as sources from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import * as members from './members.ts';
import { digest, newSecret } from './sign-in.ts';

/** Applications whose address nobody has proved, and those that wait for a person: beyond these none is taken. */
const sentMax = 1_000;
const openMax = 2_000;
/** Proofs that one address is mailed within the life of one. */
const proofsMax = 3;

/** Who may be one of two: administrators and coordinators of the organisation that runs this instance, themselves. */
export function requireDecider(actor: Actor): PersonId {
  permission.requireHostRole(actor, ...application.deciderRoles);
  return permission.requirePerson(actor);
}

/** The desk's audience: of applications before any organisation knows of them. */
async function openDesk(tx: Tx, at: Instant): Promise<void> {
  const host = await organisations.host(tx);
  // Before the first start has made one there is nobody to apply to.
  if (host === undefined) throw new Refusal('unavailable');
  await sources.openDesk(tx, host.id, at);
}

/** Takes an application from whoever sends it, and mails the proof of the address. Gives the secret of the receipt. */
export function apply(system: System, wanted: application.Said): Promise<string> {
  if (wanted.termsVersion !== currentTerms.version)
    throw new Refusal('terms_outdated', { version: currentTerms.version });
  const said = { ...wanted, contact: { ...wanted.contact, email: normalEmail(wanted.contact.email) } };
  const receipt = newSecret(system);
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    await openDesk(tx, at);
    const { sent, open } = await applications.counts(tx);
    if (sent >= sentMax || open >= openMax) throw new Refusal('applications_full');
    const id = `application_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    await applications.insert(tx, {
      id,
      audience: sources.deskAudience,
      said,
      standing: { state: 'sent', exchanges: [] },
      receipt: { hash: digest(receipt), sealed: system.secrets.seal(receipt, id) },
      at,
    });
    await jobs.add(tx, 'send_application_proof', { application: id });
    return receipt;
  });
}

/** Mails the link that proves the address of an application, unless that address was mailed enough already. */
export async function sendProof(system: System, id: string): Promise<void> {
  const token = newSecret(system);
  const to = await system.database.transaction(itself, async (tx) => {
    const kept = await applications.lock(tx, id);
    if (kept?.standing.state !== 'sent') return undefined;
    const { email } = kept.said.contact;
    const now = system.now();
    if ((await applications.countProofs(tx, email, now)) >= proofsMax) return undefined;
    await applications.setProof(tx, id, digest(token), later(now, participation.proofAgeMaxMs));
    return email;
  });
  if (to === undefined) return;
  await system.mail.send({
    to,
    subject: 'Is this your address?',
    text:
      'Somebody gave this address when they applied to take part in an instance of Assay. If it was you, open this link within a day; ' +
      `if not, do nothing.\n\n${publicUrl(system.config)}/apply/proof#token=${token}\n`,
  });
}

/** The address is proved: from now on somebody may decide. */
export function prove(system: System, token: string): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    const kept = await applications.lockByProof(tx, digest(token), at);
    if (kept === undefined) throw new Refusal('application_link_not_valid');
    await save(tx, anonymous, kept, application.prove(kept.standing), 'application_received', at);
    await tellDeciders(tx, system);
  });
}

/** That something waits for those who decide, and where. */
async function tellDeciders(tx: Tx, system: System): Promise<void> {
  const host = await organisations.host(tx);
  if (host === undefined) return;
  const text = `An application to take part waits. Sign in to see it:\n\n${publicUrl(system.config)}/participation\n`;
  for (const to of await people.addresses(tx, host.id, application.deciderRoles))
    await jobs.add(tx, 'send_mail', { to, subject: 'Something waits for you in Assay', text });
}

/** What every change of an application does: the row, and an entry for those who may read it. */
async function save(
  tx: Tx,
  by: Actor,
  kept: applications.KeptApplication,
  next: application.Application,
  did: string,
  at: Instant,
  more: { organisation?: OrganisationId; body?: Record<string, unknown> } = {},
): Promise<applications.KeptApplication> {
  await applications.save(tx, kept.id, next, at, more.organisation);
  await entries.append(tx, {
    did,
    object: kept.id,
    by,
    audience: [sources.deskAudience, ...(more.organisation === undefined ? [] : [more.organisation])],
    ...(more.body && { body: more.body }),
    at,
  });
  return { ...kept, standing: next, updatedAt: at };
}

/** Where an application stands, for whoever has its receipt. */
export function standing(system: System, receipt: string): Promise<applications.KeptApplication> {
  return system.database.transaction(itself, (tx) => byReceipt(tx, receipt));
}

async function byReceipt(tx: Tx, receipt: string): Promise<applications.KeptApplication> {
  const kept = await applications.lockByReceipt(tx, digest(receipt));
  if (kept === undefined) throw new Refusal('application_link_not_valid');
  return kept;
}

/** The applicant's answer to what was asked. */
export function answer(system: System, receipt: string, text: string): Promise<applications.KeptApplication> {
  return system.database.transaction(itself, async (tx) => {
    const kept = await byReceipt(tx, receipt);
    const at = system.now();
    const next = application.answer(kept.standing, text, at);
    const saved = await save(tx, anonymous, kept, next, 'application_answered', at);
    await tellDeciders(tx, system);
    return saved;
  });
}

/** The applicant takes the application back, at once and without a reason (I9). */
export function withdraw(system: System, receipt: string): Promise<applications.KeptApplication> {
  return system.database.transaction(itself, async (tx) => {
    const kept = await byReceipt(tx, receipt);
    const at = system.now();
    return save(tx, anonymous, kept, application.withdraw(kept.standing, at), 'application_withdrawn', at);
  });
}

/** An application as it is kept. */
export type Kept = applications.KeptApplication;

export interface Shown extends Kept {
  names: Map<PersonId, string>;
  /** Who may confirm it now. */
  mayConfirm: { id: PersonId; name: string }[];
  alike: string[];
}

async function show(tx: Tx, kept: applications.KeptApplication): Promise<Shown> {
  const { standing: now } = kept;
  const named = [
    ...now.exchanges.map(({ by }) => by),
    ...('by' in now ? [now.by] : []),
    ...(now.state === 'admitted' ? [now.proposedBy, now.confirmedBy] : []),
  ];
  const able = now.state === 'proposed' ? await applications.deciders(tx) : [];
  const others = able.filter(({ id }) => now.state === 'proposed' && id !== now.by);
  return {
    ...kept,
    names: await participations.names(tx, [...new Set(named)]),
    mayConfirm: others.length === 0 ? able : others,
    alike: await applications.alike(tx, kept),
  };
}

/** Those that wait for somebody, the oldest first. What was decided, or withdrawn, is in no list (I10). */
export function list(system: System, actor: Actor, after: number, limit: number): Promise<Shown[]> {
  requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const shown = [];
    for (const kept of await applications.listOpen(tx, after, limit)) shown.push(await show(tx, kept));
    await noteRead(tx, system, actor, 'applications');
    return shown;
  });
}

const noteRead = (tx: Tx, system: System, by: Actor, object: string) =>
  entries.append(tx, {
    type: 'access',
    did: 'application_read',
    object,
    by,
    audience: [sources.deskAudience],
    at: system.now(),
  });

export function load(system: System, actor: Actor, id: string): Promise<Shown> {
  requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const kept = await applications.find(tx, id);
    if (kept === undefined) throw new Refusal('not_found');
    await noteRead(tx, system, actor, id);
    return show(tx, kept);
  });
}

/** The way of every act of those who decide: held, changed by a rule, saved and logged, and the applicant told where that is theirs to know. */
function change(
  system: System,
  actor: Actor,
  id: string,
  did: string,
  rule: (
    kept: applications.KeptApplication,
    by: PersonId,
    at: Instant,
    tx: Tx,
  ) => application.Application | Promise<application.Application>,
  { tells = false }: { tells?: boolean } = {},
): Promise<Shown> {
  const by = requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const kept = await applications.lock(tx, id);
    if (kept === undefined || kept.standing.state === 'sent') throw new Refusal('not_found');
    const at = system.now();
    const saved = await save(tx, actor, kept, await rule(kept, by, at, tx), did, at);
    if (tells) await tellApplicant(tx, system, saved);
    return show(tx, saved);
  });
}

/** That there is news of the application, with the address of the receipt; never what. */
async function tellApplicant(
  tx: Tx,
  system: System,
  { id, said, receipt }: applications.KeptApplication,
): Promise<void> {
  const secret = receipt && system.secrets.open(receipt, id);
  if (secret === undefined || secret === null) return;
  const text = `There is news of your application to take part:\n\n${publicUrl(system.config)}/apply/receipt#receipt=${secret}\n`;
  await jobs.add(tx, 'send_mail', { to: said.contact.email, subject: 'News of your application', text });
}

/** Asks the applicant for more. */
export const ask = (system: System, actor: Actor, id: string, question: string): Promise<Shown> =>
  change(
    system,
    actor,
    id,
    'application_asked',
    ({ standing }, by, at) => application.ask(standing, question, by, at),
    {
      tells: true,
    },
  );

/** The first of two. */
export const propose = (system: System, actor: Actor, id: string, reason: string): Promise<Shown> =>
  change(system, actor, id, 'application_proposed', ({ standing }, by, at) =>
    application.propose(standing, reason, by, at),
  );

/** Takes the proposal back, so that the application waits again. */
export const sendBack = (system: System, actor: Actor, id: string): Promise<Shown> =>
  change(system, actor, id, 'application_sent_back', ({ standing }) => application.sendBack(standing));

/** Does not let it in, with words that the applicant reads. */
export const refuse = (system: System, actor: Actor, id: string, words: string): Promise<Shown> =>
  change(
    system,
    actor,
    id,
    'application_refused',
    ({ standing }, by, at) => application.refuse(standing, words, by, at),
    {
      tells: true,
    },
  );

/** The second of two: only now do the organisation and its first administrator exist, and the way in is mailed to them. */
export async function confirm(
  system: System,
  actor: Actor,
  id: string,
): Promise<Shown & { organisation: Organisation }> {
  const by = requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const kept = await applications.lock(tx, id);
    if (kept === undefined || kept.standing.state === 'sent') throw new Refusal('not_found');
    const { saved, organisation } = await letIn(system, tx, actor, by, kept);
    return { ...(await show(tx, saved)), organisation };
  });
}

async function letIn(
  system: System,
  tx: Tx,
  actor: Actor,
  by: PersonId,
  kept: applications.KeptApplication,
): Promise<{ saved: applications.KeptApplication; organisation: Organisation }> {
  const at = system.now();
  const able = (await applications.deciders(tx)).map(({ id }) => id);
  const next = application.confirm(kept.standing, by, able, at);
  const { contact, name } = kept.said;
  const { organisation, people: made } = await members.found(
    system,
    tx,
    actor,
    { name, isHost: false, isSample: false },
    [{ ...contact, roles: ['administrator'] }],
  );
  await participations.admit(tx, organisation.id, kept.said, at);
  const { proposedBy, confirmedBy, byOne } = next;
  const body = { admitted: organisation.id, proposedBy, confirmedBy, ...(byOne && { byOne }) };
  const saved = await save(tx, actor, kept, next, 'application_admitted', at, { organisation: organisation.id, body });
  for (const { id: person } of made) await jobs.add(tx, 'send_first_link', { person });
  return { saved, organisation };
}

/**
 * Lets in an organisation that nobody applied for. By the same rule of two: with somebody else who could confirm it is a proposal that
 * waits for them; without, it holds at once, and says so.
 */
export function admit(
  system: System,
  actor: Actor,
  { name, administrator, reason }: { name: string; administrator: { name: string; email: string }; reason: string },
): Promise<{ organisation: Organisation } | { application: Shown }> {
  const by = requireDecider(actor);
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    await openDesk(tx, at);
    if ((await applications.counts(tx)).open >= openMax) throw new Refusal('applications_full');
    const said = {
      name,
      purpose: reason,
      contact: { name: administrator.name, email: normalEmail(administrator.email) },
    };
    const id = `application_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    const received: application.Application = { state: 'received', exchanges: [] };
    await applications.insert(tx, { id, audience: sources.deskAudience, said, standing: received, at });
    const fresh = await applications.lock(tx, id);
    if (fresh === undefined) throw new Refusal('internal');
    const proposed = await save(
      tx,
      actor,
      fresh,
      application.propose(received, reason, by, at),
      'application_proposed',
      at,
    );
    const able = await applications.deciders(tx);
    if (able.some((one) => one.id !== by)) return { application: await show(tx, proposed) };
    return { organisation: (await letIn(system, tx, actor, by, proposed)).organisation };
  });
}

/** Forgets applications whose address nobody proved, and those that came to an end some time ago. */
export function forget(system: System): Promise<void> {
  const now = system.now();
  const before = (ms: number) => later(now, -ms);
  return system.database.transaction(itself, (tx) =>
    applications.forget(tx, now, {
      sentBefore: before(participation.proofAgeMaxMs),
      closedBefore: before(participation.closedKeptMs),
    }),
  );
}
