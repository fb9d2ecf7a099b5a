import { describe, expect, test } from 'vitest';
import { type WindowEvent, windowAt } from '../../domain/review/window.ts';
import { builtInPolicies, refOf } from '../../domain/review/window-policy.ts';
import { writeWindow } from './window.ts';

const policy = builtInPolicies[0]!;
const running: WindowEvent[] = [
  { act: 'offer', policy: refOf(policy), terms: 'x', party: 'developer', at: '2026-03-01T09:00:00.000Z' },
  { act: 'accept_terms', party: 'authority', at: '2026-03-02T09:00:00.000Z' },
  { act: 'verify_access', party: 'authority', at: '2026-03-03T09:00:00.000Z' },
  { act: 'verify_access', party: 'developer', at: '2026-03-03T10:00:00.000Z' },
];
const calendar = (events: WindowEvent[], at: string) => {
  const text = writeWindow('submission_1', windowAt(events, policy, at), events.length).replaceAll('\r\n ', '');
  return text
    .split('BEGIN:VEVENT\r\n')
    .slice(1)
    .map((event) =>
      Object.fromEntries(
        event
          .split('\r\n')
          .filter((line) => line.includes(':'))
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
      ),
    );
};
const byDate = (events: ReturnType<typeof calendar>) =>
  events.map((event) => `${event['DTSTART']} ${event['SUMMARY']}${event['STATUS'] ? ` ${event['STATUS']}` : ''}`);

describe('a window in a calendar (RFC 5545)', () => {
  test('start and end at their moments in UTC', () => {
    expect(byDate(calendar(running, '2026-03-04T00:00:00.000Z'))).toEqual([
      '20260303T100000Z Early access: the clock started',
      '20260402T100000Z Early access: the window ends',
      '20260303T100000Z Early access: planned date of release CANCELLED',
    ]);
  });

  test('the same date keeps its id and gains a sequence number when it moves', () => {
    const moved: WindowEvent[] = [
      ...running,
      { act: 'move_anchor', anchor: '2026-03-20T00:00:00.000Z', party: 'developer', at: '2026-03-04T00:00:00.000Z' },
    ];
    const [before, after] = [
      calendar(running, '2026-03-04T00:00:00.000Z'),
      calendar(moved, '2026-03-04T00:00:00.000Z'),
    ];

    expect(after.map((event) => event['UID'])).toEqual(before.map((event) => event['UID']));
    expect(after.map((event) => event['SEQUENCE'])).toEqual(['5', '5', '5']);
    expect(byDate(after).slice(1)).toEqual([
      '20260320T000000Z Early access: the window ends',
      '20260320T000000Z Early access: planned date of release',
    ]);
  });

  test('an end that is open while access is paused is struck out', () => {
    const paused: WindowEvent[] = [
      ...running,
      { act: 'pause', reason: 'outage', party: 'developer', at: '2026-03-04T00:00:00.000Z' },
    ];

    expect(byDate(calendar(paused, '2026-03-05T00:00:00.000Z'))[1]).toBe(
      '20260303T100000Z Early access: the window ends CANCELLED',
    );
  });

  test('after the end: when it ended, and when return is due', () => {
    expect(byDate(calendar(running, '2026-05-01T00:00:00.000Z'))).toEqual([
      '20260303T100000Z Early access: the clock started',
      '20260402T100000Z Early access: the window ended',
      '20260303T100000Z Early access: planned date of release CANCELLED',
      '20260502T100000Z Early access: return or destruction due',
    ]);
  });
});
