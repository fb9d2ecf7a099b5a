import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Instant } from '../instant.ts';
import { whyNot } from '../refusal.ts';
import type { Capacity } from './party.ts';
import {
  type Act,
  acts,
  apply,
  begin,
  type Clock,
  type Command,
  dayMs,
  parties,
  RecordFault,
  settle,
  type WindowEvent,
  windowAt,
} from './window.ts';
import { claimNames, claimsOf, differences, formatName, type WindowExport } from './window-export.ts';
import { builtIn, refOf, type WindowPolicy } from './window-policy.ts';

const policy = builtIn('window-30') as WindowPolicy;
const day0 = Date.parse('2026-03-01T09:00:00.000Z');
/** Days after the first of March, nine o'clock UTC. */
const day = (days: number): Instant => new Date(day0 + days * dayMs).toISOString();

const offer: Extract<Command, { act: 'offer' }> = { act: 'offer', policy: refOf(policy), terms: 'Sample terms 1.0' };
const event = (at: number, party: Capacity, command: Command): WindowEvent => ({ ...command, party, at: day(at) });
const developer = (at: number, command: Command) => event(at, 'developer', command);
const authority = (at: number, command: Command) => event(at, 'authority', command);

/** Offered on day -3, running from day 0. */
const running: WindowEvent[] = [
  developer(-3, offer),
  authority(-2, { act: 'accept_terms' }),
  developer(-1, { act: 'verify_access' }),
  authority(0, { act: 'verify_access' }),
];
const at = (days: number, ...events: WindowEvent[]) => windowAt([...running, ...events], policy, day(days));

