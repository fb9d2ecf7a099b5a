/**
 * What an authority determines of a model version. A delegate's act alone makes an outcome (I4). Nothing else in the program reads
 * one to allow or refuse anything (I1).
 */
import type { Actor, OrganisationId, Role } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import { decisionPolicy } from '../../domain/review/decision-policy.ts';
import * as determination from '../../domain/review/determination.ts';
import { requireUnmarked } from '../../domain/review/marking.ts';
import type { Capacity } from '../../domain/review/party.ts';
import type { Tx } from '../../store/database.ts';
import * as audiences from '../../store/directory/audiences.ts';
import * as organisations from '../../store/directory/organisations.ts';
import * as people from '../../store/directory/people.ts';
import * as entries from '../../store/log/entries.ts';
import * as determinations from '../../store/review/determinations.ts';
import * as partners from '../../store/review/partners.ts';
import * as stored from '../../store/review/submissions.ts';
import type { System } from '../system.ts';
import * as notices from './notices.ts';
import { party } from './submissions.ts';

/** A determination as one side reads it. */
export interface SeenDetermination {
  kept: determinations.KeptDetermination;
  standing: determination.Standing;
  capacity: Capacity;
  names: { developer: string; authority: string };
  /** The authority's own reference; nobody else reads it. */
  reference?: string;
}

const newId = (system: System, kind: string) => `${kind}_${Buffer.from(system.randomBytes(16)).toString('hex')}`;

async function newAudience(system: System, tx: Tx, actor: Actor, members: OrganisationId[]): Promise<string> {
  const id = newId(system, 'audience');
  const [first, ...rest] = members.map((organisation) => ({ organisation }));
  if (first === undefined) throw new Refusal('invalid_request');
  await audiences.create(tx, { id, members: [first, ...rest], by: actor.id, at: system.now() });
  return id;
}

async function nameOf(tx: Tx, id: string): Promise<string> {
  return (await organisations.find(tx, id))?.name ?? '';
}

const capacityIn = (kept: determinations.KeptDetermination, actor: Actor): Capacity =>
  actor.organisation === kept.authority ? 'authority' : 'developer';

/** The digest that the file of the model has now; the one bound to where the file has gone. */
async function modelDigest(tx: Tx, kept: determinations.KeptDetermination): Promise<string | null> {
  const file = await stored.find(tx, kept.submission);
  return file === undefined ? kept.model.digest : file.model.digest;
}

async function seen(
  system: System,
  tx: Tx,
  actor: Actor,
  all: readonly determinations.KeptDetermination[],
): Promise<SeenDetermination[]> {
  const references = await determinations.references(
    tx,
    all.map(({ id }) => id),
  );
  const made: SeenDetermination[] = [];
  for (const kept of all) {
    const reference = references.get(kept.id);
    made.push({
      kept,
      standing: determination.standingOf(kept.current, {
        digest: kept.model.digest,
        modelDigest: await modelDigest(tx, kept),
        now: system.now(),
      }),
      capacity: capacityIn(kept, actor),
      names: { developer: await nameOf(tx, kept.developer), authority: await nameOf(tx, kept.authority) },
      ...(reference !== undefined && { reference }),
    });
  }
  return made;
}

async function delegateOf(tx: Tx, actor: Actor): Promise<determination.Recorded['delegate']> {
  const id = permission.requirePerson(actor);
  const person = await people.find(tx, id);
  if (person === undefined) throw new Refusal('not_permitted');
  return { id, name: person.name };
}

