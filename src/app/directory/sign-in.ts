/** How people and agents come in, and how they leave. Secrets are random, shown once and kept as digests. */
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, normalEmail, type PersonId, personOf } from '../../domain/directory/actor.ts';
import { deciderRoles } from '../../domain/directory/application.ts';
import { type Participation, standingAt } from '../../domain/directory/participation.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as rules from '../../domain/directory/session.ts';
import { isAsked } from '../../domain/directory/terms.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as agents from '../../store/directory/agents.ts';
import * as applications from '../../store/directory/applications.ts';
import * as links from '../../store/directory/links.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as sessions from '../../store/directory/sessions.ts';
import * as terms from '../../store/directory/terms.ts';
import * as entries from '../../store/log/entries.ts';
import { sha256 } from '../../store/log/sha256.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';

/** Living links of one person; whoever asks for more is answered as always and sent nothing. */
const linksMax = 3;
/** A session is marked as seen at most this often, not with every request. */
const seenEveryMs = 5 * 60_000;

/** 256 random bits, as text for a cookie, a link or a header. */
export function newSecret(system: System): string {
  return Buffer.from(system.randomBytes(32)).toString('base64url');
}

export const digest = (secret: string): Uint8Array => sha256(Buffer.from(secret));

/**
 * Asks for a sign-in link by mail. What happens here is the same for every address: whether anybody has it is looked up
 * later, by the job, so neither answer nor time tells (I5).
 */
export function requestLink(system: System, email: string): Promise<void> {
  return system.database.transaction(itself, (tx) =>
    jobs.add(tx, 'send_sign_in_link', { email: normalEmail(email) }, { key: `sign-in ${normalEmail(email)}` }),
  );
}

/** Sends the link that was asked for to whoever has the address: one for each organisation that they belong to. */
export async function sendLink(system: System, email: string): Promise<void> {
  const messages = await system.database.transaction(itself, async (tx) => {
    const made = [];
    for (const person of await people.findByEmail(tx, email)) {
      if ((await links.countLiving(tx, person.id, system.now())) >= linksMax) continue;
      const organisation = await organisations.find(tx, person.organisation);
      const url = await makeLink(system, tx, person.id);
      const text = `This link signs you in once, within 15 minutes, as a member of ${organisation?.name}.\n\n${url}\n`;
      made.push({ to: email, subject: 'Your link to sign in', text });
    }
    return made;
  });
  for (const message of messages) await system.mail.send(message);
}

/** A sign-in link for the operator to hand over: works once, for 15 minutes. The secret is in the fragment, which browsers do not send. */
export function createLink(system: System, person: PersonId): Promise<string> {
  return system.database.transaction(itself, async (tx) => {
    const url = await makeLink(system, tx, person);
    await entries.append(tx, {
      did: 'sign_in_link_made',
      object: person,
      by: itself,
      audience: [person],
      at: system.now(),
    });
    return url;
  });
}

/**
 * The first sign-in link of somebody new, for an administrator of their organisation to hand over: shown once, works once.
 * It ends every earlier one. Who has ever signed in gets none, as with it the administrator could act in their name.
 */
export async function createFirstLink(
  system: System,
  actor: Actor,
  id: string,
): Promise<{ url: string; expiresAt: Instant }> {
  permission.requireRole(actor, 'administrator');
  permission.requirePerson(actor);
  const person = await system.database.transaction(actor, async (tx) => {
    const found = await people.find(tx, id);
    if (found === undefined || found.organisation !== actor.organisation) throw new Refusal('not_found');
    if (await people.hasSignedIn(tx, found.id)) throw new Refusal('has_signed_in');
    return found.id;
  });
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    // Waits for whoever is signing in with one of them just now; then their session is to be seen.
    await links.endAll(tx, person, at);
    if (await sessions.hasAny(tx, person)) throw new Refusal('has_signed_in');
    const url = await makeLink(system, tx, person, rules.firstLinkAgeMaxMs);
    await entries.append(tx, { did: 'sign_in_link_made', object: person, by: actor, audience: [person], at });
    return { url, expiresAt: rules.later(at, rules.firstLinkAgeMaxMs) };
  });
}

/** Mails the first link to somebody whose organisation was just let in. */
export async function sendFirstLink(system: System, id: PersonId): Promise<void> {
  const message = await system.database.transaction(itself, async (tx) => {
    const person = await people.find(tx, id);
    if (person === undefined || person.email === null || (await sessions.hasAny(tx, id))) return undefined;
    const organisation = await organisations.find(tx, person.organisation);
    const url = await makeLink(system, tx, id, rules.firstLinkAgeMaxMs);
    const text = `${organisation?.name} takes part now, and you are its first administrator. This link signs you in once, within a day; later, ask for another one on the sign-in page.\n\n${url}\n`;
    return { to: person.email, subject: 'Your first link to sign in', text };
  });
  if (message !== undefined) await system.mail.send(message);
}

async function makeLink(system: System, tx: Tx, person: PersonId, ageMaxMs = rules.linkAgeMaxMs): Promise<string> {
  const token = newSecret(system);
  const expiresAt = rules.later(system.now(), ageMaxMs);
  await links.insert(tx, { tokenHash: digest(token), person, expiresAt });
  return `${publicUrl(system.config)}/sign-in#token=${token}`;
}

