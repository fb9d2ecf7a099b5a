/** Screening of reports: marks for a person to look at. Pure; linear in the length of the report; bounded in what it gives. */
import type { Report } from '../report.ts';
import { addressed } from './addressed.ts';
import { encodedText } from './encoded.ts';
import { type Hit, hiddenCharacters } from './hidden.ts';
import type { Mark, MarkKind } from './mark.ts';
import { hiddenMarkup } from './markup.ts';
import { personalData } from './personal.ts';
import { secrets } from './secrets.ts';
import { type FieldText, textsOf } from './texts.ts';

/** What one report gives at most. What stands beyond is not listed; a report with these many waits for a person anyhow. */
const marksMax = 200;
const marksPerRuleMax = 20;

const detectors: [MarkKind, (text: FieldText) => Iterable<Hit>][] = [
  ['injection', hiddenCharacters],
  ['injection', hiddenMarkup],
  ['injection', ({ text }) => addressed(text)],
  ['injection', ({ text }) => encodedText(text)],
  ['secret', ({ text }) => secrets(text)],
  ['personal_data', personalData],
];

/**
 * The places of a report that address a machine reader, hold a secret or name a private person, field by field in reading order. A
 * report with a mark waits for a person; a report without one is not vouched for.
 */
export function screen(report: Report): Mark[] {
  const marks: Mark[] = [];
  const times = new Map<string, number>();
  for (const text of textsOf(report)) {
    const found: Mark[] = [];
    for (const [kind, detect] of detectors) {
      for (const { rule, start, end, why } of detect(text)) {
        const so = (times.get(rule) ?? 0) + 1;
        if (so > marksPerRuleMax) continue;
        times.set(rule, so);
        found.push({ kind, rule, field: text.field, start, end, why });
      }
    }
    found.sort((a, b) => a.start - b.start || a.end - b.end);
    marks.push(...found);
    if (marks.length >= marksMax) return marks.slice(0, marksMax);
  }
  return marks;
}
