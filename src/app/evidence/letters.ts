/**
 * Findings letters. A letter is its organisation's own; two different people sign it as it stands, and every change ends their signatures.
 * What others are given is a copy, in which what is withheld is marked so, by a person's named act (I6).
 */
import type { Actor, PersonId } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import {
  canonicalLetter,
  compose,
  conditionsOf,
  drawAnchors,
  type Letter,
  type LetterEdits,
  type LetterFacts,
  releasable,
} from '../../domain/evidence/letter.ts';
import type { Manifest } from '../../domain/evidence/manifest.ts';
import { Refusal } from '../../domain/refusal.ts';
import { requireUnmarked } from '../../domain/review/marking.ts';
import type { Party } from '../../domain/review/party.ts';
import type { Tx } from '../../store/database.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as letters from '../../store/evidence/letters.ts';
import * as results from '../../store/evidence/results.ts';
import * as runs from '../../store/evidence/runs.ts';
import * as entries from '../../store/log/entries.ts';
import * as submissions from '../../store/review/submissions.ts';
import { party } from '../review/submissions.ts';
import type { System } from '../system.ts';
import { digestOf, measurers } from './registrations.ts';

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Refusal('not_found');
  return value;
}

/** The letter, held against others who change it, for a person who writes for its organisation. */
async function written(tx: Tx, actor: Actor, id: string): Promise<letters.KeptLetter> {
  const letter = await letters.lock(tx, id);
  if (letter === undefined) {
    // Whoever was given the copy knows of the letter, and has no part in writing it.
    found(await letters.copy(tx, id));
    throw new Refusal('not_permitted');
  }
  requireWriter(actor);
  return letter;
}

function requireWriter(actor: Actor): PersonId {
  permission.requireRole(actor, ...measurers);
  return permission.requirePerson(actor);
}

export interface Details {
  /** The letter for its own organisation; null for those who were given the copy. */
  own: {
    result: string;
    edits: LetterEdits;
    /** What others would be given. */
    preview: Letter;
    signatures: letters.Signature[];
    isSigned: boolean;
    writtenBy: string;
    changedAt: string;
  } | null;
  id: string;
  organisation: string;
  letter: Letter;
  digest: string;
  /** To whom a copy was released, and when. */
  released: { submission: string; digest: string; releasedAt: string } | null;
}

const isSignedBy = (signatures: letters.Signature[], digest: string): boolean =>
  new Set(signatures.filter((one) => one.digest === digest).map(({ person }) => person)).size >= 2;

async function details(tx: Tx, kept: letters.KeptLetter): Promise<Details> {
  const { id, organisation, letter, digest, result, edits, writtenBy, changedAt } = kept;
  const copy = await letters.copy(tx, id);
  // Signatures under an earlier state of the letter say nothing of this one.
  const signatures = (await letters.signatures(tx, id)).filter((one) => one.digest === digest);
  const isSigned = isSignedBy(signatures, digest);
  const own = { result, edits, preview: releasable(letter), signatures, isSigned, writtenBy, changedAt };
  return { own, id, organisation, letter, digest, released: copy === undefined ? null : releasedOf(copy) };
}

const releasedOf = ({ submission, digest, releasedAt }: letters.KeptCopy) => ({ submission, digest, releasedAt });

/** Writes a letter on a result of the actor's organisation. */
export function write(system: System, actor: Actor, result: string): Promise<Details> {
  requireWriter(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const kept = found(await results.find(tx, result));
    const facts = await factsOf(tx, kept);
    const edits: LetterEdits = { texts: {}, withheld: {} };
    const letter = compose(facts, edits);
    const next: letters.KeptLetter = {
      id: `letter_${Buffer.from(system.randomBytes(16)).toString('hex')}`,
      organisation: kept.organisation,
      audience: kept.audience,
      result,
      facts,
      edits,
      letter,
      digest: digestOf(canonicalLetter(letter)),
      writtenBy: actor.id,
      writtenAt: at,
      changedBy: actor.id,
      changedAt: at,
    };
    await letters.insert(tx, next);
    const body = { result, digest: next.digest };
    await entries.append(tx, { did: 'letter_written', object: next.id, by: actor, body, at });
    return details(tx, next);
  });
}

/** All that a letter is composed from. A run may have been forgotten since: then its conditions are not known any more. */
async function factsOf(tx: Tx, kept: results.KeptResult): Promise<LetterFacts> {
  const { inputs } = kept;
  const all: LetterFacts['runs'] = [];
  for (const run of inputs.runs) {
    const still = await runs.find(tx, run.id);
    const manifest = still && (await runs.documents(tx, still.number)).manifest;
    all.push({ ...run, conditions: manifest ? conditionsOf(manifest as Manifest) : null });
  }
  const organisation = found(await organisations.find(tx, kept.organisation));
  return {
    organisation: organisation.name,
    result: { id: kept.id, digest: kept.digest, computedAt: kept.computedAt },
    plan: inputs.plan,
    registration: inputs.registration,
    runs: all,
    card: inputs.card,
    worked: kept.result,
    remarks: kept.remarks,
    sample: drawAnchors(inputs),
  };
}

