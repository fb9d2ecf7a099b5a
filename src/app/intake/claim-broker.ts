/** The broker: coordinators of the organisation that runs the instance see where claims overlap that are left to them, and can tell a holder. */
import { type Actor, system as itself } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as scopes from '../../domain/intake/scope.ts';
import * as who from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as claims from '../../store/intake/claims.ts';
import * as entries from '../../store/log/entries.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';

export interface Overlap {
  overlap: 'yes' | 'cannot_be_told';
  sides: [claims.NamedClaim, claims.NamedClaim];
}

/** What is looked at and shown at most. */
const limits = { claimsMax: 20_000, comparisonsMax: 10_000, overlapsMax: 500 } as const;

/**
 * Overlaps in which somebody leaves the answer to the broker, and those that cannot be told. That the register was read is on record with
 * every organisation that has an open claim, whether or not it overlaps: otherwise the record would tell them.
 */
export function overlaps(system: System, actor: Actor): Promise<{ items: Overlap[]; isCut: boolean }> {
  who.requireCoordinator(actor);
  const at = system.now();
  return system.database.transaction(itself, async (all) => {
    const open = await claims.open(all, at, limits.claimsMax + 1);
    const audience = [...new Set(open.map(({ organisation }) => organisation))];
    await entries.append(all, { type: 'access', did: 'claims_read', object: 'claims', by: actor, audience, at });
    const { pairs, isCut } = pairsOf(open.slice(0, limits.claimsMax));
    return { items: pairs, isCut: isCut || open.length > limits.claimsMax };
  });
}

/** Compares what shares a name, the oldest claims first, as far as the limits go. */
function pairsOf(open: readonly claims.NamedClaim[]): { pairs: Overlap[]; isCut: boolean } {
  const pairs: Overlap[] = [];
  const byKey = new Map<string, claims.NamedClaim[]>();
  let comparisons = 0;
  for (const one of open) {
    for (const other of new Set(one.keys.flatMap((key) => byKey.get(key) ?? []))) {
      if (other.organisation === one.organisation) continue;
      if (pairs.length === limits.overlapsMax || ++comparisons > limits.comparisonsMax) return { pairs, isCut: true };
      const overlap = scopes.overlap(other.scope, one.scope);
      const isLeft = one.disclosure === 'broker_only' || other.disclosure === 'broker_only';
      if (overlap === 'cannot_be_told' || (overlap === 'yes' && isLeft)) pairs.push({ overlap, sides: [other, one] });
    }
    for (const key of one.keys) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [one]);
      else known.push(one);
    }
  }
  return { pairs, isCut: false };
}

/** Writes to the holder of a claim. What is written is the coordinator's word; it is shown as the broker's. */
export function tell(
  system: System,
  actor: Actor,
  { claim: id, text }: { claim: string; text: string },
): Promise<void> {
  who.requireCoordinator(actor);
  permission.requirePerson(actor);
  return system.database.transaction(itself, async (all) => {
    const at = system.now();
    const found = await claims.find(all, id);
    if (found === undefined || found.endsAt <= at) throw new Refusal('not_found');
    await claims.addMessage(all, found, { text, by: actor.id, at });
    await entries.append(all, {
      did: 'claim_holder_told',
      object: id,
      by: actor,
      audience: [found.organisation],
      at,
    });
    await notices.tell(all, {
      organisation: found.organisation,
      roles: [...who.reporters],
      path: `/intake/claims/${id}`,
    });
  });
}
