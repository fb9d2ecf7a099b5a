import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits, type Report } from '../report.ts';
import { wordsOf } from './fold.ts';
import type { Mark } from './mark.ts';
import { screen } from './screen.ts';
import { textsOf } from './texts.ts';

interface Labelled {
  name: string;
  field: string;
  /** In parts where a text must not look like a secret in the repository. */
  text: string | string[];
}

function read<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8')) as Case[];
}

const hostile = read<Labelled & { kind: Mark['kind']; rule: string }>('hostile.json');
const harmless = read<Labelled>('harmless.json');

const textOf = ({ text }: Labelled) => (typeof text === 'string' ? text : text.join(''));

/** A report that says something ordinary in every field but one. */
function reportWith(field: string, text: string): Report {
  const report: Report = {
    title: 'Heap buffer overflow in the reader',
    description: 'A crafted file makes the reader write past the end of a buffer.',
    component: { purl: 'pkg:npm/orchard-press@1.4.2', name: 'orchard-press' },
  };
  if (field === 'references[0]') return { ...report, references: [text] };
  if (field === 'places[0].path') return { ...report, places: [{ path: text }] };
  if (field === 'provenance.tool') return { ...report, provenance: { tool: text } };
  return { ...report, [field]: text };
}

describe('texts that address a machine, hold a secret or name a person are marked where they stand', () => {
  test.each(hostile.map((each) => [`${each.kind} ${each.rule}: ${each.name}`, each] as const))('%s', (_name, each) => {
    const text = textOf(each);

    const marks = screen(reportWith(each.field, text));

    expect(marks.map(({ kind, rule, field }) => ({ kind, rule, field }))).toContainEqual({
      kind: each.kind,
      rule: each.rule,
      field: each.field,
    });
    for (const { start, end, why } of marks) {
      expect(start).toBeLessThan(end);
      expect(end).toBeLessThanOrEqual(text.length);
      expect(why).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('ordinary texts of reports are not marked', () => {
  test.each(harmless.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    expect(screen(reportWith(each.field, textOf(each)))).toEqual([]);
  });
});

describe('no text of 64 kB takes 50 ms to screen', () => {
  const long = (part: string) =>
    part.repeat(Math.ceil(limits.textLengthMax / part.length)).slice(0, limits.textLengthMax);
  const adversarial = [
    'a',
    'A',
    '0',
    '1 ',
    '-',
    '=',
    '/',
    '@',
    'a@',
    'a.',
    'a.a@',
    '+1',
    '+1 23 ',
    '1234 ',
    '4539 ',
    '12-34-',
    'eyJ',
    'eyJa.',
    'eyJhbGciOiJI.',
    '://',
    'a://',
    'a://b:',
    'a://b:c@',
    '<',
    '<!--',
    '<!-- ',
    '<a ',
    '<span style="',
    '![',
    '![](',
    '![](http://',
    '[//]: #',
    '\n',
    '\n ',
    '\n```',
    '`',
    'ignore ',
    'ignore all ',
    'ignore previous ',
    'i ',
    'i g n o r e ',
    'ignoreprevious',
    'you are ',
    'note to ',
    'mark this ',
    'not ',
    'do not ',
    '\u200b',
    'a\u200b',
    '\u202e',
    '\u{e0069}',
    '\u{1d422}',
    '\ufe00',
    '\u0435',
    'a\u0435',
    '忽略',
    '忽略之前',
    'पिछले',
    '이전',
    '\u001b',
    '\u001b[1;',
    '%41',
    '\\x41',
    '&#65;',
    '\\u0041',
    '01100001 ',
    'QUFB',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN A ',
    'aws_secret',
    'awssk=',
    'gh',
    'ghp_',
    'AKIA',
    'xoxb-',
    'xoxb-1-',
    'glpat-',
    'sk-',
    'Authorization: Basic ',
    'Server=',
    'Server=a;',
    'Password=',
    'DE12 ',
    'PID|',
    'patient: ',
    'DOB ',
    '"family":"',
    'tel ',
    'card ',
    'data:text/html',
    'data:text/html;',
    "'role':",
    '"role" ',
    '<tool',
    '<|im',
    '<|a_',
    'reported by ',
    'contact a',
  ];

  test.each(adversarial)('%j repeated to 64 kB', (part) => {
    const report = { ...reportWith('description', long(part)), reproduction: long(part) };

    let shortest = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 5 && shortest >= 50; tries++) {
      const before = process.cpuUsage();
      screen(report);
      const { user, system } = process.cpuUsage(before);
      // Of the processor, half of two texts: what others do on the machine meanwhile is no time of ours.
      shortest = Math.min(shortest, (user + system) / 2000);
    }

    expect(shortest).toBeLessThan(50);
  });
});

test('a report gives a bounded number of marks, and each stands within its text', () => {
  const anyText = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(...hostile.map(textOf)),
      fc.constantFrom(...harmless.map(textOf)),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(anyText, anyText, (description, reproduction) => {
      const report = reportWith('description', description.join(' '));
      report.reproduction = reproduction.join('\n');

      const marks = screen(report);

      expect(marks.length).toBeLessThanOrEqual(200);
      const texts = new Map(textsOf(report).map(({ field, text }) => [field, text]));
      for (const { field, start, end } of marks) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(texts.get(field)!.length);
      }
      expect(screen(structuredClone(report))).toEqual(marks);
    }),
    { numRuns: 60 },
  );
});

test('a reason repeats nothing of the text', () => {
  for (const each of hostile) {
    const text = textOf(each);
    for (const { start, end, why } of screen(reportWith(each.field, text))) {
      if (end - start >= 12) expect(why).not.toContain(text.slice(start, end));
    }
  }
});

test('of real advisories fewer than 1 in 200 is marked for injection, secrets or personal data', () => {
  const folder = resolve(import.meta.dirname, '../../../../sample/advisories');
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz') && name !== 'vulnrichment.jsonl.gz');
  let records = 0;
  const marked = { injection: 0, secret: 0, personal_data: 0 };
  for (const file of files) {
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .split('\n')
      .filter(Boolean);
    // Every third record is enough here; docs/methods.md has the figures over all.
    for (const line of lines.filter((_, at) => at % 3 === 0)) {
      const record = JSON.parse(line) as {
        id: string;
        summary?: string;
        details?: string;
        aliases?: string[];
        references?: { url: string }[];
      };
      records++;
      const marks = screen({
        title: record.summary ?? record.id,
        description: record.details,
        component: { name: 'orchard-press' },
        aliases: record.aliases,
        references: record.references?.map(({ url }) => url),
      });
      for (const kind of new Set(marks.map((mark) => mark.kind))) marked[kind]++;
    }
  }

  expect(records).toBeGreaterThan(5_000);
  for (const count of Object.values(marked)) expect(count / records).toBeLessThan(0.005);
});

test('a character that stands for a whole sentence makes no text many times longer', () => {
  const text = '\ufdfa'.repeat(1000);
  expect(text.normalize('NFKD').length).toBe(18_000);
  expect(wordsOf(text).folded.length).toBeLessThanOrEqual(4000);
  expect(wordsOf('o\ufb03ce').folded).toBe('office');
});
