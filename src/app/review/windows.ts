/**
 * The window of a submission: each event in one transaction with its entry in the log, for all parties. What the window says
 * follows from the events (domain/review/window.ts); nothing here decides it.
 *
 * A release or a withdrawal by the developer is recorded in any state. What else is to follow from it (access cut, calendar
 * kept up) is tried, and done again by a job where it fails: it never holds the act up (I1, I9, I21).
 */
import { publicUrl } from '../../config.ts';
import { type Actor, system as itself, type OrganisationId, type Role } from '../../domain/directory/actor.ts';
import * as permission from '../../domain/directory/permission.ts';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import * as grant from '../../domain/review/grant.ts';
import type { Capacity, Party } from '../../domain/review/party.ts';
import {
  type Act,
  type Command,
  parties,
  type WindowEvent,
  type WindowView,
  windowAt,
} from '../../domain/review/window.ts';
import { claimsOf, formatName, type WindowExport } from '../../domain/review/window-export.ts';
import { builtIn, builtInPolicies, refOf, type WindowPolicy } from '../../domain/review/window-policy.ts';
import { writeWindow } from '../../formats/icalendar/window.ts';
import * as base64 from '../../log/base64.ts';
import * as note from '../../log/note.ts';
import type { Tx } from '../../store/database.ts';
import * as people from '../../store/directory/people.ts';
import * as entries from '../../store/log/entries.ts';
import * as grants from '../../store/review/grants.ts';
import * as submissions from '../../store/review/submissions.ts';
import * as windows from '../../store/review/windows.ts';
import { attempt } from '../../store/savepoint.ts';
import * as jobs from '../jobs.ts';
import * as record from '../log/record.ts';
import type { System } from '../system.ts';
import { revokeAllFor } from './grants.ts';
import { party, type Side } from './submissions.ts';

/** Who of a party does the acts of its side. */
const rolesOf: Record<Capacity, Role[]> = {
  developer: ['release_manager', 'security_lead'],
  authority: ['evaluator', 'delegate'],
};
/** In which words the log says that it was done. */
const pastOf: Record<Act, string> = {
  offer: 'offered',
  accept_terms: 'terms_accepted',
  verify_access: 'access_verified',
  pause: 'paused',
  resume: 'resumed',
  conclude: 'concluded',
  extend: 'extended',
  move_anchor: 'anchor_moved',
  withdraw: 'withdrawn',
  release: 'released',
  attest_return: 'return_attested',
};
/** No role within the developer's organisation may stand in the way of these either (I1, I9). */
const isFree = (act: Act) => act === 'release' || act === 'withdraw';

/** How long before the end the parties are told of it. */
export const tellBeforeMs = 72 * 3_600_000;

/** A command as it is asked for: a policy is named, not handed over. */
export type Asked =
  | Exclude<Command, { act: 'offer' }>
  | (Omit<Extract<Command, { act: 'offer' }>, 'policy'> & { policy: { name: string; version?: string | undefined } });

export interface Details {
  capacity: Capacity;
  parties: Party[];
  policy: WindowPolicy;
  /** Each with its entry in the log once that has its place, and the name of who did it where the actor may know them. */
  events: (windows.KeptEvent & { entry?: windows.EventEntry; byName?: string })[];
  view: WindowView;
  /** Since when nobody has access through a grant, where somebody had; it moves no clock. */
  noGrantSince?: Instant;
  /** What this person may do now. */
  can: Act[];
}

/** The policy that a window is under: the one last offered, or the default while none was. */
function policyOf(events: readonly windows.KeptEvent[]): WindowPolicy {
  const offered = events.filter((event) => event.act === 'offer').at(-1)?.policy;
  if (offered === undefined) return builtInPolicies[0] as WindowPolicy;
  const policy = builtIn(offered.name, offered.version);
  if (policy === undefined || refOf(policy).digest !== offered.digest)
    throw new Error(`The window policy ${offered.name} ${offered.version} is not the one that was offered.`);
  return policy;
}

/** What the window of a submission says at `at`, for rules that depend on it: access and its ledger, determination. */
export async function viewOf(tx: Tx, submission: string, at: Instant): Promise<WindowView> {
  const events = await windows.events(tx, submission);
  return windowAt(events, policyOf(events), at);
}

/** The window of a submission with its events; that it was read is on record with the reader (I7). */
export function load(system: System, actor: Actor, id: string): Promise<Details> {
  permission.requireSignedIn(actor);
  return system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    await noteRead(tx, system, actor, side, 'window_read');
    return details(tx, system, actor, side);
  });
}

function noteRead(tx: Tx, system: System, actor: Actor, { submission }: Side, did: string): Promise<void> {
  const { id, organisation } = submission;
  return entries.append(tx, { type: 'access', did, object: id, by: actor, audience: [organisation], at: system.now() });
}

