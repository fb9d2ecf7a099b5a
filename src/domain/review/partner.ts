/**
 * A trusted partner of one model's early access (EO 14409 section 3(b)(iii)): suggested by either side, decided by the developer,
 * with what the authority says on record, and by the partner's own acceptance. The authority's word moves no state.
 */
import { Refusal } from '../refusal.ts';
import { decisionPolicy, type ReasonList } from './decision-policy.ts';
import { requireUnmarked } from './marking.ts';

export const partnerStates = [
  'suggested',
  'proposed',
  'invited',
  'terms_accepted',
  'provisioned',
  'ready',
  'declined',
  'ended',
  'revoked',
] as const;
export type PartnerState = (typeof partnerStates)[number];

/** Who takes part in the file of one partner. */
export type Side = 'developer' | 'authority' | 'partner';

export const stances = ['support', 'concern', 'no_comment'] as const;
export type Stance = (typeof stances)[number];

export interface Partner {
  state: PartnerState;
  /** Whether the authority's act stands on record: its suggestion, or what it said of the developer's. */
  hasAuthorityActed: boolean;
  /** Who declined, and where they go on from if they think again. */
  declined?: { by: 'developer' | 'partner'; from: 'suggested' | 'proposed' | 'invited' };
  /** Requests for another look so far; the policy says how many there may be. */
  reviewRequests: number;
}

export type PartnerEvent =
  | { did: 'propose' }
  | { did: 'comment'; stance: Stance; text?: string | undefined }
  | { did: 'invite'; terms: string }
  | { did: 'decline'; reason: string; text?: string | undefined }
  | { did: 'request_review'; text: string }
  | { did: 'reopen' }
  | { did: 'accept' }
  | { did: 'provision'; text?: string | undefined }
  | { did: 'confirm'; text: string }
  | { did: 'end' }
  | { did: 'revoke'; reason: string };

/** Everything that can be done, with who does it. */
export const sidesOf: Record<PartnerEvent['did'], readonly Side[]> = {
  propose: ['developer'],
  comment: ['authority'],
  invite: ['developer'],
  decline: ['developer', 'partner'],
  request_review: ['developer', 'authority'],
  reopen: ['developer', 'partner'],
  accept: ['partner'],
  provision: ['developer'],
  confirm: ['partner'],
  end: ['developer', 'partner'],
  revoke: ['developer'],
};

/** States that the partner itself knows of. */
const withPartner: readonly PartnerState[] = ['invited', 'terms_accepted', 'provisioned', 'ready'];
const over: readonly PartnerState[] = ['declined', 'ended', 'revoked'];

/** A new partner's file. What the authority suggests stands as its act; what the developer suggests does not bind anybody. */
export function suggested(by: 'developer' | 'authority'): Partner {
  return { state: 'suggested', hasAuthorityActed: by === 'authority', reviewRequests: 0 };
}

function requireReason(list: ReasonList, code: string): void {
  if (!decisionPolicy.reasons[list].some((reason) => reason.code === code)) {
    throw new Refusal('invalid_request', { reason: decisionPolicy.reasons[list].map((reason) => reason.code) });
  }
}

/**
 * The partner after an event. The developer can end it from every state that is not over, alone and without a reason (I9); the
 * partner from its invitation on. No event of the authority changes the state. Throws `partner_not_now` for what the state does
 * not have, `partner_no_word` for an invitation before the authority has said anything, `partner_reviewed` for a second request.
 */
