/** Organisations and the people in them. */
import {
  type Actor,
  system as itself,
  normalEmail,
  type OrganisationId,
  type Role,
} from '../../domain/directory/actor.ts';
import type { Organisation, Person } from '../../domain/directory/member.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as agents from '../../store/directory/agents.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as sessions from '../../store/directory/sessions.ts';
import * as sources from '../../store/intake/sources.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';
import * as signIn from './sign-in.ts';

const newId = (system: System) => Buffer.from(system.randomBytes(16)).toString('hex');

export interface NewPerson {
  name: string;
  email?: string | undefined;
  roles: Role[];
}

/** Makes an organisation with its first people, for set-up and samples. */
export async function found(
  system: System,
  tx: Tx,
  actor: Actor,
  kind: { name: string; isHost: boolean; isSample: boolean },
  first: NewPerson[],
): Promise<{ organisation: Organisation; people: Person[] }> {
  const at = system.now();
  const organisation = { ...kind, isShared: false, id: `organisation_${newId(system)}` as OrganisationId };
  await organisations.insert(tx, { ...organisation, createdAt: at });
  if (kind.isHost) await sources.openDesk(tx, organisation.id, at);
  await entries.append(tx, {
    did: 'organisation_admitted',
    object: organisation.id,
    by: actor,
    audience: [organisation.id],
    body: { name: kind.name },
    at,
  });
  const made: Person[] = [];
  for (const one of first) made.push(await keepPerson(system, tx, actor, organisation.id, one));
  return { organisation, people: made };
}

async function keepPerson(
  system: System,
  tx: Tx,
  actor: Actor,
  organisation: OrganisationId,
  { name, email, roles }: NewPerson,
): Promise<Person> {
  const at = system.now();
  const person: Person = {
    id: `person_${newId(system)}`,
    organisation,
    name,
    email: email === undefined ? null : normalEmail(email),
    roles,
  };
  if (!(await people.insert(tx, { ...person, createdAt: at }))) throw new Refusal('email_taken');
  await entries.append(tx, {
    did: 'person_added',
    object: person.id,
    by: actor,
    audience: [organisation, person.id],
    body: { roles },
    at,
  });
  return person;
}

/** Adds someone to the actor's own organisation; an administrator's act. */
export function add(system: System, actor: Actor, person: NewPerson): Promise<Person> {
  permission.requireRole(actor, 'administrator');
  permission.requirePerson(actor);
  return system.database.transaction(actor, (tx) =>
    keepPerson(system, tx, actor, actor.organisation as OrganisationId, person),
  );
}

/** Ends someone's membership, with all their sessions and agents, at once. Of another organisation's people it knows nothing. */
export function remove(system: System, actor: Actor, id: string): Promise<void> {
  permission.requireRole(actor, 'administrator');
  permission.requirePerson(actor);
  return system.database.transaction(itself, async (tx) => {
    const person = await people.find(tx, id);
    if (person === undefined || person.organisation !== actor.organisation) throw new Refusal('not_found');
    await requireAdministrator(tx, person, []);
    const at = system.now();
    await people.leave(tx, person.id, at);
    await sessions.endAll(tx, person.id);
    await agents.revokeAll(tx, person.id, at);
    await entries.append(tx, { did: 'person_left', object: person.id, by: actor, audience: [person.id], at });
  });
}

/** The people that the actor may know of. */
export function listPeople(system: System, actor: Actor, after: string, limit: number): Promise<Person[]> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, (tx) => people.list(tx, after, limit));
}

export function findPerson(system: System, actor: Actor, id: string): Promise<Person> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const person = await people.find(tx, id);
    if (person === undefined) throw new Refusal('not_found');
    return person;
  });
}

/** The organisations that the actor may know of: their own, and those that show themselves. */
export function listOrganisations(system: System, actor: Actor, after: string, limit: number): Promise<Organisation[]> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, (tx) => organisations.list(tx, after, limit));
}