/** Uses a link up and begins a session. Gives the session's secret, for the cookie. */
export function signInByLink(system: System, token: string): Promise<string> {
  return system.database.transaction(itself, async (tx) => {
    const person = await links.use(tx, digest(token), system.now());
    if (person === undefined) throw new Refusal('sign_in_link_not_valid');
    // Who has come in needs no other, and another hand may hold one.
    await links.endOthers(tx, person, system.now());
    return begin(system, tx, person, 'link');
  });
}

/** Begins a session for someone who has proved who they are. Gives the session's secret. */
export async function begin(system: System, tx: Tx, id: PersonId, means: 'link' | 'passkey'): Promise<string> {
  const person = await people.find(tx, id);
  if (person === undefined) throw new Refusal('sign_in_link_not_valid');
  const at = system.now();
  const secret = newSecret(system);
  await sessions.insert(tx, {
    idHash: digest(secret),
    person: id,
    at,
    endsAt: rules.later(at, rules.sessionAgeMaxMs),
    ...(means === 'passkey' && { verifiedAt: at }),
  });
  const by: Actor = { kind: 'person', id, organisation: person.organisation, roles: person.roles };
  await entries.append(tx, { did: 'signed_in', object: id, by, body: { means }, at });
  return secret;
}

/** The person behind a session's secret; undefined when it has ended. */
export function byCookie(system: System, secret: string): Promise<Actor | undefined> {
  const now = system.now();
  return system.database.transaction(itself, async (tx) => {
    const idHash = digest(secret);
    const session = await sessions.find(tx, idHash);
    if (session === undefined || !rules.isLive(session, now)) return undefined;
    if (now >= rules.later(session.seenAt, seenEveryMs)) await sessions.see(tx, idHash, now);
    const { person, organisation, isHost, roles } = session;
    return { kind: 'person', id: person, organisation, isHost, roles, ...suspension(session, now) };
  });
}

/** The agent behind a token; undefined when it was revoked, has expired, or its person has left. */
export function byToken(system: System, token: string): Promise<Actor | undefined> {
  const now = system.now();
  return system.database.transaction(itself, async (tx) => {
    const agent = await agents.findByToken(tx, digest(token), now);
    if (agent === undefined) return undefined;
    const { id, organisation, isHost, person, roles, scopes } = agent;
    return {
      kind: 'agent',
      id,
      organisation,
      isHost,
      principal: person,
      roles,
      scopes,
      ...suspension(agent, now),
    };
  });
}

/** Whether the participation of somebody's organisation is suspended at `now`. */
function suspension({ standing }: { standing: Participation | null }, now: Instant): { isSuspended?: true } {
  return standing !== null && standingAt(standing, now).state === 'suspended' ? { isSuspended: true } : {};
}

/** Ends one session, or with `everywhere` all of this person's. */
export function signOut(system: System, actor: Actor, secret: string | undefined, everywhere: boolean): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const person = personOf(actor);
    if (person === undefined || actor.kind !== 'person') return;
    if (everywhere) await sessions.endAll(tx, person);
    else if (secret !== undefined) await sessions.end(tx, digest(secret));
    const did = everywhere ? 'signed_out_everywhere' : 'signed_out';
    await entries.append(tx, { did, object: person, by: actor, at: system.now() });
  });
}

export interface SessionView {
  person?: { id: string; name: string; email?: string };
  organisation?: { id: string; name: string; isHost: boolean };
  roles: Actor['roles'];
  hasSample: boolean;
  isSuspended?: boolean;
  /** Whether the terms in use wait for this administrator to accept them. */
  isTermsAsked?: boolean;
  /** Applications to take part that wait, for those who decide on them. */
  applicationsWaiting?: number;
  /** Without a mail server links are kept for whoever runs the instance. */
  sendsMail: boolean;
}

/** What the web shows of who is here; also for nobody. */
export async function view(system: System, actor: Actor): Promise<SessionView> {
  const hasSample = await system.database.transaction(itself, organisations.hasSample);
  const id = personOf(actor);
  const sendsMail = system.config.mail.smtp !== undefined;
  if (id === undefined) return { roles: [], hasSample, sendsMail };
  return system.database.transaction(actor, async (tx) => {
    const person = await people.find(tx, id);
    const organisation = person && (await organisations.find(tx, person.organisation));
    const isAsking =
      organisation?.isHost === false &&
      actor.kind === 'person' &&
      actor.roles.includes('administrator') &&
      isAsked(await terms.acceptances(tx, organisation.id));
    const isDecider =
      organisation?.isHost === true &&
      actor.kind === 'person' &&
      actor.roles.some((role) => deciderRoles.includes(role));
    return {
      ...(actor.isSuspended && { isSuspended: true }),
      ...(isAsking && { isTermsAsked: true }),
      ...(person && { person: { id, name: person.name, ...(person.email !== null && { email: person.email }) } }),
      ...(organisation && {
        organisation: { id: organisation.id, name: organisation.name, isHost: organisation.isHost },
      }),
      ...(isDecider && { applicationsWaiting: (await applications.counts(tx)).open }),
      roles: actor.roles,
      hasSample,
      sendsMail,
    };
  });
}

/** Forgets sessions, links and challenges that have ended. */
export function forgetEnded(system: System): Promise<void> {
  return system.database.transaction(itself, (tx) => sessions.forget(tx, system.now()));
}
