/**
 * The record of a window as one JSON document, with which anyone recomputes what its clock said: `assay-window-export/1`.
 *
 * - `policy`: the policy document that the window is under, whole; its digest stands in the event `offer`;
 * - `events`: what was recorded, in order, by which party and when; each with its entry in the transparency log as far as
 *   it has its place: leaf, opening (nonce and body) and C2SP tlog-proof under a signed checkpoint;
 * - `claims`: what the exporting instance says of the window at `claims.at`, to be compared with what follows.
 */
import type { OrganisationId } from '../directory/actor.ts';
import type { Instant } from '../instant.ts';
import type { Capacity } from './party.ts';
import { RecordFault, type WindowEvent, type WindowView, windowAt } from './window.ts';
import { refOf, type WindowPolicy } from './window-policy.ts';

export const formatName = 'assay-window-export/1';

/** What is claimed of a window at an instant: all of the view that is a fact about it. */
export const claimNames = [
  'at',
  'state',
  'returns',
  'isAccessOpen',
  'usedMs',
  'remainingMs',
  'limitMs',
  'calendarMs',
  'startedAt',
  'anchor',
  'endsAt',
  'endsBy',
  'endedAt',
  'endedBy',
  'withdrawnAt',
  'releasedAt',
  'returnDueAt',
  'returnedAt',
] as const;
export type Claims = Pick<WindowView, (typeof claimNames)[number]>;

/** The place of an event in the log. Bytes are base64. */
export interface EventProof {
  index: number;
  leaf: string;
  nonce: string;
  body: string;
  /** C2SP tlog-proof. */
  proof: string;
}

export type ExportedEvent = WindowEvent & {
  /** From 1, without gaps. */
  number: number;
  by: string;
  organisation: string;
  log?: EventProof | undefined;
};

export interface WindowExport {
  format: typeof formatName;
  submission: {
    id: string;
    model: { name: string; version: string; digest: string | null };
    parties: { organisation: OrganisationId | string; name: string; capacity: Capacity }[];
  };
  policy: WindowPolicy;
  events: ExportedEvent[];
  claims: Claims;
  /** The log that holds the entries: its origin and verifier key. */
  log: { origin: string; key: string };
}

/** The facts of a view, as an export claims them. */
export function claimsOf(view: WindowView): Claims {
  return Object.fromEntries(
    claimNames.filter((name) => view[name] !== undefined).map((name) => [name, view[name]]),
  ) as unknown as Claims;
}

/** An event as recorded, without what an export adds to it. */
export function recordOf({ number: _, by: __, organisation: ___, log: ____, ...event }: ExportedEvent): WindowEvent {
  return event as WindowEvent;
}

/**
 * How an export differs from what follows from its own events and policy; nothing when it says what follows. Plain
 * sentences, one for each difference.
 */
export function differences({ events, policy, claims }: WindowExport): string[] {
  const found: string[] = [];
  events.forEach(({ number }, index) => {
    if (number !== index + 1) found.push(`Event ${index + 1} is numbered ${number}: one is missing, or out of order.`);
  });
  const offered = events.filter((event) => event.act === 'offer').at(-1)?.policy;
  const ref = refOf(policy);
  if (offered !== undefined && offered.digest !== ref.digest) {
    found.push(`The policy here is not the one that was offered: ${ref.digest}, offered was ${offered.digest}.`);
  }
  let follows: Claims;
  try {
    // All events, so that one after the instant of the claims is not passed over.
    windowAt(events.map(recordOf), policy, latest(claims.at, events.at(-1)?.at));
    follows = claimsOf(windowAt(events.map(recordOf), policy, claims.at));
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    return [...found, `${error.message} (${events[error.event - 1]?.act} at ${events[error.event - 1]?.at})`];
  }
  const tell = (value: unknown) => (value === undefined ? 'nothing' : String(value));
  for (const name of claimNames) {
    if (follows[name] !== claims[name])
      found.push(`${name}: the export claims ${tell(claims[name])}, from its events follows ${tell(follows[name])}.`);
  }
  return found;
}

const latest = (one: Instant, other: Instant | undefined): Instant =>
  other !== undefined && other > one ? other : one;
