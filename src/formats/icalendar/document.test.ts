import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Due, uidOf, write } from './document.ts';

const stamp = '2026-03-01T09:30:00.000Z';
const due: Due = { uid: 'pkg:npm/left@1.0.0@assay', day: '2026-03-15', summary: 'Upgrade left to 1.3.0' };

/** RFC 5545 section 3.1: a line break and one space are no part of the content. */
const unfold = (text: string) => text.replaceAll('\r\n ', '').split('\r\n').slice(0, -1);
const plain = (text: string) => text.replace(/\\([\\;,nN])/g, (_, c) => (c === 'n' || c === 'N' ? '\n' : c));
const propertyOf = (lines: string[], name: string) =>
  plain(lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1) ?? '');

test('a due date is an all-day event that ends the day after and blocks no time', () => {
  expect(unfold(write('Ward 3', [due], stamp))).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Assay//Patch list//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    'NAME:Ward 3',
    'X-WR-CALNAME:Ward 3',
    'BEGIN:VEVENT',
    'UID:pkg:npm/left@1.0.0@assay',
    'DTSTAMP:20260301T093000Z',
    'DTSTART;VALUE=DATE:20260315',
    'DTEND;VALUE=DATE:20260316',
    'SUMMARY:Upgrade left to 1.3.0',
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
    'END:VCALENDAR',
  ]);
});

test('the last day of a year ends in the next', () => {
  expect(write('x', [{ ...due, day: '2026-12-31' }], stamp)).toContain('DTEND;VALUE=DATE:20270101');
});

test('the same list written later has the same ids, so that calendars update and do not add', () => {
  const ids = (text: string) => unfold(text).filter((line) => line.startsWith('UID:'));

  expect(ids(write('a', [due], stamp))).toEqual(
    ids(write('a', [{ ...due, day: '2026-04-01' }], '2026-03-08T00:00:00.000Z')),
  );
});

test('RFC 7986 section 5.3: an id is of one component on one system, the same every week, and tells neither', () => {
  const purl = 'pkg:npm/left@1.0.0';

  expect(uidOf('Ward 3', purl)).toBe(uidOf('Ward 3', purl));
  expect(uidOf('Ward 3', purl)).not.toBe(uidOf('Ward 4', purl));
  expect(uidOf('a', 'bc')).not.toBe(uidOf('ab', 'c'));
  expect(uidOf('Ward 3', purl)).toMatch(/^[0-9a-f]{32}@assay$/);
});

test('whatever the text: no line is longer than 75 octets, no character is cut, and it is read back as it was', () => {
  const anything = fc.string({ unit: 'grapheme', maxLength: 200 });
  fc.assert(
    fc.property(anything, anything, (summary, description) => {
      const text = write('list', [{ ...due, summary, description }], stamp);
      // A line break of any kind becomes one; other control characters may not stand in a calendar.
      const kept = (value: string) =>
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what RFC 5545 forbids.
        value.replace(/\r\n|\r/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');

      for (const line of text.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
      expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
      expect(propertyOf(unfold(text), 'SUMMARY')).toBe(kept(summary));
      expect(propertyOf(unfold(text), 'DESCRIPTION')).toBe(kept(description));
    }),
    { numRuns: 1000 },
  );
});

test('no text can add a line of its own', () => {
  const text = write(
    'x',
    [{ ...due, summary: 'a\r\nEND:VEVENT\nBEGIN:VALARM', url: 'https://example.org/\r\nX:1' }],
    stamp,
  );

  expect(unfold(text).filter((line) => line.startsWith('END:VEVENT') || line.startsWith('BEGIN:VALARM'))).toEqual([
    'END:VEVENT',
  ]);
  expect(unfold(text)).toContain('URL:https://example.org/X:1');
});
