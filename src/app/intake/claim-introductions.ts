/**
 * After a conflict either holder may ask to be introduced. Only when both consent does each learn the other's organisation and contact.
 * Consent can be taken back until the other consents; who asked cannot tell a declined request from one that nobody answered.
 */
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import * as claim from '../../domain/intake/claim.ts';
import * as scopes from '../../domain/intake/scope.ts';
import * as who from '../../domain/intake/who.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as introductions from '../../store/intake/claim-introductions.ts';
import * as claims from '../../store/intake/claims.ts';
import * as entries from '../../store/log/entries.ts';
import * as notices from '../review/notices.ts';
import type { System } from '../system.ts';

/** It lets another organisation know of one's claim, so it is a person's act and no agent's (I6, I16). */
function requireHolder(actor: Actor): OrganisationId {
  const organisation = who.requireReporter(actor);
  permission.requirePerson(actor);
  return organisation;
}

/** Asks to be introduced to the holders of overlapping claims who answer questions themselves. */
export function request(system: System, actor: Actor, id: string, contact: string): Promise<void> {
  const organisation = requireHolder(actor);
  return system.database.joined(actor, async (tx) => {
    const own = await openClaim(tx, system, id);
    if (!(await claims.hasConflict(tx, id))) throw new Refusal('claim_no_conflict');
    const at = system.now();
    await introductions.setWish(tx, own, { contact, at });
    await entries.append(tx, { did: 'introduction_asked', object: id, by: actor, at });
    await system.database.transaction(itself, async (all) => {
      for (const other of await claims.others(all, organisation, scopes.keysOf(own.scope), at)) {
        if (other.disclosure !== 'answer' || scopes.overlap(own.scope, other.scope) !== 'yes') continue;
        const pairId = `introduction_${Buffer.from(system.randomBytes(16)).toString('hex')}`;
        const sides = await introductions.pair(all, pairId, [own, other], at);
        const [mine, theirs] = mineFirst(sides, id);
        if (mine.metAt !== null) continue;
        await agree(all, system, actor, { ...mine, contact, declinedAt: null }, theirs);
        if (theirs.contact === null && theirs.declinedAt === null) {
          await notices.tell(all, {
            organisation: other.organisation,
            roles: [...who.reporters],
            path: `/intake/claims/${other.id}`,
          });
        }
      }
    });
  });
}

/** Takes the request back. Whoever was introduced before stays so. */
export function withdraw(system: System, actor: Actor, id: string): Promise<void> {
  requireHolder(actor);
  return system.database.transaction(actor, async (tx) => {
    const own = await claims.lock(tx, id);
    if (own === undefined) throw new Refusal('not_found');
    if ((await introductions.wish(tx, id)) === undefined) throw new Refusal('introduction_over');
    const at = system.now();
    await introductions.removeWish(tx, id);
    for (const side of await introductions.lockOfClaim(tx, id)) {
      if (side.metAt === null) await introductions.save(tx, { ...side, contact: null }, at);
    }
    await entries.append(tx, { did: 'introduction_withdrawn', object: id, by: actor, at });
  });
}

/** Answers a request of somebody whose name is not known yet. */
export function answer(
  system: System,
  actor: Actor,
  introduction: string,
  said: { answer: 'consent'; contact: string } | { answer: 'decline' },
): Promise<void> {
  const organisation = requireHolder(actor);
  return system.database.joined(actor, async (tx) => {
    const at = system.now();
    const found = await system.database.transaction(itself, async (all) => {
      const claimId = await introductions.claimOf(all, introduction, organisation);
      // Only what waits can be answered: to everybody else there is nothing here.
      const waits = claimId === undefined ? undefined : await introductions.waiting(all, claimId, at);
      return waits?.some(({ id }) => id === introduction) ? claimId : undefined;
    });
    if (found === undefined) throw new Refusal('not_found');
    await openClaim(tx, system, found);
    await system.database.transaction(itself, async (all) => {
      const [mine, theirs] = mineFirst(await introductions.sides(all, introduction), found);
      if (said.answer === 'decline') await introductions.save(all, { ...mine, declinedAt: at }, at);
      else await agree(all, system, actor, { ...mine, contact: said.contact }, theirs);
    });
    const did = said.answer === 'consent' ? 'introduction_consented' : 'introduction_declined';
    await entries.append(tx, { did, object: found, by: actor, at });
  });
}

/** Keeps this side's consent; where the other consents too, each learns who the other is. */
async function agree(
  all: Tx,
  system: System,
  actor: Actor,
  mine: introductions.Side,
  theirs: introductions.Side,
): Promise<void> {
  const at = system.now();
  if (mine.contact === null || theirs.contact === null) return introductions.save(all, mine, at);
  const nameOf = async (side: introductions.Side) => (await organisations.find(all, side.organisation))?.name ?? '';
  const met = { metAt: at };
  await introductions.save(
    all,
    { ...mine, ...met, metOrganisation: await nameOf(theirs), metContact: theirs.contact },
    at,
  );
  await introductions.save(
    all,
    { ...theirs, ...met, metOrganisation: await nameOf(mine), metContact: mine.contact },
    at,
  );
  await entries.append(all, {
    did: 'claim_holders_introduced',
    object: mine.introduction,
    by: actor,
    audience: [mine.organisation, theirs.organisation],
    at,
  });
  await notices.tell(all, {
    organisation: theirs.organisation,
    roles: [...who.reporters],
    path: `/intake/claims/${theirs.claim}`,
  });
}

function mineFirst(sides: introductions.Side[], claimId: string): [introductions.Side, introductions.Side] {
  const mine = sides.find((side) => side.claim === claimId);
  const theirs = sides.find((side) => side.claim !== claimId);
  if (mine === undefined || theirs === undefined) throw new Refusal('not_found');
  return [mine, theirs];
}

async function openClaim(tx: Tx, system: System, id: string): Promise<claims.KeptClaim> {
  const own = await claims.lock(tx, id);
  if (own === undefined) throw new Refusal('not_found');
  const { state } = claim.claimAt((await claims.events(tx, [id])).get(id) ?? [], system.now());
  if (state !== 'claimed') throw new Refusal('claim_ended', { state });
  return own;
}