export function findOrganisation(system: System, actor: Actor, id: string): Promise<Organisation> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const organisation = await organisations.find(tx, id);
    if (organisation === undefined) throw new Refusal('not_found');
    return organisation;
  });
}

/**
 * The sign-in link of the first administrator. On an instance without any organisation it makes the one that runs it, and
 * them. As long as they have neither a mail address nor a passkey, they cannot come back by themselves: then each start
 * gives a fresh link. Undefined once they can.
 */
export async function firstAdministrator(system: System): Promise<string | undefined> {
  const person = await system.database.transaction(itself, async (tx) => {
    const host = await organisations.host(tx);
    if (host !== undefined) return people.administratorWithoutReturn(tx, host.id);
    const kind = { name: 'This organisation', isHost: true, isSample: false };
    const made = await found(system, tx, itself, kind, [
      { name: 'First administrator', roles: ['administrator', 'operator'] },
    ]);
    return made.people[0]?.id;
  });
  return person && signIn.createLink(system, person);
}

/** Changes a person's name, address or roles. Everybody changes their own name and address; roles are an administrator's to give. */
export function change(
  system: System,
  actor: Actor,
  id: string,
  wanted: { name?: string | undefined; email?: string | undefined; roles?: Role[] | undefined },
): Promise<Person> {
  const self = permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const current = await people.lock(tx, id);
    if (current === undefined || current.organisation !== actor.organisation) throw new Refusal('not_found');
    if (current.id !== self || wanted.roles !== undefined) permission.requireRole(actor, 'administrator');
    const next: Person = {
      ...current,
      name: wanted.name ?? current.name,
      email: wanted.email === undefined ? current.email : normalEmail(wanted.email),
      roles: wanted.roles ?? current.roles,
    };
    await requireAdministrator(tx, current, next.roles);
    if (!(await people.update(tx, next))) throw new Refusal('email_taken');
    const changed = Object.keys(wanted).filter((key) => wanted[key as keyof typeof wanted] !== undefined);
    const body = { changed, ...(wanted.roles && { roles: next.roles }) };
    await entries.append(tx, {
      did: 'person_changed',
      object: current.id,
      by: actor,
      audience: [current.id],
      body,
      at: system.now(),
    });
    return next;
  });
}

/**
 * Changes the actor's own organisation: its name, and whether everybody who is signed in here may read that name and choose it, such as
 * the developer of a model who looks for an authority. Until an administrator says so it is hidden (I5).
 */
export function changeOrganisation(
  system: System,
  actor: Actor,
  id: string,
  said: { name?: string | undefined; isShared?: boolean | undefined },
): Promise<Organisation> {
  permission.requirePerson(actor);
  return system.database.transaction(actor, async (tx) => {
    const current = await organisations.find(tx, id);
    if (current === undefined || current.id !== actor.organisation) throw new Refusal('not_found');
    permission.requireRole(actor, 'administrator');
    const next = { ...current, name: said.name ?? current.name, isShared: said.isShared ?? current.isShared };
    await organisations.change(tx, current.id, next);
    const at = system.now();
    if (next.name !== current.name) {
      const body = { name: next.name };
      await entries.append(tx, { did: 'organisation_renamed', object: current.id, by: actor, body, at });
    }
    if (next.isShared !== current.isShared) {
      const did = next.isShared ? 'organisation_name_shown' : 'organisation_name_hidden';
      await entries.append(tx, { did, object: current.id, by: actor, at });
    }
    return next;
  });
}

/** An organisation keeps at least one administrator: without one nobody could ever change anything in it. */
async function requireAdministrator(tx: Tx, person: Person, next: Role[]): Promise<void> {
  if (!person.roles.includes('administrator') || next.includes('administrator')) return;
  const others = await people.lockAdministrators(tx, person.organisation);
  if (!others.some((id) => id !== person.id)) throw new Refusal('last_administrator');
}
