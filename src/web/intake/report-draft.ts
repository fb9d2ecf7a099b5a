import type { Report } from '../../domain/intake/report.ts';

/** What stands in the fields of the form. */
export const emptyDraft = {
  title: '',
  purl: '',
  version: '',
  path: '',
  symbol: '',
  weakness: '',
  severityLevel: '',
  description: '',
  impact: '',
  reproduction: '',
  stack: '',
  patch: '',
  aliases: '',
  references: '',
  tool: '',
  model: '',
};
export type Draft = typeof emptyDraft;

const place = 'assay-report-draft';

/** What was typed and not yet sent, for as long as the tab is open: a report is too delicate for the disk of a shared computer. */
export function keptDraft(): Draft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? '{}') as Record<string, unknown>;
    const known = Object.keys(emptyDraft).filter((name) => typeof kept[name] === 'string');
    return { ...emptyDraft, ...Object.fromEntries(known.map((name) => [name, kept[name]])) };
  } catch {
    return emptyDraft;
  }
}

export const keepDraft = (draft: Draft): void => sessionStorage.setItem(place, JSON.stringify(draft));
export const forgetDraft = (): void => sessionStorage.removeItem(place);

/** Texts of one line each, without empty ones. */
const lines = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The report that a draft makes: empty fields are left out, a component that is no package URL is taken as its name. */
export function reportOf(draft: Draft): Report {
  const text = (name: keyof Draft) => (draft[name].trim() === '' ? undefined : draft[name].trim());
  const component = text('purl') ?? '';
  const weaknesses = lines(draft.weakness).map((one) => (/^\d+$/.test(one) ? `CWE-${one}` : one.toUpperCase()));
  const [aliases, references] = [lines(draft.aliases), lines(draft.references)];
  const report: Report = {
    title: draft.title.trim(),
    component: {
      ...(component.startsWith('pkg:') ? { purl: component } : { name: component }),
      version: text('version'),
    },
    description: text('description'),
    impact: text('impact'),
    reproduction: text('reproduction'),
    stack: text('stack'),
    patch: text('patch'),
    severityLevel: text('severityLevel') as Report['severityLevel'],
    ...((text('path') ?? text('symbol')) && { places: [{ path: text('path'), symbol: text('symbol') }] }),
    ...(weaknesses.length > 0 && { weaknesses }),
    ...(aliases.length > 0 && { aliases }),
    ...(references.length > 0 && { references }),
    ...((text('tool') ?? text('model')) && { provenance: { tool: text('tool'), model: text('model') } }),
  };
  return JSON.parse(JSON.stringify(report)) as Report;
}

/** The field that a person has to look at, with a sentence; undefined where the report can be sent. */
export function faultOf(draft: Draft): { field: keyof Draft; text: string } | undefined {
  if (draft.title.trim() === '') return { field: 'title', text: 'Say in one line what is wrong.' };
  if (draft.purl.trim() === '') return { field: 'purl', text: 'Name the component that the flaw is in.' };
  const weakness = reportOf(draft).weaknesses?.find((one) => !/^CWE-\d{1,5}$/.test(one));
  if (weakness !== undefined)
    return { field: 'weakness', text: `${weakness} is no CWE number. They look like CWE-79.` };
  return undefined;
}
