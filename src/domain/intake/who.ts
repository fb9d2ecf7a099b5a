/** Who does what in intake. */
import type { Actor, OrganisationId, Role } from '../directory/actor.ts';
import * as permission from '../directory/permission.ts';
import { Refusal } from '../refusal.ts';

/** The roles that hand in findings and claim scans. */
export const reporters: readonly Role[] = ['researcher', 'security_lead', 'maintainer', 'operator', 'coordinator'];
/** The roles that reproduce what others found. */
export const validators: readonly Role[] = ['researcher', 'security_lead', 'maintainer', 'evaluator', 'coordinator'];

/** Refuses who may not hand in findings or claim scans for their organisation; gives the organisation. */
export function requireReporter(actor: Actor): OrganisationId {
  return ofOrganisation(actor, reporters);
}

/** Refuses who may not reproduce findings of others for their organisation; gives the organisation. */
export function requireValidator(actor: Actor): OrganisationId {
  return ofOrganisation(actor, validators);
}

/**
 * Refuses everybody but a coordinator of the organisation that runs this instance, themselves: the only ones who see what several sources
 * reported, and what is held from tools. No agent of theirs does (I16).
 */
export function requireCoordinator(actor: Actor): void {
  permission.requireHostRole(actor, 'coordinator');
  if (actor.kind === 'agent') throw new Refusal('not_permitted');
}

/** Whether somebody is such a coordinator. */
export const isCoordinator = (actor: Actor): boolean =>
  actor.kind === 'person' && actor.isHost === true && actor.roles.includes('coordinator');

function ofOrganisation(actor: Actor, roles: readonly Role[]): OrganisationId {
  permission.requireRole(actor, ...roles);
  if (actor.organisation === undefined) throw new Refusal('not_permitted');
  return actor.organisation;
}
