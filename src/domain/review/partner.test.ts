import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whyNot } from '../refusal.ts';
import { decisionPolicy } from './decision-policy.ts';
import * as partner from './partner.ts';

const events: partner.PartnerEvent[] = [
  { did: 'propose' },
  ...partner.stances.map((stance) => ({ did: 'comment', stance }) as const),
  { did: 'invite', terms: 'Terms.' },
  { did: 'decline', reason: 'not_now' },
  { did: 'request_review', text: 'Please.' },
  { did: 'reopen' },
  { did: 'accept' },
  { did: 'provision' },
  { did: 'confirm', text: 'A request was answered.' },
  { did: 'end' },
  { did: 'revoke', reason: 'other' },
];
const sides: partner.Side[] = ['developer', 'authority', 'partner'];

interface Step {
  from: partner.Partner;
  event: partner.PartnerEvent;
  side: partner.Side;
  to: partner.Partner;
}

const keyOf = ({ state, hasAuthorityActed, reviewRequests, declined }: partner.Partner) =>
  JSON.stringify([state, hasAuthorityActed, reviewRequests, declined?.by, declined?.from]);

function explore(): { states: partner.Partner[]; steps: Step[] } {
  const states = new Map<string, partner.Partner>();
  const steps: Step[] = [];
  const open = [partner.suggested('developer'), partner.suggested('authority')];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    const key = keyOf(from);
    if (states.has(key)) continue;
    states.set(key, from);
    for (const event of events)
      for (const side of sides) {
        const current = from;
        if (whyNot(() => partner.apply(current, event, side)) !== undefined) continue;
        const to = partner.apply(from, event, side);
        steps.push({ from, event, side, to });
        open.push(to);
      }
  }
  return { states: [...states.values()], steps };
}

const { states, steps } = explore();
const over = ['ended', 'revoked'];

test('W3, model check: every state of the brief is reached, and their number is finite', () => {
  console.info(`partner: ${states.length} states, ${steps.length} steps`);

  expect(new Set(states.map(({ state }) => state))).toEqual(new Set(partner.partnerStates));
});

test('I9, model check: the developer alone ends a partner from every state that is not over, without a reason', () => {
  for (const from of states.filter(({ state }) => !over.includes(state) && state !== 'declined')) {
    expect(partner.apply(from, { did: 'end' }, 'developer').state).toBe('ended');
  }
});

test('I9, model check: the partner alone leaves from every state that it knows of, without a reason', () => {
  for (const from of states) {
    if (!['invited', 'terms_accepted', 'provisioned', 'ready'].includes(from.state)) continue;
    expect(partner.apply(from, { did: 'end' }, 'partner').state).toBe('ended');
  }
});

test('W3, model check: no event of the authority changes a partner’s state', () => {
  for (const { from, side, to } of steps) if (side === 'authority') expect(to.state).toBe(from.state);
});

test('W3, model check: concern stops nothing that support would let through', () => {
  for (const from of states) {
    const after = (stance: partner.Stance) => {
      const comment = () => partner.apply(from, { did: 'comment', stance }, 'authority');
      return whyNot(comment)?.code ?? comment();
    };

    expect(after('concern')).toEqual(after('support'));
    expect(after('no_comment')).toEqual(after('support'));
  }
});

test('consent of both sides, model check: nobody is invited without acts of the developer and of the authority, nor takes part without its own', () => {
  for (const { from, event, side, to } of steps) {
    if (to.state === 'invited') expect(to.hasAuthorityActed).toBe(true);
    if (to.state === 'invited' && from.state === 'proposed') expect([event.did, side]).toEqual(['invite', 'developer']);
    if (to.state === 'terms_accepted') expect([event.did, side, from.state]).toEqual(['accept', 'partner', 'invited']);
    if (to.state === 'provisioned') expect(side).toBe('developer');
    if (to.state === 'ready') expect([event.did, side]).toEqual(['confirm', 'partner']);
  }
});

test('the partner has no act before its invitation', () => {
  for (const { from, side } of steps) {
    if (side === 'partner') expect(['suggested', 'proposed']).not.toContain(from.state);
  }
});

test('what has ended stays ended', () => {
  expect(steps.filter(({ from }) => over.includes(from.state))).toEqual([]);
});

test('one review request: a second is refused, and only who declined thinks again', () => {
  const declined = partner.apply(partner.suggested('authority'), { did: 'decline', reason: 'not_now' }, 'developer');
  const asked = partner.apply(declined, { did: 'request_review', text: 'Please.' }, 'authority');

  expect(asked.state).toBe('declined');
  expect(whyNot(() => partner.apply(asked, { did: 'request_review', text: 'Again.' }, 'authority'))?.code).toBe(
    'partner_reviewed',
  );
  expect(whyNot(() => partner.apply(asked, { did: 'reopen' }, 'authority'))?.code).toBe('not_permitted');
  expect(partner.apply(asked, { did: 'reopen' }, 'developer').state).toBe('suggested');
  for (const { reviewRequests } of states) expect(reviewRequests).toBeLessThanOrEqual(decisionPolicy.reviewRequests);
});

test('a decline carries a reason of the policy', () => {
  const decline = (reason: string) =>
    whyNot(() => partner.apply(partner.suggested('developer'), { did: 'decline', reason }, 'developer'));

  expect(decline('we do not like them')?.code).toBe('invalid_request');
  for (const { code } of decisionPolicy.reasons.declined_by_developer) expect(decline(code)).toBeUndefined();
});

test('words with a classification marking are refused in every event that takes words', () => {
  for (const { from, event, side } of steps) {
    for (const key of ['text', 'terms'] as const) {
      if (!(key in event)) continue;
      const marked = { ...event, [key]: 'SECRET//NOFORN' } as partner.PartnerEvent;
      expect(whyNot(() => partner.apply(from, marked, side))?.code).toBe('text_marked');
    }
  }
});

const anyPartner = fc.record({
  sector: fc.constantFrom(...decisionPolicy.sectors.map(({ code }) => code)),
  state: fc.constantFrom(...partner.partnerStates),
});

test('sector balance counts exactly those who are considered and those who take part', () => {
  fc.assert(
    fc.property(fc.array(anyPartner, { maxLength: 60 }), (all) => {
      const counts = partner.balance(all);

      const live = all.filter(({ state }) => !['declined', 'ended', 'revoked'].includes(state));
      expect(counts.reduce((sum, { considered, taking }) => sum + considered + taking, 0)).toBe(live.length);
      for (const { sector, considered, taking } of counts) {
        expect(considered + taking).toBe(live.filter((one) => one.sector === sector).length);
      }
    }),
  );
});

test('I19: a public count shows no small cell, and one more or less shows only at a multiple of the cell', () => {
  const { cellMin, developersMin } = decisionPolicy;
  fc.assert(
    fc.property(fc.nat(500), fc.nat(20), (partners, developers) => {
      const shown = partner.publicCount({ partners, developers });

      if (partners < cellMin || developers < developersMin) {
        expect(shown).toBeNull();
        return;
      }
      expect(shown).toBeLessThanOrEqual(partners);
      expect(shown).toBeGreaterThan(partners - cellMin);
      expect((shown as number) % cellMin).toBe(0);
    }),
  );
});
