/** Access to a model, as its developer grants it. Any grant ends at once, in any state, and no reason is asked (I9). */
import type { Actor, OrganisationId, PersonId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as grant from '../../domain/review/grant.ts';
import type { Capacity } from '../../domain/review/party.ts';
import * as modelEndpoint from '../../net/model-endpoint.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as people from '../../store/directory/people.ts';
import * as entries from '../../store/log/entries.ts';
import * as grants from '../../store/review/grants.ts';
import * as submissions from '../../store/review/submissions.ts';
import * as uses from '../../store/review/uses.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';
import { noteRead } from './ledger-reads.ts';
import { party } from './submissions.ts';

/** Address and key of a model, as the developer gives them; from then on nobody is shown either. */
export interface Endpoint {
  /** Without `/chat/completions`. */
  baseUrl: string;
  apiKey?: string | undefined;
}

/** A grant as it is listed. */
export interface Listed extends grants.KeptGrant {
  state: grant.GrantState;
  organisationName: string;
  /** Uses of which the answer is still coming. */
  running: number;
}

/** Grants of one submission at most: each is an act of a person. */
export const grantsMax = 200;

/**
 * Ends every grant of a submission, or those to one organisation, in the caller's transaction; what is running is cut within
 * a second of its commit. Works in every state, also when there is nothing to end. Gives the ids of the grants that it ended.
 * `reason` is for the parties to read and stays in the log.
 */
export async function revokeAllFor(
  tx: Tx,
  system: System,
  submission: { id: string; audience: string },
  { reason, by, to }: { reason?: string; by: Actor; to?: OrganisationId },
): Promise<string[]> {
  const at = system.now();
  const revoked = await grants.revokeAll(tx, submission.id, { by: by.id, at, ...(to !== undefined && { to }) });
  await submissions.touch(tx, submission.id, at);
  await entries.append(tx, {
    did: 'access_revoked',
    object: submission.id,
    by,
    audience: [submission.audience],
    body: { grants: revoked, ...(reason !== undefined && { reason }), ...(to !== undefined && { to }) },
    at,
  });
  return revoked;
}

/** Ends all access to a model at once: one act, in any state, with no reason. Gives the ids of the grants that it ended. */
export function revokeAll(system: System, actor: Actor, id: string): Promise<string[]> {
  requireGranter(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    return revokeAllFor(tx, system, submission, { by: actor });
  });
}

/** Ends one grant at once: the developer any, the organisation that has it its own. */
export function revoke(system: System, actor: Actor, id: string): Promise<Listed> {
  return change(system, actor, id, 'access_grant_revoked', (current, capacity) => {
    requireSide(actor, capacity);
    if (capacity === 'authority' && current.to !== actor.organisation) throw new Refusal('not_permitted');
    return { ...grant.revoke(current, system.now()), revokedBy: current.revokedBy ?? actor.id };
  });
}

/** Offers access to a party of the submission. Nobody new learns of the model: the grantee must know of the file already (I6). */
export function offer(
  system: System,
  actor: Actor,
  id: string,
  { to, endpoint, ...terms }: grant.Terms & { to: string; endpoint?: Endpoint | undefined },
): Promise<Listed> {
  permission.requirePerson(actor);
  requireGranter(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission } = await party(tx, actor, id, { allowed: ['developer'], isLocked: true });
    const organisation = to as OrganisationId;
    if ((await submissions.capacityOf(tx, id, organisation)) !== 'authority') throw new Refusal('grantee_not_party');
    const at = system.now();
    grant.requireTerms(terms, at);
    if ((await grants.count(tx, id)) >= grantsMax) throw new Refusal('too_many_grants', { grantsMax });
    const fresh = () => Buffer.from(system.randomBytes(16)).toString('hex');
    const useAudience = `audience_${fresh()}`;
    const members = [{ organisation: submission.organisation }, { organisation }] as const;
    await audiences.create(tx, { id: useAudience, members: [...members], by: actor.id, at });
    const offered: grants.KeptGrant = {
      ...terms,
      id: `grant_${fresh()}`,
      submission: id,
      audience: submission.audience,
      useAudience,
      to: organisation,
      people: [],
      canaries: [],
      offeredAt: at,
      offeredBy: actor.id,
      acceptedAt: null,
      acceptedBy: null,
      verifiedByDeveloperAt: null,
      verifiedByAuthorityAt: null,
      revokedAt: null,
      revokedBy: null,
      endpointSetAt: null,
    };
    await grants.insert(tx, offered);
    if (endpoint !== undefined) {
      requireThroughHere(offered);
      await grants.setEndpoint(tx, offered.id, seal(system, offered.id, endpoint), at);
    }
    await submissions.touch(tx, id, at);
    const { notes: _, ...agreed } = terms;
    const body = { submission: id, to, ...agreed };
    await entries.append(tx, {
      did: 'access_offered',
      object: offered.id,
      by: actor,
      audience: [submission.audience],
      body,
      at,
    });
    return listed(tx, offered.id, at);
  });
}

