/**
 * What waits for somebody in the file of one model, and for whom. Everything here may be left: a release waits for none of it (I1),
 * and where an authority says nothing, nothing follows (I3).
 */
import type { OrganisationId } from '../directory/actor.ts';
import type { Instant } from '../instant.ts';
import type { Determination, Standing } from './determination.ts';
import { type Grant, stateAt as grantStateAt } from './grant.ts';
import { type Incident, stateAt as incidentStateAt } from './incident.ts';
import type { Partner } from './partner.ts';
import type { Capacity, Party } from './party.ts';
import type { WindowView } from './window.ts';

/** The pages of a file on which something can be done about it. */
export const pendingPages = ['overview', 'access', 'incident', 'partners', 'decision', 'letter', 'run'] as const;
export type PendingPage = (typeof pendingPages)[number];

export interface PendingItem {
  /** A noun phrase, such as `Request for a determination`. */
  what: string;
  /** The name of the organisation that it lies with. */
  with: string;
  since: Instant;
  /** One sentence: the next step and whose it is. */
  next: string;
  to: PendingPage;
  /** What it is about: of an incident, a letter or a run its id; otherwise the submission's or the record's. */
  object: string;
}

/** A letter or a run that somebody else has given to the parties, and that nobody of the reader's organisation has opened. */
export interface Unread {
  kind: 'letter' | 'run';
  object: string;
  by: OrganisationId;
  at: Instant;
}

/** What the reader may know of one file; what it may not know is not among it (I5). */
export interface PendingFacts {
  submission: string;
  reader: OrganisationId;
  parties: readonly Party[];
  window: WindowView;
  grants: readonly (Grant & { id: string; endpointSetAt: Instant | null })[];
  determinations: readonly {
    id: string;
    authority: OrganisationId;
    current: Determination;
    standing: Standing;
    createdAt: Instant;
  }[];
  partners: readonly {
    id: string;
    name: string;
    authority: OrganisationId | null;
    current: Partner;
    updatedAt: Instant;
  }[];
  incidents: readonly (Incident & { id: string })[];
  unread: readonly Unread[];
}

/**
 * What waits for somebody at `now`: incidents first, then what lies with the reader's organisation, then the rest; the window before
 * access, the determination, partners, and what is new.
 */
export function pendingOf(facts: PendingFacts, now: Instant): PendingItem[] {
  const own = facts.parties.find(({ organisation }) => organisation === facts.reader);
  const isOwn = (item: PendingItem) => own !== undefined && [own.name, side(facts, own.capacity)].includes(item.with);
  const rest = [
    ...inWindow(facts),
    ...facts.grants.flatMap((grant) => inGrant(facts, grant, now)),
    ...facts.determinations.flatMap((one) => inDetermination(facts, one)),
    ...facts.partners.flatMap((one) => inPartner(facts, one)),
    ...facts.unread.map((one) => newFor(facts, one)),
  ];
  return [
    ...facts.incidents.flatMap((one) => inIncident(facts, one, now)),
    ...rest.filter(isOwn),
    ...rest.filter((item) => !isOwn(item)),
  ];
}

/** The names of a side, as whoever of it acts: `A or B`. */
const side = ({ parties }: PendingFacts, capacity: Capacity): string =>
  parties
    .filter((party) => party.capacity === capacity)
    .map(({ name }) => name)
    .join(' or ');

/** Undefined for who may no longer know of the file. */
const nameOf = ({ parties }: PendingFacts, organisation: OrganisationId | null): string | undefined =>
  parties.find((party) => party.organisation === organisation)?.name;

function inIncident(facts: PendingFacts, incident: PendingFacts['incidents'][number], now: Instant): PendingItem[] {
  const state = incidentStateAt(incident, now);
  if (state === 'resolved') return [];
  const isContained = state === 'contained';
  return [
    {
      what: isContained ? 'Incident, contained and not yet resolved' : 'Incident, not yet contained',
      with: side(facts, 'developer'),
      since: (isContained ? incident.containedAt : null) ?? incident.raisedAt,
      next: `The developer says by which facts it is ${isContained ? 'resolved' : 'contained'}.`,
      to: 'incident',
      object: incident.id,
    },
  ];
}

function inWindow(facts: PendingFacts): PendingItem[] {
  const { window, parties, submission } = facts;
  const [developer, authority] = [side(facts, 'developer'), side(facts, 'authority')];
  // As long as nobody else knows of the file, nobody is there to wait.
  const first = parties.find(({ capacity }) => capacity === 'authority');
  if (first === undefined) return [];
  const lastAt = (...acts: string[]) => window.history.findLast(({ act }) => acts.includes(act))?.at ?? first.addedAt;
  const item = (what: string, who: string, since: Instant, next: string): PendingItem => ({
    what,
    with: who,
    since,
    next,
    to: 'overview',
    object: submission,
  });
  if (window.returns === 'return_due' || window.returns === 'return_overdue') {
    const due = (window.returnDueAt ?? window.at).slice(0, 10);
    const next =
      window.returns === 'return_due'
        ? `The authority returns or destroys what it was given, and says so, by ${due}.`
        : `The authority says what became of what it was given; that was due on ${due}.`;
    return [item('Return or destruction', authority, window.endedAt ?? window.at, next)];
  }
  if (window.endedAt !== undefined) return [];
  if (window.state === 'planned')
    return [item('Terms of the window', developer, first.addedAt, 'The developer offers terms, if it wishes to.')];
  const items: PendingItem[] = [];
  if (window.can.authority.includes('accept_terms'))
    items.push(
      item('Terms of the window', authority, lastAt('offer'), 'The authority accepts the terms, or leaves them.'),
    );
  for (const capacity of ['developer', 'authority'] as const) {
    if (!window.can[capacity].includes('verify_access')) continue;
    const next = `The ${capacity} says when it has seen access work.`;
    items.push(
      item('Access under the window', capacity === 'developer' ? developer : authority, lastAt('accept_terms'), next),
    );
  }
  if (window.state === 'paused')
    items.push(item('Window, paused', developer, lastAt('pause'), 'The developer resumes it, if it wishes to.'));
  return items;
}