describe('W2: where the clock stands follows from the record, the policy and the instant asked', () => {
  test('before it starts: planned, offered, terms agreed, access seen by one side', () => {
    expect([-4, -3, -2, -1, 0].map((days) => at(days).state)).toEqual([
      'planned',
      'offered',
      'terms_agreed',
      'terms_agreed',
      'running',
    ]);
    expect(at(-1)).toMatchObject({ verified: ['developer'], isAccessOpen: false, usedMs: 0, calendarMs: 0 });
  });

  test('30 days of access, then expired with nothing recorded', () => {
    expect(at(29.9)).toMatchObject({ state: 'running', isAccessOpen: true, endsAt: day(30), endsBy: 'limit' });
    expect(at(30)).toMatchObject({ state: 'expired', isAccessOpen: false, usedMs: 30 * dayMs, endedAt: day(30) });
    expect(at(300)).toMatchObject({ usedMs: 30 * dayMs, remainingMs: 0, calendarMs: 30 * dayMs });
    expect(at(30).history.at(-1)).toEqual({ act: 'expire', party: 'time', at: day(30), state: 'expired' });
  });

  test('the two meters part in a pause: days of access stand still, calendar days go on', () => {
    const events = [developer(10, { act: 'pause', reason: 'outage' }), developer(15, { act: 'resume' })];

    expect(at(12, ...events)).toMatchObject({ state: 'paused', usedMs: 10 * dayMs, calendarMs: 12 * dayMs });
    expect(at(12, ...events).endsAt).toBeUndefined();
    expect(at(20, ...events)).toMatchObject({ usedMs: 15 * dayMs, calendarMs: 20 * dayMs, endsAt: day(35) });
    expect(at(35, ...events).state).toBe('expired');
    expect(at(20, ...events).intervals).toEqual([
      { state: 'running', from: day(0), to: day(10) },
      { state: 'paused', from: day(10), to: day(15) },
      { state: 'running', from: day(15) },
    ]);
  });

  test('the anchor binds in a pause too', () => {
    const events = [
      developer(5, { act: 'move_anchor', anchor: day(20) }),
      developer(10, { act: 'pause', reason: 'outage' }),
    ];

    expect(at(12, ...events)).toMatchObject({ endsAt: day(20), endsBy: 'anchor' });
    expect(at(21, ...events)).toMatchObject({ state: 'expired', endedAt: day(20), usedMs: 10 * dayMs });
  });

  test('an offer that nobody answers lapses with the planned date', () => {
    expect(windowAt([developer(0, { ...offer, anchor: day(9) })], policy, day(9))).toMatchObject({
      state: 'expired',
      endedAt: day(9),
      usedMs: 0,
      returns: 'nothing_due',
    });
  });

  test('a new offer takes the place of one that runs under no clock, and wants a new yes', () => {
    const again = [...running.slice(0, 3), developer(-0.5, { ...offer, terms: 'Sample terms 2.0' })];

    expect(windowAt(again, policy, day(0))).toMatchObject({ state: 'offered', verified: [] });
  });

  test('only the developer extends, to more days than now', () => {
    expect(at(31, developer(29, { act: 'extend', limitDays: 40 }))).toMatchObject({
      state: 'running',
      endsAt: day(40),
    });
    for (const limitDays of [30, 29, 0, -1, 35.5, 3651, Number.NaN])
      expect(refused(developer(29, { act: 'extend', limitDays }))).toBe('window_limit');
  });

  test('the authority concludes; what is left of the days is not used up', () => {
    expect(at(40, authority(22, { act: 'conclude' }))).toMatchObject({
      state: 'concluded_early',
      endedAt: day(22),
      usedMs: 22 * dayMs,
      remainingMs: 8 * dayMs,
    });
  });

  test('return is due from the end of what was under terms, overdue after its days, closed when attested', () => {
    const concluded = authority(22, { act: 'conclude' });
    const attested = authority(60, { act: 'attest_return', method: 'destroyed' });

    expect(at(22, concluded)).toMatchObject({ returns: 'return_due', returnDueAt: day(52) });
    expect(at(52, concluded).returns).toBe('return_due');
    expect(at(52.1, concluded).returns).toBe('return_overdue');
    expect(at(60, concluded, attested)).toMatchObject({ returns: 'closed', state: 'concluded_early' });
    expect(at(99, concluded, attested, developer(90, { act: 'release' }))).toMatchObject({
      state: 'released',
      returns: 'closed',
      endedAt: day(22),
    });
  });

  test('a past instant can be asked: later events are left out', () => {
    expect(at(10, authority(22, { act: 'conclude' }))).toMatchObject({ state: 'running', endsAt: day(30) });
  });

  test('an instant with several events has room for all of them, in their order', () => {
    expect(at(10, developer(10, { act: 'pause', reason: 'outage' }), developer(10, { act: 'resume' }))).toMatchObject({
      state: 'running',
      usedMs: 10 * dayMs,
    });
  });
});

/** Why the last of the events cannot have happened. */
function refused(...events: WindowEvent[]): string | undefined {
  try {
    at(10_000, ...events);
    return undefined;
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    expect(error.event).toBe(running.length + events.length);
    return error.refusal.code;
  }
}

describe('what a record cannot say', () => {
  test('late events are judged by the end that had come', () => {
    expect(refused(developer(30, { act: 'pause', reason: 'outage' }))).toBe('window_ended');
    expect(refused(developer(31, { act: 'extend', limitDays: 60 }))).toBe('window_ended');
    expect(refused(authority(31, { act: 'conclude' }))).toBe('window_ended');
    expect(refused(developer(31, { act: 'move_anchor', anchor: day(90) }))).toBe('window_ended');
    expect(refused(developer(31, { act: 'release' }))).toBeUndefined();
    expect(refused(developer(31, { act: 'withdraw' }))).toBeUndefined();
  });

  test('time does not go backwards', () => {
    expect(refused(developer(5, { act: 'pause', reason: 'outage' }), developer(4, { act: 'resume' }))).toBe(
      'window_time_backwards',
    );
  });

  test('a planned date that has gone by', () => {
    expect(refused(developer(5, { act: 'move_anchor', anchor: day(4) }))).toBe('window_anchor_past');
    expect(refused(developer(5, { act: 'move_anchor', anchor: 'soon' }))).toBe('window_anchor_past');
  });

  test('the authority pauses for an incident or an outage only; "other" needs words', () => {
    expect(refused(authority(5, { act: 'pause', reason: 'containment_incident' }))).toBeUndefined();
    expect(refused(authority(5, { act: 'pause', reason: 'other', note: 'more time' }))).toBe('window_pause_reason');
    expect(refused(developer(5, { act: 'pause', reason: 'other' }))).toBe('window_pause_reason');
    expect(refused(developer(5, { act: 'pause', reason: 'other', note: 'a holiday' }))).toBeUndefined();
  });

  test.each(acts)('%s is done by whose act it is, and by nobody else', (act) => {
    for (const party of ['developer', 'authority'] as const) {
      const clock = settle(begin(policy), day(0));
      const code = whyNot(() => apply(clock, policy, commandOf(act), party, day(0)))?.code;

      expect(code === 'window_act_of_other').toBe(!parties[act].includes(party));
    }
  });
});

