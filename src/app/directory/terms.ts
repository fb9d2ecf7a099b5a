/** The terms of participation and the legal bases of sharing: shown to everybody, accepted by an administrator for their organisation. */
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, type OrganisationId } from '../../domain/directory/actor.ts';
import * as legalBasis from '../../domain/directory/legal-basis.ts';
import * as permission from '../../domain/directory/permission.ts';
import { currentTerms, digestOf } from '../../domain/directory/terms.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../store/database.ts';
import * as terms from '../../store/directory/terms.ts';
import * as entries from '../../store/log/entries.ts';
import * as jobs from '../jobs.ts';
import type { System } from '../system.ts';

/** Accepts the terms in use for the actor's organisation: which words, by digest, and by whom, is recorded. Done again, it changes nothing. */
export function accept(
  system: System,
  actor: Actor,
  { version, digest }: { version: string; digest: string },
): Promise<void> {
  permission.requireRole(actor, 'administrator');
  const person = permission.requirePerson(actor);
  if (version !== currentTerms.version || digest !== digestOf(currentTerms))
    throw new Refusal('terms_outdated', { version: currentTerms.version });
  const organisation = actor.organisation as OrganisationId;
  return system.database.transaction(actor, async (tx) => {
    const at = system.now();
    if (!(await terms.accept(tx, organisation, { version, digest, person, at }))) return;
    await entries.append(tx, { did: 'terms_accepted', object: organisation, by: actor, body: { version, digest }, at });
  });
}

/** Addresses that are written to at once. */
const pieceSize = 500;

/**
 * Looks whether a legal basis has begun or ceased to be in force since it was last looked at, and tells every administrator here once. What
 * was so when it was first looked at is no news. It holds nothing up.
 */
export function watchLegalBases(
  system: System,
  bases: readonly legalBasis.LegalBasis[] = legalBasis.legalBases,
): Promise<void> {
  return system.database.transaction(itself, async (tx) => {
    const at = system.now();
    let isNews = false;
    for (const basis of bases) {
      const state = legalBasis.stateAt(basis, at);
      const before = await terms.noteBasis(tx, basis.id, state, at);
      if (before === undefined) continue;
      isNews = true;
      await entries.append(tx, {
        did: 'legal_basis_changed',
        object: basis.id,
        by: itself,
        audience: ['audience_public'],
        body: { state, before, version: legalBasis.legalBasisVersion.version },
        at,
      });
    }
    if (isNews) await tellAll(tx, system);
  });
}

async function tellAll(tx: Tx, system: System): Promise<void> {
  const text =
    'Which legal bases for sharing are in force has changed. Nothing here was stopped by it. Which they are, with their dates and ' +
    `sources:\n\n${publicUrl(system.config)}/terms\n\nThis is a notice, not legal advice.\n`;
  let after = '';
  for (;;) {
    const piece = await terms.administrators(tx, after, pieceSize);
    for (const to of piece)
      await jobs.add(tx, 'send_mail', { to, subject: 'A legal basis for sharing has changed', text });
    if (piece.length < pieceSize) return;
    after = piece.at(-1) ?? '';
  }
}