async function details(tx: Tx, system: System, actor: Actor, { submission, capacity }: Side): Promise<Details> {
  const events = await windows.events(tx, submission.id);
  const policy = policyOf(events);
  const view = windowAt(events, policy, clockOf(system, events));
  const placed = await windows.entriesOf(tx, submission.id);
  const names = new Map<string, string | undefined>();
  for (const by of new Set(events.map((event) => event.by))) names.set(by, (await people.find(tx, by))?.name);
  let noGrantSince: Instant | undefined;
  if (view.state === 'running') {
    // Grants that cannot be read keep nobody from the window, in which the release is recorded (I1).
    const failure = await attempt(tx, async () => {
      noGrantSince = grant.noneSince(await grants.list(tx, submission.id), view.at);
    });
    if (failure !== undefined) system.logger.error({ err: failure, submission: submission.id }, 'grants not read');
  }
  return {
    capacity,
    parties: await submissions.parties(tx, submission.id),
    policy,
    ...(noGrantSince !== undefined && { noGrantSince }),
    events: events.map((event) => {
      const entry = placed.get(event.number);
      const byName = names.get(event.by);
      return { ...event, ...(entry && { entry }), ...(byName !== undefined && { byName }) };
    }),
    view,
    can: view.can[capacity].filter((act) => mayDo(actor, capacity, act)),
  };
}

function mayDo(actor: Actor, capacity: Capacity, act: Act): boolean {
  if (isFree(act)) return actor.kind === 'person' || act === 'withdraw';
  return rolesOf[capacity].some((role) => actor.roles.includes(role));
}

/** The recorder's clock, which a step back of the machine's does not take back: no act is held up by one. */
function clockOf(system: System, events: readonly windows.KeptEvent[]): Instant {
  const now = system.now();
  const last = events.at(-1)?.at;
  return last !== undefined && last > now ? last : now;
}

/**
 * Does an act of the window. `after` is the number of the last event that the actor has seen, 0 for none: where another one
 * has come meanwhile, it is refused and nothing is done; a release and a withdrawal are not held up by that. Done again,
 * these two change nothing.
 */
export async function act(
  system: System,
  actor: Actor,
  id: string,
  asked: Asked,
  after: number | undefined,
): Promise<Details> {
  permission.requireSignedIn(actor);
  // To publish is a human's act (I16); that it was done is theirs to say.
  if (asked.act === 'release') permission.requirePerson(actor);
  if (actor.isSuspended === true && !isFree(asked.act)) throw new Refusal('organisation_suspended');
  const side = await system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id, { isLocked: true });
    if (!parties[asked.act].includes(side.capacity)) throw new Refusal('window_act_of_other', { act: asked.act });
    if (!mayDo(actor, side.capacity, asked.act)) throw new Refusal('not_permitted');
    const events = await windows.events(tx, id);
    if (!isFree(asked.act) && after !== events.length)
      throw new Refusal('precondition_failed', { after: events.length });
    await recordEvent(tx, system, actor, side, commandOf(asked));
    return side;
  });
  // Apart: what was done stands, also where it cannot be shown at once.
  return system.database.transaction(actor, (tx) => details(tx, system, actor, side));
}

function commandOf(asked: Asked): Command {
  if (asked.act !== 'offer') return asked;
  const policy = builtIn(asked.policy.name, asked.policy.version);
  if (policy === undefined) throw new Refusal('window_policy_unknown');
  return { ...asked, policy: refOf(policy) };
}

/**
 * Records an event of the window in the caller's transaction, which holds the submission. A release and a withdrawal are recorded also
 * where the record before them cannot be read, or its policy is not known here (I1, I9).
 * For acts of other areas that are one of the window too, such as an incident that pauses it.
 */
export async function recordEvent(
  tx: Tx,
  system: System,
  actor: Actor,
  { submission, capacity }: Side,
  command: Command,
): Promise<void> {
  const events = await windows.events(tx, submission.id);
  if (isFree(command.act) && events.some((event) => event.act === command.act)) return;
  const at = clockOf(system, events);
  const event: WindowEvent = { ...command, party: capacity, at };
  const kept: windows.KeptEvent = {
    ...event,
    number: (events.at(-1)?.number ?? 0) + 1,
    by: actor.id,
    organisation: actor.organisation as OrganisationId,
  };
  const all = [...events, kept];
  let view: WindowView | undefined;
  try {
    view = windowAt(all, policyOf(all), at);
  } catch (error) {
    // A refusal of the last event is the actor's; one of an earlier event is a fault of ours.
    if (!isFree(command.act)) throw error instanceof Error && 'refusal' in error ? error.refusal : error;
    system.logger.error({ err: error, submission: submission.id }, 'the record of a window cannot be read');
  }
  await windows.add(tx, submission, kept, view === undefined ? at : (view.endedAt ?? view.endsAt));
  await submissions.touch(tx, submission.id, at);
  await entries.append(tx, {
    did: `window_${pastOf[command.act]}`,
    object: submission.id,
    by: actor,
    audience: [submission.audience],
    body: { number: kept.number, event },
    at,
  });
  const state = view?.state ?? pastOf[command.act];
  if (view === undefined || view.endedAt !== undefined)
    await cutAccess(tx, system, actor, submission, `window_${state}`);
}