describe('the start event and the counting of pauses are policy', () => {
  test.each([
    ['notice', -3],
    ['terms', -2],
    ['access_verified', 0],
  ] as const)('the clock starts with %s', (start, from) => {
    const view = windowAt(running, withRules({ start }), day(10));

    expect(view).toMatchObject({ startedAt: day(from), usedMs: (10 - from) * dayMs, isAccessOpen: true });
  });

  test('no clock opens access: that takes terms and the word of both sides', () => {
    expect(windowAt(running, withRules({ start: 'notice' }), day(-1)).isAccessOpen).toBe(false);
  });

  test('where pauses count, the meter runs on through them', () => {
    const events = [...running, developer(10, { act: 'pause', reason: 'outage' })];

    expect(windowAt(events, withRules({ pauseCounts: true }), day(20))).toMatchObject({
      state: 'paused',
      usedMs: 20 * dayMs,
      endsAt: day(30),
    });
    expect(windowAt(events, withRules({ pauseCounts: true }), day(30)).state).toBe('expired');
  });
});

function withRules(change: {
  days?: number;
  returnDays?: number;
  start?: WindowPolicy['rules']['window.start_event']['value'];
  pauseCounts?: boolean;
}): WindowPolicy {
  const rules = structuredClone(policy.rules);
  if (change.days !== undefined) rules['window.max_days'].value = change.days;
  if (change.returnDays !== undefined) rules['return.days'].value = change.returnDays;
  if (change.start !== undefined) rules['window.start_event'].value = change.start;
  if (change.pauseCounts !== undefined) rules['window.pause_counts'].value = change.pauseCounts;
  return { ...policy, rules };
}

function commandOf(act: Act): Command {
  switch (act) {
    case 'offer':
      return offer;
    case 'pause':
      return { act, reason: 'outage' };
    case 'extend':
      return { act, limitDays: 60 };
    case 'move_anchor':
      return { act, anchor: null };
    case 'attest_return':
      return { act, method: 'returned' };
    default:
      return { act };
  }
}

/**
 * The whole machine, explored: every command of both parties at every instant of a time cut into days, from the first state
 * until nothing new is found. What a state can do depends only on how far its times lie from now, so states that differ in
 * nothing else are one. Small limits stand for all: 2 days, extended to 3 or 4; an anchor up to 3 days ahead; 1 day for return.
 */
