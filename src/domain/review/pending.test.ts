import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrganisationId } from '../directory/actor.ts';
import type { Party } from './party.ts';
import { type PendingFacts, type PendingItem, pendingOf } from './pending.ts';
import { type Command, dayMs, type WindowEvent, windowAt } from './window.ts';
import { builtIn, refOf, type WindowPolicy } from './window-policy.ts';

const policy = builtIn('window-30') as WindowPolicy;
const day = (days: number) => new Date(Date.parse('2026-03-01T09:00:00.000Z') + days * dayMs).toISOString();
const lab = 'organisation_lab' as OrganisationId;
const office = 'organisation_office' as OrganisationId;
const parties: Party[] = [
  { organisation: lab, name: 'Tidewater', capacity: 'developer', addedAt: day(-5) },
  { organisation: office, name: 'Office', capacity: 'authority', addedAt: day(-4) },
];
const event = (at: number, party: WindowEvent['party'], command: Command): WindowEvent => ({
  ...command,
  party,
  at: day(at),
});
const offer = event(-3, 'developer', { act: 'offer', policy: refOf(policy), terms: 'Sample terms 1.0' });
const running = [
  offer,
  event(-2, 'authority', { act: 'accept_terms' }),
  event(-1, 'developer', { act: 'verify_access' }),
  event(0, 'authority', { act: 'verify_access' }),
];

const facts = (more: Partial<PendingFacts> = {}, events = running, at = day(1)): PendingFacts => ({
  submission: 'submission_1',
  reader: lab,
  parties,
  window: windowAt(events, policy, at),
  grants: [],
  determinations: [],
  partners: [],
  incidents: [],
  unread: [],
  ...more,
});
const short = (items: PendingItem[]) =>
  items.map((item) => `${item.to}: ${item.with} since ${item.since.slice(0, 10)}`);
const waiting = (more: Partial<PendingFacts> = {}, events = running, at = day(1)) =>
  pendingOf(facts(more, events, at), at);

test('nothing waits for anybody in a window that runs with access open, nor in a file that nobody else knows of', () => {
  expect(waiting()).toEqual([]);
  expect(waiting({ parties: parties.slice(0, 1) }, [])).toEqual([]);
});

test('W2: each step of the window until the clock runs lies with the side whose act it is', () => {
  expect(short(waiting({}, [], day(-4)))).toEqual(['overview: Tidewater since 2026-02-25']);
  expect(short(waiting({}, running.slice(0, 1), day(-3)))).toEqual(['overview: Office since 2026-02-26']);
  expect(short(waiting({}, running.slice(0, 2), day(-2)))).toEqual([
    'overview: Tidewater since 2026-02-27',
    'overview: Office since 2026-02-27',
  ]);
  expect(short(waiting({}, running.slice(0, 3), day(-1)))).toEqual(['overview: Office since 2026-02-27']);
});

test('I1: after a release only return or destruction is open, with the authority, and nothing once it is attested', () => {
  const released = [...running, event(3, 'developer', { act: 'release' })];
  expect(short(waiting({}, released, day(4)))).toEqual(['overview: Office since 2026-03-04']);
  expect(waiting({}, released, day(400))[0]?.next).toMatch(/was due on/);
  const closed = [...released, event(5, 'authority', { act: 'attest_return', method: 'nothing_held' })];
  expect(waiting({}, closed, day(6))).toEqual([]);
});

const grant: PendingFacts['grants'][number] = {
  id: 'grant_1',
  to: office,
  method: 'openai_compatible',
  variant: 'shipping',
  model: 'tern',
  purposes: ['capability_evaluation'],
  ratePerMinute: null,
  hours: null,
  logging: 'counts_only',
  retentionDays: 30,
  notes: '',
  startsAt: day(-2),
  expiresAt: day(30),
  people: [],
  offeredAt: day(-2),
  acceptedAt: null,
  verifiedByDeveloperAt: null,
  verifiedByAuthorityAt: null,
  revokedAt: null,
  endpointSetAt: day(-2),
};

test('a grant waits for who has it to accept, then for each side that has not seen it work, and for nobody once it ended', () => {
  const grants = (more: Partial<typeof grant>) => short(waiting({ grants: [{ ...grant, ...more }] }));
  expect(grants({})).toEqual(['access: Office since 2026-02-27']);
  expect(grants({ endpointSetAt: null })).toEqual([
    'access: Tidewater since 2026-02-27',
    'access: Office since 2026-02-27',
  ]);
  const accepted = { acceptedAt: day(-1) };
  expect(grants(accepted)).toEqual(['access: Tidewater since 2026-02-28', 'access: Office since 2026-02-28']);
  expect(grants({ ...accepted, verifiedByDeveloperAt: day(0) })).toEqual(['access: Office since 2026-02-28']);
  expect(grants({ ...accepted, verifiedByDeveloperAt: day(0), verifiedByAuthorityAt: day(0) })).toEqual([]);
  expect(grants({ revokedAt: day(0) })).toEqual([]);
});