/** The developer prepares a request to one authority. Nobody else knows of it until it is sent. */
export function prepare(
  system: System,
  actor: Actor,
  submission: string,
  authority: string,
): Promise<SeenDetermination> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'release_manager');
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, submission, { allowed: ['developer'] });
    const asked = (await stored.parties(tx, submission)).find(
      (one) => one.organisation === authority && one.capacity === 'authority',
    );
    if (asked === undefined) throw new Refusal('determination_authority');
    const at = system.now();
    const made: determinations.KeptDetermination = {
      id: newId(system, 'determination'),
      audience: await newAudience(system, tx, actor, [side.submission.organisation]),
      submission,
      developer: side.submission.organisation,
      authority: asked.organisation,
      model: side.submission.model,
      isRequested: true,
      policyVersion: decisionPolicy.version,
      current: { state: 'draft' },
      createdAt: at,
    };
    await determinations.insert(tx, made);
    await entries.append(tx, {
      did: 'determination_prepared',
      object: made.id,
      by: actor,
      audience: [made.audience],
      body: { submission },
      at,
    });
    return (await seen(system, tx, actor, [made]))[0] as SeenDetermination;
  });
}

/** What a delegate records, with the authority's own reference to the file that stays with it. */
export interface NewRecord extends determination.Saying {
  reference: string;
}

/**
 * A delegate records what nobody asked for. The authority alone knows of it: no row, entry, count or time of the developer's changes
 * (I5), not even the time of the file's last change.
 */
export function recordUnrequested(
  system: System,
  actor: Actor,
  submission: string,
  { reference, ...saying }: NewRecord,
): Promise<SeenDetermination> {
  permission.requirePerson(actor);
  permission.requireRole(actor, 'delegate');
  return system.database.transaction(actor, async (tx) => {
    const { submission: file } = await party(tx, actor, submission, { allowed: ['authority'] });
    const at = system.now();
    requireUnmarked(reference);
    if (file.model.digest === null) throw new Refusal('determination_digest_missing');
    const current = determination.unrequested(saying, await delegateOf(tx, actor), at);
    const authority = actor.organisation as OrganisationId;
    const made: determinations.KeptDetermination = {
      id: newId(system, 'determination'),
      audience: await newAudience(system, tx, actor, [authority]),
      submission,
      developer: file.organisation,
      authority,
      model: file.model,
      isRequested: false,
      policyVersion: decisionPolicy.version,
      current,
      createdAt: at,
    };
    await determinations.insert(tx, made);
    await determinations.keepReference(tx, made.id, made.audience, reference);
    await logged(tx, actor, made, 'determination_recorded', at);
    return (await seen(system, tx, actor, [made]))[0] as SeenDetermination;
  });
}

/** Entries stand for ever, so none holds a sentence: it could then not be sealed. */
function logged(
  tx: Tx,
  actor: Actor,
  { id, audience, model, current }: determinations.KeptDetermination,
  did: string,
  at: string,
): Promise<void> {
  const body = {
    state: current.state,
    digest: model.digest,
    ...(determination.isRecorded(current) && { decidedOn: current.decidedOn, delegate: current.delegate.id }),
  };
  return entries.append(tx, { did, object: id, by: actor, audience: [audience], body, at });
}

const pastOf: Record<determination.DeterminationEvent['did'], string> = {
  submit: 'determination_requested',
  acknowledge: 'determination_received',
  withdraw: 'determination_withdrawn',
  record: 'determination_recorded',
  release: 'determination_released',
  seal: 'text_sealed',
};

/** Who may do it, within the side whose act it is. */
const rolesOf: Record<determination.DeterminationEvent['did'], readonly Role[]> = {
  submit: ['release_manager'],
  withdraw: ['release_manager'],
  acknowledge: ['delegate', 'evaluator'],
  record: ['delegate'],
  release: ['delegate'],
  seal: ['release_manager', 'security_lead', 'delegate', 'evaluator'],
};

export type NewEvent = Exclude<determination.DeterminationEvent, { did: 'record' }> | ({ did: 'record' } & NewRecord);