describe('model check: all states that the window can reach', () => {
  // Half a million refusals need no trace.
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  interface Node {
    clock: Clock;
    now: number;
    /** Counted by the test itself: days on which access was open. */
    open: number;
    /** The most that the developer has ever let it be. */
    cap: number;
  }
  const distance = (from: number, to: Instant | undefined) =>
    to === undefined ? 'none' : Math.max(-2, Math.round((Date.parse(to) - day0) / dayMs) - from);
  const keyOf = ({ clock, now, open, cap }: Node) =>
    JSON.stringify([
      clock.offered !== undefined,
      clock.acceptedAt !== undefined,
      clock.verified.developer !== undefined,
      clock.verified.authority !== undefined,
      distance(now, clock.anchor),
      clock.limitMs,
      clock.startedAt !== undefined,
      clock.paused === undefined ? 0 : 1,
      clock.meterSince === undefined ? 'still' : 'running',
      usedMs(clock, now),
      clock.end?.by,
      clock.end && distance(now, clock.end.at),
      clock.withdrawnAt !== undefined,
      clock.releasedAt !== undefined,
      clock.returned !== undefined,
      open,
      cap,
    ]);
  const usedMs = (clock: Clock, now: number) =>
    clock.meteredMs + (clock.meterSince === undefined ? 0 : day0 + now * dayMs - Date.parse(clock.meterSince));
  const isOpen = (clock: Clock) =>
    clock.end === undefined &&
    clock.startedAt !== undefined &&
    clock.paused === undefined &&
    clock.acceptedAt !== undefined &&
    clock.verified.developer !== undefined &&
    clock.verified.authority !== undefined;
  const commandsAt = (now: number): Command[] => [
    offer,
    { ...offer, anchor: day(now + 2) },
    { act: 'accept_terms' },
    { act: 'verify_access' },
    { act: 'pause', reason: 'containment_incident' },
    { act: 'pause', reason: 'other', note: 'a reason' },
    { act: 'resume' },
    { act: 'conclude' },
    { act: 'extend', limitDays: 3 },
    { act: 'extend', limitDays: 4 },
    { act: 'move_anchor', anchor: null },
    ...[1, 2, 3].map((ahead): Command => ({ act: 'move_anchor', anchor: day(now + ahead) })),
    { act: 'withdraw' },
    { act: 'release' },
    { act: 'attest_return', method: 'returned' },
  ];

  const policies = (['access_verified', 'terms', 'notice'] as const).flatMap((start) =>
    [false, true].map((pauseCounts) => [start, pauseCounts] as const),
  );
  test.each(policies)('clock starts with %s, pauses count: %s', (start, pauseCounts) => {
    const small = withRules({ days: 2, returnDays: 1, start, pauseCounts });
    const first: Node = { clock: settle(begin(small), day(0)), now: 0, open: 0, cap: 2 };
    const seen = new Map<string, Node>([[keyOf(first), first]]);
    const queue = [first];
    let transitions = 0;
    const go = (node: Node) => {
      transitions += 1;
      const key = keyOf(node);
      if (seen.has(key)) return;
      seen.set(key, node);
      queue.push(node);
    };

    const broken = new Set<string>();
    const hold = (isHeld: boolean, rule: string, node: Node) => {
      if (!isHeld && broken.size < 10) broken.add(`${rule}: ${keyOf(node)}`);
    };

    // Breadth first: the queue grows while it is walked.
    for (const node of queue) {
      const { clock, now, open, cap } = node;
      const here = day(now);

      const released = apply(clock, small, { act: 'release' }, 'developer', here);
      hold(released.releasedAt !== undefined && !isOpen(released), 'I1: one act of the developer alone releases', node);
      const withdrawn = apply(clock, small, { act: 'withdraw' }, 'developer', here);
      hold(withdrawn.withdrawnAt !== undefined && !isOpen(withdrawn), 'I9: withdrawal works at once', node);
      hold(
        open <= cap && usedMs(clock, now) <= cap * dayMs,
        'I2: access never exceeds what the developer let it be',
        node,
      );
      const isAnchorReached = clock.offered !== undefined && clock.anchor !== undefined && clock.anchor <= here;
      hold(!isAnchorReached || !isOpen(clock), 'I2: access never outlasts the anchor', node);
      if (start === 'access_verified' && !pauseCounts)
        hold(usedMs(clock, now) === open * dayMs, 'the meter shows the days on which access was open', node);

      for (const command of commandsAt(now)) {
        for (const party of ['developer', 'authority'] as const) {
          let next: Clock | undefined;
          whyNot(() => {
            next = apply(clock, small, command, party, here);
          });
          if (next === undefined) continue;
          const isSameEnd = clock.end === undefined || (next.end?.at === clock.end.at && next.end.by === clock.end.by);
          hold(isSameEnd, 'an end is for good', node);
          if (party === 'authority') {
            hold(next.limitMs === clock.limitMs, 'I2: the authority extends nothing', node);
            hold(next.anchor === clock.anchor, 'I1: the authority moves no date', node);
            const isStill = clock.paused === undefined || next.end !== undefined || next.paused !== undefined;
            hold(isStill, 'I2: the authority resumes nothing', node);
          }
          go({ clock: next, now, open, cap: Math.max(cap, next.limitMs / dayMs) });
        }
      }
      go({ clock: settle(clock, day(now + 1)), now: now + 1, open: open + (isOpen(clock) ? 1 : 0), cap });
    }

    console.info(
      `window machine (${start}, pauses count: ${pauseCounts}): ${seen.size} states, ${transitions} transitions`,
    );
    expect([...broken]).toEqual([]);
    const ends = new Set([...seen.values()].map(({ clock }) => clock.end?.by));
    expect(ends).toEqual(new Set([undefined, 'concluded_early', 'expired', 'withdrawn', 'released']));
  });
});