/** Access has ended with the window by its rules already; this ends the grants too. A failure is made good by the job. */
async function cutAccess(
  tx: Tx,
  system: System,
  by: Actor,
  submission: { id: string; audience: string },
  reason: string,
): Promise<void> {
  const failure = await attempt(tx, async () => {
    await revokeAllFor(tx, system, submission, { reason, by });
    await windows.noteEnded(tx, submission.id);
  });
  if (failure !== undefined)
    system.logger.error({ err: failure, submission: submission.id }, 'grants not ended; a job will');
}

/** Everything with which anyone recomputes what the clock said, as one document; that it was exported is on record. */
export async function exportWindow(system: System, actor: Actor, id: string): Promise<WindowExport> {
  permission.requireSignedIn(actor);
  const { document, events } = await system.database.transaction(actor, async (tx) => {
    const side = await party(tx, actor, id);
    await noteRead(tx, system, actor, side, 'window_exported');
    const { policy, events, view, parties: known } = await details(tx, system, actor, side);
    const document = {
      format: formatName,
      submission: {
        id,
        model: side.submission.model,
        parties: known.map(({ organisation, name, capacity }) => ({ organisation, name, capacity })),
      },
      policy,
      claims: claimsOf(view),
      log: { origin: system.signer.key.name, key: note.formatKey(system.signer.key) },
    } satisfies Partial<WindowExport>;
    return { document, events };
  });
  const proven: WindowExport['events'] = [];
  for (const { entry, byName: _, ...event } of events) {
    if (entry === undefined) {
      proven.push(event);
      continue;
    }
    const { index, leaf, text: proof } = await record.prove(system, actor, entry.index);
    const opening = { nonce: base64.encode(entry.nonce), body: entry.body };
    proven.push({ ...event, log: { index, leaf: base64.encode(leaf), ...opening, proof } });
  }
  return { ...document, events: proven };
}

/** The dates of the window as a calendar (RFC 5545). */
export async function calendar(system: System, actor: Actor, id: string): Promise<string> {
  const { view, events } = await load(system, actor, id);
  return writeWindow(id, view, events.length);
}

/**
 * Does what follows when time passes: tells the parties in good time before an end, in words that say nothing of the model,
 * and ends the grants of windows that have ended. It makes no window end: that follows from time whether or not this runs.
 */
export async function watch(system: System, signal?: AbortSignal): Promise<void> {
  const now = system.now();
  const before = new Date(Date.parse(now) + tellBeforeMs).toISOString();
  const due = await system.database.transaction(itself, (tx) => windows.ending(tx, now, before));
  for (const { id } of due) {
    signal?.throwIfAborted();
    await system.database
      .transaction(itself, (tx) => watchOne(tx, system, id))
      // One that cannot be looked after must not keep the others waiting; it comes up again.
      .catch((error: unknown) => system.logger.error({ err: error, submission: id }, 'a window was not looked after'));
  }
}

async function watchOne(tx: Tx, system: System, id: string): Promise<void> {
  const submission = await submissions.lock(tx, id);
  if (submission === undefined) return;
  const events = await windows.events(tx, id);
  const view = windowAt(events, policyOf(events), clockOf(system, events));
  if (view.endedAt !== undefined) return cutAccess(tx, system, itself, submission, `window_${view.state}`);
  if (view.endsAt === undefined) return;
  const text = textOf(system, id, view.endsAt);
  for (const { organisation, capacity } of await submissions.parties(tx, id)) {
    for (const to of await people.addresses(tx, organisation, rolesOf[capacity]))
      await jobs.add(tx, 'send_mail', { to, subject: 'A window of early access ends soon', text });
  }
  await windows.noteTold(tx, id, view.endsAt);
}

const textOf = (system: System, id: string, endsAt: Instant) =>
  `A window of early access that your organisation takes part in ends on ${endsAt.slice(0, 16).replace('T', ' at ')} UTC, ` +
  'unless its developer acts before. Access ends then; nothing else does.\n\n' +
  `${publicUrl(system.config)}/early-access/${id}\n`;