function inGrant(facts: PendingFacts, grant: PendingFacts['grants'][number], now: Instant): PendingItem[] {
  const state = grantStateAt(grant, now);
  if (state === 'expired' || state === 'revoked') return [];
  const developer = side(facts, 'developer');
  const grantee = nameOf(facts, grant.to);
  const item = (what: string, who: string, since: Instant, next: string): PendingItem => ({
    what,
    with: who,
    since,
    next,
    to: 'access',
    object: grant.id,
  });
  const items: PendingItem[] = [];
  if (grant.method === 'openai_compatible' && grant.endpointSetAt === null)
    items.push(
      item(
        'Address of the model',
        developer,
        grant.offeredAt,
        'The developer gives the address at which the model answers.',
      ),
    );
  if (grantee === undefined) return items;
  if (state === 'offered')
    items.push(item('Offer of access', grantee, grant.offeredAt, `${grantee} accepts it and names who is to use it.`));
  if (state === 'accepted') {
    const since = grant.acceptedAt ?? grant.offeredAt;
    for (const [at, who] of [
      [grant.verifiedByDeveloperAt, developer],
      [grant.verifiedByAuthorityAt, grantee],
    ] as const) {
      if (at === null || at > now)
        items.push(item('Accepted access', who, since, `${who} says when it has seen access work.`));
    }
  }
  return items;
}

function inDetermination(
  facts: PendingFacts,
  { id, authority, current, standing, createdAt }: PendingFacts['determinations'][number],
): PendingItem[] {
  // What is recorded waits for nobody, whether or not it was asked for.
  if (current.state !== 'draft' && current.state !== 'sent' && current.state !== 'with_authority') return [];
  const developer = side(facts, 'developer');
  const name = nameOf(facts, authority);
  const item = (what: string, who: string, since: Instant, next: string): PendingItem[] => [
    { what, with: who, since, next, to: 'decision', object: id },
  ];
  if (current.state === 'draft')
    return item(
      'Request for a determination, not sent',
      developer,
      createdAt,
      'The developer sends it or takes it back; nothing waits for it.',
    );
  const what = 'Request for a determination';
  if (standing === 'stale')
    return item(
      `${what}, about an earlier version`,
      developer,
      current.sentAt,
      'The developer takes it back and asks anew, if it wishes to; nothing waits for it.',
    );
  if (name === undefined)
    return item(
      what,
      developer,
      current.sentAt,
      'Whom it was sent to may no longer know of the file; the developer takes it back, and nothing waits for it.',
    );
  const answers =
    standing === 'no_answer'
      ? `${name} may still answer, though the time named in the policy went by; nothing waits for it.`
      : current.state === 'sent'
        ? `${name} says that it received it, or answers; nothing waits for it.`
        : `${name} answers, or declines to say; nothing waits for it.`;
  return item(what, name, current.state === 'sent' ? current.sentAt : current.receivedAt, answers);
}

function inPartner(
  facts: PendingFacts,
  { id, name, authority, current, updatedAt }: PendingFacts['partners'][number],
): PendingItem[] {
  const developer = side(facts, 'developer');
  const item = (who: string, next: string): PendingItem[] => [
    { what: `Partner ${name}`, with: who, since: updatedAt, next, to: 'partners', object: id },
  ];
  switch (current.state) {
    case 'suggested':
      return item(developer, 'The developer proposes it, or declines.');
    case 'proposed': {
      if (current.hasAuthorityActed) return item(developer, 'The developer invites it, or declines.');
      const heard = nameOf(facts, authority);
      return heard === undefined
        ? item(developer, 'Who was to comment may no longer know of the file; the developer declines it.')
        : item(heard, `${heard} says what it thinks, and moves nothing by that.`);
    }
    case 'invited':
      return item(name, 'The partner accepts the terms, or declines.');
    case 'terms_accepted':
      return item(developer, 'The developer sets up access.');
    case 'provisioned':
      return item(name, 'The partner says when it has seen access work.');
    default:
      return [];
  }
}

function newFor(facts: PendingFacts, { kind, object, by, at }: Unread): PendingItem {
  const reader = nameOf(facts, facts.reader) ?? '';
  const giver = nameOf(facts, by) ?? 'Somebody who no longer knows of the file';
  return {
    what: kind === 'letter' ? 'Letter that nobody here has opened' : 'Run that nobody here has opened',
    with: reader,
    since: at,
    next: `${giver} ${kind === 'letter' ? 'released it to this file' : 'shared it with this file'}; your organisation reads it.`,
    to: kind,
    object,
  };
}