describe('for any sequence of acts', () => {
  /** Tried acts, each after some hours; those that cannot be done leave no trace. */
  const anyTries = fc.array(
    fc.record({
      act: fc.constantFrom(...acts),
      party: fc.constantFrom<Capacity>('developer', 'authority'),
      hours: fc.integer({ min: 0, max: 200 }),
      ahead: fc.integer({ min: 0, max: 60 }),
    }),
    { maxLength: 40 },
  );
  const anyPolicy = fc
    .record({
      days: fc.integer({ min: 1, max: 40 }),
      start: fc.constantFrom('notice' as const, 'terms' as const, 'access_verified' as const),
      pauseCounts: fc.boolean(),
    })
    .map(withRules);

  type Tries = typeof anyTries extends fc.Arbitrary<infer Value> ? Value : never;
  function recordOf(tries: Tries, under: WindowPolicy, shiftMs = 0) {
    let now = day0 + shiftMs;
    let clock = begin(under);
    const events: WindowEvent[] = [];
    for (const { act, party, hours, ahead } of tries) {
      now += hours * 3_600_000;
      const instant = new Date(now).toISOString();
      const command: Command =
        act === 'move_anchor' && ahead > 5
          ? { act, anchor: new Date(now + ahead * dayMs).toISOString() }
          : act === 'extend'
            ? { act, limitDays: ahead }
            : commandOf(act);
      const refusal = whyNot(() => {
        clock = apply(clock, under, command, party, instant);
      });
      if (refusal === undefined) events.push({ ...command, party, at: instant });
    }
    return { events, at: new Date(now + 5 * dayMs).toISOString() };
  }

  test('used is the sum of the running stretches, and of the pauses where they count', () => {
    fc.assert(
      fc.property(anyTries, anyPolicy, (tries, under) => {
        const { events, at } = recordOf(tries, under);
        const view = windowAt(events, under, at);
        const counted = view.intervals
          .filter(({ state }) => state === 'running' || under.rules['window.pause_counts'].value)
          .map(({ from, to = at }) => Date.parse(to) - Date.parse(from));

        expect(view.usedMs).toBe(counted.reduce((sum, one) => sum + one, 0));
        expect(view.usedMs).toBeLessThanOrEqual(view.limitMs);
        expect(view.remainingMs).toBe(view.limitMs - view.usedMs);
        expect(view.calendarMs).toBeGreaterThanOrEqual(view.usedMs);
      }),
      { numRuns: 500 },
    );
  });

  test('what will be said later agrees with what is said of then: asking in between changes nothing', () => {
    fc.assert(
      fc.property(anyTries, anyPolicy, fc.integer({ min: 0, max: 90 }), (tries, under, days) => {
        const { events, at } = recordOf(tries, under);
        const between = day(days);
        const view = windowAt(events, under, between);
        const later = windowAt(events, under, at < between ? between : at);

        expect(later.history.slice(0, view.history.length)).toEqual(view.history);
        if (view.endedAt !== undefined) expect(later.endedAt).toBe(view.endedAt);
        if (view.endsAt !== undefined && later.history.length === view.history.length)
          expect(windowAt(events, under, view.endsAt).endedAt ?? view.endsAt).toBe(view.endsAt);
      }),
      { numRuns: 500 },
    );
  });

  test('only distances in time count: a record moved as a whole says the same', () => {
    fc.assert(
      fc.property(anyTries, anyPolicy, fc.integer({ min: 0, max: 5_000 }), (tries, under, hours) => {
        const [one, other] = [recordOf(tries, under), recordOf(tries, under, hours * 3_600_000)];
        const told = ({ events, at }: typeof one) => {
          const { state, returns, usedMs, limitMs, calendarMs, can, isAccessOpen } = windowAt(events, under, at);
          return { state, returns, usedMs, limitMs, calendarMs, can, isAccessOpen };
        };

        expect(told(one)).toEqual(told(other));
      }),
    );
  });

  /** As an instance exports a record. */
  function exportOf(events: readonly WindowEvent[], under: WindowPolicy, at: Instant): WindowExport {
    return {
      format: formatName,
      submission: { id: 'submission_1', model: { name: 'Tern', version: '2', digest: null }, parties: [] },
      policy: under,
      events: events.map((event, index) => ({
        ...event,
        ...(event.act === 'offer' && { policy: refOf(under) }),
        number: index + 1,
        by: 'person_1',
        organisation: 'organisation_1',
      })) as WindowExport['events'],
      claims: claimsOf(windowAt(events, under, at)),
      log: { origin: 'log.example', key: '' },
    };
  }

  test('an export read back says what follows from its events, and an honest one differs in nothing', () => {
    fc.assert(
      fc.property(anyTries, anyPolicy, (tries, under) => {
        const { events, at } = recordOf(tries, under);
        const read = JSON.parse(JSON.stringify(exportOf(events, under, at)));

        expect(differences(read)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('a claim that does not follow is found, whichever it is', () => {
    const from = exportOf(running, policy, day(12));
    for (const name of claimNames) {
      const changed = structuredClone(from) as unknown as { claims: Record<string, unknown> };
      const was = changed.claims[name];
      changed.claims[name] = name === 'at' ? day(13) : typeof was === 'number' ? was + 1 : day(99);

      expect(differences(changed as never).join()).toMatch(name === 'at' ? 'usedMs' : name);
    }
  });

  test('an event left out, out of order, from the future or under another policy is found', () => {
    const from = exportOf(running, policy, day(12));
    const without = { ...from, events: from.events.filter(({ number }) => number !== 2) };
    const turned = { ...from, events: [...from.events].reverse() };
    const later = { ...from.events[0]!, number: 5, at: day(13) } as (typeof from.events)[number];
    const other = { ...from, policy: builtIn('window-90') as WindowPolicy };

    expect(differences(without).join()).toContain('one is missing');
    expect(differences(turned).length).toBeGreaterThan(0);
    expect(differences({ ...from, events: [...from.events, later] }).join()).toContain('Event 5');
    expect(differences(other).join()).toContain('The policy here is not the one that was offered');
  });

  test('"can" names exactly the acts that are not refused', () => {
    fc.assert(
      fc.property(anyTries, anyPolicy, (tries, under) => {
        const { events, at } = recordOf(tries, under);
        const { can } = windowAt(events, under, at);
        for (const party of ['developer', 'authority'] as const) {
          const done = acts.filter((act) => {
            const command: Command =
              act === 'extend'
                ? { act, limitDays: 3650 }
                : act === 'offer'
                  ? { ...offer, act, anchor: '2090-01-01T00:00:00.000Z' }
                  : commandOf(act);
            const event: WindowEvent = { ...command, party, at };
            try {
              windowAt([...events, event], under, at);
              return true;
            } catch {
              return false;
            }
          });
          expect(can[party]).toEqual(done);
        }
        expect(can.developer).toContain('release');
        expect(can.developer).toContain('withdraw');
      }),
    );
  });
});
