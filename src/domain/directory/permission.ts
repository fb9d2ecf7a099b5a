/** Who may do what: asked in every act, before anything is read. */
import { Refusal } from '../refusal.ts';
import { type Actor, type PersonId, personOf, type Role } from './actor.ts';

/** What an agent may be let do: an area of the API, to read or to write. */
export const scopes = [
  'access:write',
  'advisories:read',
  'advisories:write',
  'claims:read',
  'claims:write',
  'findings:read',
  'findings:write',
  'inventories:read',
  'inventories:write',
  'log:read',
  'runs:read',
  'runs:write',
  'submissions:read',
  'submissions:write',
  'validations:read',
  'validations:write',
] as const;
export type Scope = (typeof scopes)[number];

/** Areas of the API that an agent reads without any scope: they are public. */
const publicAreas = new Set([
  'advisories',
  'claim-policy',
  'coverage',
  'intake-policies',
  'packs',
  'partner-statistics',
  'policies',
  'session',
  'terms',
  'window-policies',
]);
/** What is left to the people of a suspended organisation: signing in and out, the terms, how they stand, their export and leaving. */
const ownAreas = new Set(['participation', 'session', 'terms']);
/** The address of releases and withdrawals: nothing holds them up (I1, I9). The act itself refuses everything else. */
const releaseRoute = '/api/v1/submissions/:id/window/events';
/** Areas that answer to another area's scope. */
const areaOf: Record<string, string> = {
  imports: 'advisories',
  batches: 'findings',
  'batch-mappings': 'findings',
  'intake-room': 'findings',
  'claim-introductions': 'claims',
  'claim-overlaps': 'claims',
  'claim-queries': 'claims',
  feeds: 'advisories',
  syncs: 'advisories',
  grants: 'submissions',
  incidents: 'submissions',
};

/** Refuses everybody but people and agents who have signed in. Gives the person behind the act. */
export function requireSignedIn(actor: Actor): PersonId {
  const person = personOf(actor);
  if (person === undefined) throw new Refusal('not_signed_in');
  return person;
}

/** Refuses everybody but people themselves: what widens an audience or gives rights needs a human (I16). */
export function requirePerson(actor: Actor): PersonId {
  const person = requireSignedIn(actor);
  if (actor.kind !== 'person') throw new Refusal('not_permitted');
  return person;
}

/** Refuses who has none of these roles. The instance itself may do everything. */
export function requireRole(actor: Actor, ...roles: Role[]): void {
  if (actor.kind === 'system') return;
  requireSignedIn(actor);
  if (!roles.some((role) => actor.roles.includes(role))) throw new Refusal('not_permitted');
}

/** As `requireRole`, within the organisation that runs this instance: for what changes it for everybody. */
export function requireHostRole(actor: Actor, ...roles: Role[]): void {
  requireRole(actor, ...roles);
  if (actor.kind !== 'system' && actor.isHost !== true) throw new Refusal('not_permitted');
}

/**
 * Refuses an agent whose token does not cover this address: `GET` needs the area's read scope, everything else its write
 * scope. An area without scopes (people, organisations, agents, passkeys) is closed to agents.
 */
export function requireScope(actor: Actor, method: string, area: string): void {
  if (actor.kind !== 'agent') return;
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead && publicAreas.has(area)) return;
  const scope = `${areaOf[area] ?? area}:${isRead ? 'read' : 'write'}`;
  const isWritten = (actor.scopes ?? []).includes(`${areaOf[area] ?? area}:write`);
  if ((actor.scopes ?? []).includes(scope as Scope) || (isRead && isWritten)) return;
  throw new Refusal('not_permitted', scopes.includes(scope as Scope) ? { scope } : undefined);
}

/**
 * Refuses whoever belongs to a suspended organisation, at every route that is neither public, nor their own standing and leaving, nor
 * that of a release. `route` is the pattern of the route that was found, such as `/api/v1/submissions/:id`; absent for pages of the web.
 */
export function requireTakingPart(actor: Actor, method: string, route: string | undefined): void {
  if (actor.isSuspended !== true || route === undefined || route === releaseRoute) return;
  const isRead = method === 'GET' || method === 'HEAD';
  const area = /^\/api\/v1\/([^/]+)/.exec(route)?.[1];
  if (actor.kind === 'person') {
    if (area !== undefined && (ownAreas.has(area) || (isRead && publicAreas.has(area)))) return;
    // Files of the web, standards at their fixed addresses: the same for everybody.
    if (area === undefined && isRead) return;
  }
  throw new Refusal('organisation_suspended');
}