test('W1: a request lies with the authority until it answers; what was answered, taken back or not asked for waits for nobody', () => {
  const sent = { state: 'sent', sentAt: day(0), answerDays: 30 } as const;
  const one = (current: PendingFacts['determinations'][number]['current'], standing = current.state as string) =>
    waiting({
      determinations: [
        { id: 'determination_1', authority: office, current, standing: standing as 'sent', createdAt: day(-1) },
      ],
    });
  expect(short(one({ state: 'draft' }))).toEqual(['decision: Tidewater since 2026-02-28']);
  expect(short(one(sent))).toEqual(['decision: Office since 2026-03-01']);
  expect(one(sent, 'no_answer')[0]?.next).toMatch(/may still answer.*nothing waits for it/);
  expect(short(one(sent, 'stale'))).toEqual(['decision: Tidewater since 2026-03-01']);
  expect(one({ state: 'withdrawn', withdrawnAt: day(1) })).toEqual([]);
  const recorded = {
    state: 'covered',
    decidedOn: '2026-03-01',
    delegate: { id: 'person_1' as never, name: 'Ada' },
    sentence: null,
    recordedAt: day(0),
  } as const;
  for (const isReleased of [true, false]) expect(one({ ...recorded, isReleased })).toEqual([]);
});

test('W3: a partner waits for one side at a time, and for nobody from the end on', () => {
  const steps = {
    suggested: 'Tidewater',
    proposed: 'Office',
    invited: 'Harrow',
    terms_accepted: 'Tidewater',
    provisioned: 'Harrow',
    ready: undefined,
    declined: undefined,
    ended: undefined,
    revoked: undefined,
  } as const;
  const one = (state: keyof typeof steps, hasAuthorityActed: boolean) =>
    waiting({
      partners: [
        {
          id: 'partner_1',
          name: 'Harrow',
          authority: office,
          current: { state, hasAuthorityActed, reviewRequests: 0 },
          updatedAt: day(0),
        },
      ],
    });
  for (const [state, who] of Object.entries(steps))
    expect(one(state as keyof typeof steps, false).map((item) => item.with)).toEqual(who === undefined ? [] : [who]);
  expect(one('proposed', true).map((item) => item.with)).toEqual(['Tidewater']);
});

test('incidents stand first until they are resolved, then what lies with the reader', () => {
  const more: Partial<PendingFacts> = {
    grants: [{ ...grant, acceptedAt: day(0) }],
    incidents: [{ id: 'incident_1', raisedAt: day(0), containedAt: day(1), resolvedAt: null }],
  };
  for (const [reader, then] of [
    [lab, ['Tidewater', 'Office']],
    [office, ['Office', 'Tidewater']],
  ] as const) {
    const items = waiting({ ...more, reader });
    expect(items[0]).toMatchObject({ to: 'incident', object: 'incident_1', with: 'Tidewater', since: day(1) });
    expect(items.slice(1).map((item) => item.with)).toEqual(then);
  }
  expect(
    waiting({ incidents: [{ id: 'incident_1', raisedAt: day(0), containedAt: day(0), resolvedAt: day(1) }] }),
  ).toEqual([]);
});

test('I1: no sentence reads as if a release waited, or as if somebody permitted one', () => {
  const state = fc.constantFrom('suggested', 'proposed', 'invited', 'terms_accepted', 'provisioned' as const);
  fc.assert(
    fc.property(fc.nat(running.length), state, fc.boolean(), (events, at, hasAuthorityActed) => {
      const partner = { id: 'p', name: 'Harrow', authority: office, updatedAt: day(0) };
      const items = waiting(
        {
          grants: [grant],
          partners: [{ ...partner, current: { state: at, hasAuthorityActed, reviewRequests: 0 } }],
          unread: [{ kind: 'letter', object: 'letter_1', by: office, at: day(0) }],
        },
        running.slice(0, events),
      );
      for (const { what, next } of items) {
        expect(`${what} ${next}`).not.toMatch(/approv|clear|certif|safe|passed|permit|before release/i);
        expect(next).toMatch(/^[A-Z].*[^.]\.$/);
      }
    }),
  );
});
