/**
 * How an organisation comes to take part: it applies, proves its mail address, is perhaps asked something, and is let in by two people
 * of the organisation that runs this instance. Pure: who may confirm and what time it is come in as arguments.
 */
import type { Instant } from '../instant.ts';
import { Refusal } from '../refusal.ts';
import type { PersonId, Role } from './actor.ts';

/** The roles that decide, in the organisation that runs this instance. */
export const deciderRoles: readonly Role[] = ['administrator', 'coordinator'];

/** What an organisation is, by its own word. */
export const organisationKinds = [
  'lab',
  'agent_operator',
  'vendor',
  'maintainer',
  'infrastructure_operator',
  'agency',
  'research',
  'auditor',
] as const;
export type OrganisationKind = (typeof organisationKinds)[number];

export const kindNames: Record<OrganisationKind, string> = {
  lab: 'Developer of models',
  agent_operator: 'Operator of agents',
  vendor: 'Vendor of software',
  maintainer: 'Maintainer of open source software',
  infrastructure_operator: 'Operator of infrastructure',
  agency: 'Public agency',
  research: 'Research group',
  auditor: 'Auditor',
};

/** What an applicant wrote. Text from outside: shown, never followed. */
export interface Said {
  name: string;
  /** Absent, with the country, where the organisation was proposed here without an application. */
  kind?: OrganisationKind | undefined;
  country?: string | undefined;
  purpose: string;
  contact: { name: string; email: string };
  domain?: string | undefined;
  securityTxt?: string | undefined;
  /** The version of the terms that they read. */
  termsVersion?: string | undefined;
}

/** Texts of questions, answers, reasons and words, in characters. */
export const wordsMax = 2_000;
/** What is asked of one applicant before somebody decides. */
const questionsMax = 10;

export interface Exchange {
  question: string;
  by: PersonId;
  at: Instant;
  answer?: { text: string; at: Instant };
}

interface Base {
  exchanges: Exchange[];
}

/** Where an application stands. */
export type Application = Base &
  (
    | { state: 'sent' }
    | { state: 'received' }
    | { state: 'asked' }
    | { state: 'proposed'; reason: string; by: PersonId; at: Instant }
    | {
        state: 'admitted';
        reason: string;
        proposedBy: PersonId;
        confirmedBy: PersonId;
        /** One person did both, because nobody else could. */
        byOne: boolean;
        at: Instant;
      }
    | { state: 'refused'; words: string; by: PersonId; at: Instant }
    | { state: 'withdrawn'; at: Instant }
  );

/** States in which somebody of the organisation that runs the instance has something to do, or waits for the applicant. */
export const openStates = ['received', 'asked', 'proposed'] as const;

const notNow = (current: Application) => new Refusal('application_not_now', { state: current.state });

/** The applicant has shown that the mail address is theirs. Before that nobody decides. Done again, it changes nothing. */
export function prove(current: Application): Application {
  if (current.state === 'withdrawn') throw notNow(current);
  return current.state === 'sent' ? { state: 'received', exchanges: current.exchanges } : current;
}

/** Asks the applicant for more. */
export function ask(current: Application, question: string, by: PersonId, at: Instant): Application {
  if (current.state !== 'received' || current.exchanges.length >= questionsMax) throw notNow(current);
  return { state: 'asked', exchanges: [...current.exchanges, { question, by, at }] };
}

/** The applicant's answer to what was asked last. */
export function answer(current: Application, text: string, at: Instant): Application {
  const last = current.exchanges.at(-1);
  if (current.state !== 'asked' || last === undefined) throw notNow(current);
  return { state: 'received', exchanges: [...current.exchanges.slice(0, -1), { ...last, answer: { text, at } }] };
}

/** The first of two: says that the organisation should be let in, and why. */
export function propose(current: Application, reason: string, by: PersonId, at: Instant): Application {
  if (current.state !== 'received' && current.state !== 'asked') throw notNow(current);
  return { state: 'proposed', exchanges: current.exchanges, reason, by, at };
}

/** Takes a proposal back: whoever made it, or whoever would have to confirm it. */
export function sendBack(current: Application): Application {
  if (current.state !== 'proposed') throw notNow(current);
  return { state: 'received', exchanges: current.exchanges };
}

/**
 * The second of two: lets the organisation in. `able` are the people who may confirm now; the one who proposed does it alone only
 * where there is nobody else, so that an instance can start.
 */
export function confirm(
  current: Application,
  by: PersonId,
  able: readonly PersonId[],
  at: Instant,
): Extract<Application, { state: 'admitted' }> {
  if (current.state !== 'proposed') throw notNow(current);
  return {
    state: 'admitted',
    exchanges: current.exchanges,
    reason: current.reason,
    proposedBy: current.by,
    confirmedBy: by,
    byOne: isByOne(current.by, by, able),
    at,
  };
}

/** Does not let the organisation in, with words for the applicant. One person's act: who was refused may apply again. */
export function refuse(current: Application, words: string, by: PersonId, at: Instant): Application {
  if (!openStates.includes(current.state as never)) throw notNow(current);
  return { state: 'refused', exchanges: current.exchanges, words, by, at };
}

/** The applicant's own: at once, in any state before the end, without a reason (I9). */
export function withdraw(current: Application, at: Instant): Application {
  if (current.state === 'admitted' || current.state === 'refused') throw notNow(current);
  return { state: 'withdrawn', exchanges: current.exchanges, at };
}

/**
 * The rule of two: refuses where the same person would be both, unless nobody else could be the second. Gives whether one person is
 * both. People are compared, not sessions; agents are never among `able`.
 */
export function isByOne(first: PersonId, second: PersonId, able: readonly PersonId[]): boolean {
  if (!able.includes(second)) throw new Refusal('not_permitted');
  if (first !== second) return false;
  if (able.some((id) => id !== first)) throw new Refusal('second_confirmer_wanted');
  return true;
}

/** What the applicant reads with the receipt: who decides and how far they are is not among it. */
export interface Standing {
  state: 'address_to_prove' | 'received' | 'more_asked' | 'admitted' | 'not_admitted' | 'withdrawn';
  question?: string;
  words?: string;
}

export function standingOf(current: Application): Standing {
  switch (current.state) {
    case 'sent':
      return { state: 'address_to_prove' };
    case 'received':
    case 'proposed':
      return { state: 'received' };
    case 'asked':
      return { state: 'more_asked', question: current.exchanges.at(-1)?.question ?? '' };
    case 'admitted':
      return { state: 'admitted' };
    case 'refused':
      return { state: 'not_admitted', words: current.words };
    case 'withdrawn':
      return { state: 'withdrawn' };
  }
}