export function apply(current: Partner, event: PartnerEvent, side: Side): Partner {
  const { state } = current;
  if (!sidesOf[event.did].includes(side)) throw new Refusal('not_permitted');
  for (const key of ['text', 'terms'] as const) requireUnmarked((event as { [Key in typeof key]?: string })[key]);
  const from = (...states: PartnerState[]) => {
    if (!states.includes(state)) throw new Refusal('partner_not_now', { state });
  };
  switch (event.did) {
    case 'propose':
      from('suggested');
      return { ...current, state: 'proposed' };
    case 'comment':
      from('suggested', 'proposed');
      return { ...current, hasAuthorityActed: true };
    case 'invite':
      from('proposed');
      if (!current.hasAuthorityActed) throw new Refusal('partner_no_word');
      return { ...current, state: 'invited' };
    case 'decline':
      if (side === 'partner') {
        from('invited');
        requireReason('declined_by_partner', event.reason);
        return { ...current, state: 'declined', declined: { by: 'partner', from: 'invited' } };
      }
      from('suggested', 'proposed');
      requireReason('declined_by_developer', event.reason);
      return {
        ...current,
        state: 'declined',
        declined: { by: 'developer', from: state as 'suggested' | 'proposed' },
      };
    case 'request_review':
      from('declined');
      // Each asks whom it deals with: the authority the developer, the developer the partner.
      if (current.declined?.by !== (side === 'authority' ? 'developer' : 'partner')) {
        throw new Refusal('partner_not_now', { state });
      }
      if (current.reviewRequests >= decisionPolicy.reviewRequests) throw new Refusal('partner_reviewed');
      return { ...current, reviewRequests: current.reviewRequests + 1 };
    case 'reopen': {
      from('declined');
      const { declined, ...rest } = current;
      if (declined === undefined || declined.by !== side) throw new Refusal('not_permitted');
      return { ...rest, state: declined.from };
    }
    case 'accept':
      from('invited');
      return { ...current, state: 'terms_accepted' };
    case 'provision':
      from('terms_accepted');
      return { ...current, state: 'provisioned' };
    case 'confirm':
      from('provisioned');
      return { ...current, state: 'ready' };
    case 'end':
      if (over.includes(state) || (side === 'partner' && !withPartner.includes(state))) {
        throw new Refusal('partner_not_now', { state });
      }
      return { ...current, state: 'ended' };
    case 'revoke':
      from('terms_accepted', 'provisioned', 'ready');
      requireReason('revoked', event.reason);
      return { ...current, state: 'revoked' };
  }
}

/** Whether the developer has set up access that nobody has ended. */
export const isWithAccess = ({ state }: { state: PartnerState }): boolean =>
  state === 'provisioned' || state === 'ready';

/** Partners by sector, for the balance of one file: exact, and all sectors that have any, in the order of the policy. */
export function balance(
  partners: readonly { sector: string; state: PartnerState }[],
): { sector: string; considered: number; taking: number }[] {
  return decisionPolicy.sectors
    .map(({ code }) => {
      const own = partners.filter((partner) => partner.sector === code && !over.includes(partner.state));
      const taking = own.filter(({ state }) => withPartner.includes(state)).length;
      return { sector: code, considered: own.length - taking, taking };
    })
    .filter(({ considered, taking }) => considered + taking > 0);
}

/**
 * What the public may know of a count (I19): nothing below the smallest cell or with too few developers behind it, otherwise the
 * count rounded down to a multiple of the cell, so that one more or less does not show. Total is never given: it would be a way back.
 */
export function publicCount(
  { partners, developers }: { partners: number; developers: number },
  { cellMin, developersMin } = decisionPolicy,
): number | null {
  if (partners < cellMin || developers < developersMin) return null;
  return partners - (partners % cellMin);
}

/** What a state is called, and what has happened. */
export const stateWords: Record<PartnerState, { name: string; says: string }> = {
  suggested: { name: 'Suggested', says: 'One side has named it. The organisation itself knows nothing of it.' },
  proposed: { name: 'Proposed', says: 'The developer agrees to consider it. The authority may say what it thinks.' },
  invited: { name: 'Invited', says: 'The developer has invited it; it has the terms before it.' },
  terms_accepted: { name: 'Terms accepted', says: 'The partner has accepted the terms.' },
  provisioned: { name: 'Access provided', says: 'The developer has set up access.' },
  ready: { name: 'Ready', says: 'The partner has seen access work.' },
  declined: { name: 'Declined', says: 'It goes no further, unless who declined thinks again.' },
  ended: { name: 'Ended', says: 'It has ended. No reason is asked.' },
  revoked: { name: 'Revoked', says: 'The developer has taken access back.' },
};

export const stanceWords: Record<Stance, string> = {
  support: 'Support',
  concern: 'Concern',
  no_comment: 'No comment',
};
