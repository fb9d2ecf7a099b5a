/** What maintainers ask of those who scan their packages: a named person's act, looked at by a coordinator. */
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { type IntakePolicy, limits, type PolicyStanding, type Proof } from '../../domain/intake/intake-policy.ts';
import * as scopes from '../../domain/intake/scope.ts';
import * as who from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as intakePolicies from '../../store/intake/intake-policies.ts';
import * as entries from '../../store/log/entries.ts';
import type { System } from '../system.ts';

export type Shown = intakePolicies.KeptIntakePolicy;

/**
 * States a policy for a package, in the actor's own name. It is public at once, as not confirmed, and takes the place of what the
 * organisation stated for the same package before: two that differ would leave a reader to guess.
 */
export function publish(
  system: System,
  actor: Actor,
  { purl, policy, proof }: { purl: string; policy: IntakePolicy; proof: Proof },
): Promise<Shown> {
  permission.requireRole(actor, 'maintainer');
  const person = permission.requirePerson(actor);
  const { organisation } = actor;
  if (organisation === undefined) throw new Refusal('not_permitted');
  const { target } = packageOf(purl);
  const text = scopes.targetText({ target });
  return system.database.transaction(actor, async (tx) => {
    const earlier = await intakePolicies.standing(tx, organisation, text);
    for (const one of earlier) await settle(system, tx, actor, one, 'withdrawn');
    if ((await intakePolicies.count(tx, organisation)) >= limits.perOrganisationMax) {
      throw new Refusal('intake_policies_full', { max: limits.perOrganisationMax });
    }
    const at = system.now();
    const id = `intake_policy_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
    await intakePolicies.insert(tx, {
      id,
      organisation,
      organisationName: (await organisations.find(tx, organisation))?.name ?? '',
      person,
      personName: (await people.find(tx, person))?.name ?? '',
      purl: text,
      keys: scopes.keysOf({ target }),
      policy,
      proof,
      statedAt: at,
    });
    const body = { purl: text, policy, proof, ...(earlier.length > 0 && { replaces: earlier }) };
    await entries.append(tx, { did: 'intake_policy_stated', object: id, by: actor, body, at });
    const made = await intakePolicies.find(tx, id);
    if (made === undefined) throw new Refusal('not_found');
    return made;
  });
}

function packageOf(purl: string): scopes.Scope {
  const read = scopes.read({ purl, technique: 'other' });
  if ('problems' in read) throw new Refusal('scope_not_read', { problems: read.problems });
  return read.scope;
}

export interface Asked {
  purl?: string | undefined;
  /** `waiting`: stated and not looked at; for coordinators as for everybody, as all of it is public. */
  of: 'all' | 'own' | 'waiting';
  before?: number | undefined;
  limit: number;
}

const standingsOf: Record<Asked['of'], PolicyStanding[]> = {
  all: ['stated', 'confirmed'],
  own: ['stated', 'confirmed', 'removed', 'withdrawn'],
  waiting: ['stated'],
};

/** Statements, the newest first: those of one package, of the actor's organisation, or all. */
export async function list(system: System, actor: Actor, { purl, of, ...page }: Asked): Promise<Shown[]> {
  if (of === 'own') permission.requireSignedIn(actor);
  const keys = purl === undefined ? undefined : scopes.keysOf(packageOf(purl));
  const organisation = of === 'own' ? actor.organisation : undefined;
  return system.database.transaction(actor, (tx) =>
    intakePolicies.list(tx, { ...page, standings: standingsOf[of], keys, organisation }),
  );
}

/** Takes back one's own. */
export function withdraw(system: System, actor: Actor, id: string): Promise<Shown> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const seen = await intakePolicies.find(tx, id);
    if (seen === undefined) throw new Refusal('not_found');
    permission.requireRole(actor, 'maintainer');
    permission.requirePerson(actor);
    if (seen.organisation !== actor.organisation) throw new Refusal('not_permitted');
    return settle(system, tx, actor, id, 'withdrawn');
  });
}

/** A coordinator who looked at the proof confirms the statement, or removes it. */
export function decide(system: System, actor: Actor, id: string, as: 'confirmed' | 'removed'): Promise<Shown> {
  who.requireCoordinator(actor);
  permission.requirePerson(actor);
  return system.database.transaction(itself, (tx) => settle(system, tx, actor, id, as));
}

async function settle(
  system: System,
  tx: Parameters<typeof intakePolicies.lock>[0],
  actor: Actor,
  id: string,
  standing: PolicyStanding,
): Promise<Shown> {
  const current = await intakePolicies.lock(tx, id);
  if (current === undefined) throw new Refusal('not_found');
  if (current.standing === 'removed' || current.standing === 'withdrawn' || current.standing === standing) {
    throw new Refusal('intake_policy_settled', { standing: current.standing });
  }
  const at = system.now();
  await intakePolicies.settle(tx, id, { standing, by: actor.id, at });
  const body = { purl: current.purl };
  const did = `intake_policy_${standing}`;
  await entries.append(tx, { did, object: id, by: actor, audience: [current.organisation], body, at });
  return { ...current, standing, decidedAt: at };
}
