import { sha256 } from '@noble/hashes/sha2.js';
import { addDays, type Day, type Instant } from '../../domain/instant.ts';

interface Event {
  /** Stays the same for the same work whenever the calendar is written again, so that calendars update instead of adding. */
  uid: string;
  summary: string;
  description?: string;
  url?: string;
  /** RFC 5545 section 3.8.7.4: rises with each change of the event; left out where nobody counts. */
  sequence?: number;
  /** The event is no longer to come: calendars that have it strike it out. */
  isCancelled?: boolean;
}

/** Something due: on a day, or at a moment. */
export type Due = Event & ({ day: Day; at?: never } | { at: Instant; day?: never });

/**
 * The id of one component's due date on one system (RFC 7986 section 5.3: globally unique, and saying nothing of whose it
 * is). `system` is its name, the same whenever its list is made again: two systems with one component keep both dates.
 */
export function uidOf(system: string, purl: string): string {
  const digest = sha256(new TextEncoder().encode(JSON.stringify([system, purl])));
  return `${Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')}@assay`;
}

/**
 * A calendar of due dates (RFC 5545): days as all-day events, moments as events without length. `stamp` is when the list was
 * made, `product` what made it. Gives text with CRLF line ends.
 */
export function write(name: string, dues: Iterable<Due>, stamp: Instant, product = 'Patch list'): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:-//Assay//${product}//EN`,
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
  ];
  lines.push(`NAME:${text(name)}`, `X-WR-CALNAME:${text(name)}`);
  for (const due of dues) {
    lines.push(
      'BEGIN:VEVENT',
      `UID:${text(due.uid)}`,
      `DTSTAMP:${moment(stamp)}`,
      ...(due.day === undefined
        ? [`DTSTART:${moment(due.at)}`]
        : [
            `DTSTART;VALUE=DATE:${due.day.replaceAll('-', '')}`,
            // RFC 5545 section 3.6.1: the end of an all-day event is the day after.
            `DTEND;VALUE=DATE:${addDays(due.day, 1).replaceAll('-', '')}`,
          ]),
      ...(due.sequence === undefined ? [] : [`SEQUENCE:${due.sequence}`]),
      ...(due.isCancelled ? ['STATUS:CANCELLED'] : []),
      `SUMMARY:${text(due.summary)}`,
      ...(due.description === undefined ? [] : [`DESCRIPTION:${text(due.description)}`]),
      ...(due.url === undefined ? [] : [`URL:${due.url.replace(/[\r\n]/g, '')}`]),
      'TRANSP:TRANSPARENT',
      'END:VEVENT',
    );
  }
  lines.push('END:VCALENDAR');
  return lines.map((line) => `${fold(line)}\r\n`).join('');
}

/** RFC 5545 section 3.3.5, in UTC. */
const moment = (at: Instant) => at.replace(/[-:]|\.\d+/g, '');

/** RFC 5545 section 3.3.11. Other control characters may not stand in a calendar at all. */
function text(value: string): string {
  return (
    value
      .replace(/[\\;,]/g, '\\$&')
      .replace(/\r\n|\r|\n/g, '\\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what RFC 5545 forbids.
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  );
}

/** RFC 5545 section 3.1: no line longer than 75 octets, and never a character cut in two. */
function fold(line: string): string {
  const encoder = new TextEncoder();
  if (encoder.encode(line).length <= 75) return line;
  let folded = '';
  let length = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    // A continuation line starts with a space, which counts.
    if (length + size > 75) {
      folded += '\r\n ';
      length = 1;
    }
    folded += character;
    length += size;
  }
  return folded;
}