/** Sets or changes the address and key of the model. They are sealed at once and shown to nobody, also not to who gave them. */
export function setEndpoint(system: System, actor: Actor, id: string, endpoint: Endpoint): Promise<Listed> {
  permission.requirePerson(actor);
  return change(system, actor, id, 'access_endpoint_set', async (current, capacity, tx) => {
    requireGranter(actor);
    if (capacity !== 'developer') throw new Refusal('not_permitted');
    requireThroughHere(current);
    if (grant.isOver(grant.stateAt(current, system.now()))) throw new Refusal('grant_ended');
    await grants.setEndpoint(tx, id, seal(system, id, endpoint), system.now());
    if (current.acceptedAt !== null) await jobs.add(tx, 'probe_grant', { grant: id }, { key: `probe ${id}` });
    return current;
  });
}

/** The organisation that is given access takes the terms; it names who is to use the grant, and questions for the probe. */
export function accept(
  system: System,
  actor: Actor,
  id: string,
  { people: named, canaries }: { people: { person: string; shownAs: string }[]; canaries: string[] },
): Promise<Listed> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'evaluator', 'delegate');
  return change(system, actor, id, 'access_accepted', async (current, _, tx) => {
    requireGrantee(actor, current);
    for (const { person } of named) {
      const found = await people.find(tx, person);
      if (found === undefined || found.organisation !== current.to) throw new Refusal('invalid_request');
    }
    const who = named.map(({ person, shownAs }) => ({ person: person as PersonId, shownAs }));
    if (current.endpointSetAt !== null) await jobs.add(tx, 'probe_grant', { grant: id }, { key: `probe ${id}` });
    return { ...grant.accept(current, who, system.now()), acceptedBy: actor.id, canaries };
  });
}

/** The grants of a submission with how many of their uses are running; that they were read is on record (I7). */
export function list(system: System, actor: Actor, id: string): Promise<{ capacity: Capacity; items: Listed[] }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    await noteRead(tx, system, actor, side.submission, 'grants_read');
    return { capacity: side.capacity, items: await listOf(tx, id, system.now()) };
  });
}

async function listOf(tx: Tx, submission: string, at: string): Promise<Listed[]> {
  const [kept, running, parties] = [
    await grants.list(tx, submission),
    await uses.runningOf(tx, submission),
    await submissions.parties(tx, submission),
  ];
  return kept.map((one) => ({
    ...one,
    state: grant.stateAt(one, at),
    organisationName: parties.find(({ organisation }) => organisation === one.to)?.name ?? one.to,
    running: running.get(one.id) ?? 0,
  }));
}

async function listed(tx: Tx, id: string, at: string): Promise<Listed> {
  const found = await grants.find(tx, id);
  const one = (await listOf(tx, found?.submission ?? '', at)).find((row) => row.id === id);
  if (one === undefined) throw new Refusal('not_found');
  return one;
}

type Change = (
  current: grants.KeptGrant,
  capacity: Capacity,
  tx: Tx,
  submission: submissions.KeptSubmission,
) => grants.KeptGrant | Promise<grants.KeptGrant>;

/** The way of every act on one grant: seen, held with its submission, changed by a rule, saved and logged, or nothing of it. */
export function change(system: System, actor: Actor, id: string, did: string, rule: Change): Promise<Listed> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const found = await grants.find(tx, id);
    if (found === undefined) throw new Refusal('not_found');
    const { submission, capacity } = await party(tx, actor, found.submission, { isLocked: true });
    const current = (await grants.lock(tx, id)) ?? found;
    const at = system.now();
    const next = await rule(current, capacity, tx, submission);
    await grants.save(tx, next);
    await submissions.touch(tx, submission.id, at);
    const body = { submission: submission.id, side: capacity, state: grant.stateAt(next, at) };
    await entries.append(tx, { did, object: id, by: actor, audience: [submission.audience], body, at });
    return listed(tx, id, at);
  });
}

/** Who gives and ends access for the developer. */
const requireGranter = (actor: Actor) => permission.requireRole(actor, 'security_lead', 'release_manager');

/** Each side's own people act for it. */
export function requireSide(actor: Actor, capacity: Capacity): void {
  if (capacity === 'developer') requireGranter(actor);
  else permission.requireRole(actor, 'evaluator', 'delegate');
}

export function requireGrantee(actor: Actor, { to }: grants.KeptGrant): void {
  if (actor.organisation !== to) throw new Refusal('not_permitted');
}

function requireThroughHere({ method }: grant.Terms): void {
  if (method !== 'openai_compatible') throw new Refusal('grant_not_through_here');
}

/** Refuses an address to which nothing would be sent, before it is sealed. */
function seal(system: System, id: string, { baseUrl, apiKey }: Endpoint): Uint8Array {
  try {
    modelEndpoint.open({ outbound: system.outbound, baseUrl, ...(apiKey !== undefined && { apiKey }) });
  } catch (error) {
    if (error instanceof modelEndpoint.EndpointError) {
      throw new Refusal('endpoint_not_valid', { reason: error.code });
    }
    throw error;
  }
  return system.secrets.seal(JSON.stringify({ baseUrl, apiKey }), id);
}

/** The address and key of a grant's model, for this instance alone. */
export async function endpointOf(tx: Tx, system: System, id: string): Promise<Endpoint> {
  const sealed = await grants.endpoint(tx, id);
  const text = sealed && system.secrets.open(sealed, id);
  // A database that was put back without the key of its secrets cannot open them: they must be given anew.
  if (text === undefined) throw new Refusal('endpoint_missing');
  return JSON.parse(text) as Endpoint;
}