/** Applies one event: the only way a determination changes. */
export function act(system: System, actor: Actor, id: string, event: NewEvent): Promise<SeenDetermination> {
  permission.requirePerson(actor);
  permission.requireRole(actor, ...rolesOf[event.did]);
  return system.database.transaction(actor, async (tx) => {
    const kept = await determinations.lock(tx, id);
    if (kept === undefined) throw new Refusal('not_found');
    const at = system.now();
    const capacity = capacityIn(kept, actor);
    // Whom the developer no longer lets know of the file may read on what it said of it, and add nothing.
    if (capacity === 'authority') await party(tx, actor, kept.submission);
    const file = await stored.find(tx, kept.submission);
    const circumstances = { digest: kept.model.digest, modelDigest: file?.model.digest ?? kept.model.digest, now: at };
    if (event.did === 'record') requireUnmarked(event.reference);
    const by = { side: capacity, delegate: await delegateOf(tx, actor) };
    const next = { ...kept, current: determination.apply(kept.current, event, by, circumstances) };
    switch (event.did) {
      case 'submit':
        // Bound to the version that the file is about at this moment.
        if (file !== undefined) next.model = file.model;
        next.audience = await newAudience(system, tx, actor, [kept.developer, kept.authority]);
        break;
      case 'release':
        // A fresh audience: the developer reads the outcome, and none of the entries of the time before.
        next.audience = await newAudience(system, tx, actor, [kept.authority, kept.developer]);
        break;
      case 'record':
        await determinations.keepReference(
          tx,
          id,
          await newAudience(system, tx, actor, [kept.authority]),
          event.reference,
        );
        break;
      case 'seal':
        if (determination.isRecorded(kept.current) && kept.current.sentence !== null) {
          await partners.seal(tx, { object: id, text: kept.current.sentence, by: actor.id, at });
        }
        break;
      default:
    }
    await determinations.save(tx, next);
    await logged(tx, actor, next, pastOf[event.did], at);
    await tellOther(tx, next, event.did);
    return (await seen(system, tx, actor, [next]))[0] as SeenDetermination;
  });
}

async function tellOther(
  tx: Tx,
  { submission, developer, authority }: determinations.KeptDetermination,
  did: determination.DeterminationEvent['did'],
): Promise<void> {
  const path = `/early-access/${submission}/decision`;
  if (did === 'submit' || did === 'withdraw') {
    // A draft that is withdrawn was never known to the authority; nor is it told.
    if (did === 'submit') await notices.tell(tx, { organisation: authority, roles: ['delegate'], path });
    return;
  }
  if (did === 'acknowledge' || did === 'record' || did === 'release') {
    await notices.tell(tx, { organisation: developer, roles: ['release_manager'], path });
  }
}

/** The determinations of a submission that the actor may know of, newest first; that they were read is on record for the developer. */
export function list(
  system: System,
  actor: Actor,
  submission: string,
  page: Parameters<typeof determinations.list>[2],
): Promise<SeenDetermination[]> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const { submission: file } = await party(tx, actor, submission);
    // The same entry whether or not there is anything to read.
    await entries.append(tx, {
      type: 'access',
      did: 'determinations_read',
      object: submission,
      by: actor,
      audience: [file.organisation],
      at: system.now(),
    });
    return seen(system, tx, actor, await determinations.list(tx, submission, page));
  });
}

/** One determination; that it was read is on record for all who may know of it (I7). */
export function load(system: System, actor: Actor, id: string): Promise<SeenDetermination> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const kept = await determinations.find(tx, id);
    if (kept === undefined) throw new Refusal('not_found');
    // What an authority has said stays its own to read; what it was only asked goes with the file.
    const isOwn = capacityIn(kept, actor) === 'authority' && determination.isRecorded(kept.current);
    if (!isOwn && capacityIn(kept, actor) === 'authority') await party(tx, actor, kept.submission);
    await entries.append(tx, {
      type: 'access',
      did: 'determination_read',
      object: id,
      by: actor,
      audience: [kept.audience],
      at: system.now(),
    });
    return (await seen(system, tx, actor, [kept]))[0] as SeenDetermination;
  });
}