/** Changes the free texts and what is withheld. Signatures under what stood before do not count for what stands now. */
export function change(
  system: System,
  actor: Actor,
  id: string,
  { edits, digest }: { edits: LetterEdits; digest: string },
): Promise<Details> {
  permission.requireSignedIn(actor);
  for (const text of [...Object.values(edits.texts), ...Object.values(edits.withheld)]) requireUnmarked(text);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const kept = await written(tx, actor, id);
    if (digest !== kept.digest) throw new Refusal('letter_changed');
    if ((await letters.copy(tx, id)) !== undefined) throw new Refusal('letter_released');
    const letter = compose(kept.facts, edits);
    const next = {
      ...kept,
      edits,
      letter,
      digest: digestOf(canonicalLetter(letter)),
      changedBy: actor.id,
      changedAt: at,
    };
    if (next.digest === kept.digest) return details(tx, kept);
    await letters.change(tx, id, next);
    const body = { digest: next.digest, before: kept.digest };
    await entries.append(tx, { did: 'letter_changed', object: id, by: actor, body, at });
    return details(tx, next);
  });
}

/** Signs the letter as the person read it, by its digest. The second signature is another person's. */
export function sign(system: System, actor: Actor, id: string, digest: string): Promise<Details> {
  permission.requireSignedIn(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const kept = await written(tx, actor, id);
    const person = requireWriter(actor);
    if (digest !== kept.digest) throw new Refusal('letter_changed');
    const before = await letters.signatures(tx, id);
    if (before.some((one) => one.person === person && one.digest === digest)) throw new Refusal('second_person_wanted');
    await letters.sign(tx, kept, { person, digest, signedAt: at });
    await entries.append(tx, { did: 'letter_signed', object: id, by: actor, body: { digest }, at });
    return details(tx, kept);
  });
}

/** Letters of one's own, and copies that others released to one's organisation. */
export function list(system: System, actor: Actor, page: letters.ListPage): Promise<letters.LetterRow[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, (tx) => letters.list(tx, page));
}

/** A letter, or the copy that one was given; that it was read is on record for those who wrote it (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = await letters.find(tx, id);
    const copy = await letters.copy(tx, id);
    const { organisation } = found(kept ?? copy);
    const did = kept === undefined ? 'letter_copy_read' : 'letter_read';
    const audience = [organisation];
    await entries.append(tx, { type: 'access', did, object: id, by: actor, audience, at: system.now() });
    if (kept !== undefined) return details(tx, kept);
    const { letter, digest } = found(copy);
    return { own: null, id, organisation, letter, digest, released: releasedOf(found(copy)) };
  });
}

/** Who would learn of a copy if it were released to the parties of a submission. */
export function releasePreview(
  system: System,
  actor: Actor,
  id: string,
  submission: string,
): Promise<{ parties: Party[] }> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    await written(tx, actor, id);
    await party(tx, actor, submission);
    return { parties: await submissions.parties(tx, submission) };
  });
}

/**
 * Gives the copy of a letter that two people signed to the parties of a submission, now and as long as they are its parties; with null
 * takes it back. A person's named act (I6, I16).
 */
export function release(system: System, actor: Actor, id: string, submission: string | null): Promise<Details> {
  permission.requireSignedIn(actor);
  const at = system.now();
  return system.database.transaction(actor, async (tx) => {
    const kept = await written(tx, actor, id);
    const before = await letters.copy(tx, id);
    if (submission === null) {
      if (before === undefined) return details(tx, kept);
      const audience = [before.audience, before.ownAudience];
      const body = { submission: before.submission, copy: before.digest };
      await entries.append(tx, { did: 'letter_taken_back', object: id, by: actor, audience, body, at });
      await letters.takeBack(tx, id);
      return details(tx, kept);
    }
    const { audience } = (await party(tx, actor, submission)).submission;
    if (!isSignedBy(await letters.signatures(tx, id), kept.digest)) throw new Refusal('letter_not_signed');
    if (before !== undefined) throw new Refusal('letter_released');
    const letter = releasable(kept.letter);
    const digest = digestOf(canonicalLetter(letter));
    await letters.release(tx, {
      id,
      organisation: kept.organisation,
      audience,
      ownAudience: kept.audience,
      submission,
      letter,
      digest,
      releasedBy: actor.id,
      releasedAt: at,
    });
    const body = { submission, copy: digest };
    await entries.append(tx, { did: 'letter_released', object: id, by: actor, audience: [audience], body, at });
    return details(tx, kept);
  });
}
