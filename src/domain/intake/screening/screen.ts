/** Screening of reports: marks for a person to look at. Pure; linear in the length of the report; bounded in what it gives. */
import type { Report } from '../report.ts';
import { bidiControls } from './hidden.ts';
import type { Mark } from './mark.ts';
import { textsOf } from './texts.ts';

/** Changes with the rules, so that a finding says by which it was screened (I22). */
export const screeningVersion = '1.0.0';

/** What one report gives at most; what stands beyond is not listed, the report is held all the same. */
const marksMax = 200;
const hitsPerRuleMax = 20;

/**
 * The places of a report that address a machine, hold a secret or name a private person, in reading order. A report with any mark
 * waits for a person; a report without is not vouched for.
 */
export function screen(report: Report): Mark[] {
  const marks: Mark[] = [];
  for (const text of textsOf(report)) {
    const seen = new Map<string, number>();
    const found: Mark[] = [];
    for (const hit of bidiControls(text)) {
      const times = (seen.get(hit.rule) ?? 0) + 1;
      seen.set(hit.rule, times);
      if (times > hitsPerRuleMax) continue;
      found.push({
        kind: 'injection',
        rule: hit.rule,
        field: text.field,
        start: hit.start,
        end: hit.end,
        why: hit.why,
      });
    }
    found.sort((a, b) => a.start - b.start || a.end - b.end);
    marks.push(...found);
    if (marks.length >= marksMax) return marks.slice(0, marksMax);
  }
  return marks;
}
