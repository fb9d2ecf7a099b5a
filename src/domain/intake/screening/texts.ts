/** The texts of a report, each with what stands in it by rights. */
import type { Report } from '../report.ts';

/**
 * `prose` is for a reader; `code` holds inputs, traces and changes, where markup and odd characters belong to the matter; `name` is a
 * path, an identifier or an address.
 */
export type TextKind = 'prose' | 'code' | 'name';

export interface FieldText {
  /** Path in the report, such as `places[0].path`. */
  field: string;
  kind: TextKind;
  text: string;
}

/** Every text of a report, in the order in which a reader meets them. */
export function textsOf(report: Report): FieldText[] {
  const texts: FieldText[] = [];
  const add = (field: string, kind: TextKind, text: string | undefined) => {
    if (text !== undefined && text !== '') texts.push({ field, kind, text });
  };
  add('title', 'prose', report.title);
  add('description', 'prose', report.description);
  add('impact', 'prose', report.impact);
  add('reproduction', 'code', report.reproduction);
  add('stack', 'code', report.stack);
  add('patch', 'code', report.patch);
  add('key', 'name', report.key);
  const { component, provenance } = report;
  add('component.purl', 'name', component.purl);
  add('component.ecosystem', 'name', component.ecosystem);
  add('component.name', 'name', component.name);
  add('component.version', 'name', component.version);
  add('component.affected', 'name', component.affected);
  for (const [at, text] of (component.fixed ?? []).entries()) add(`component.fixed[${at}]`, 'name', text);
  for (const [at, place] of (report.places ?? []).entries()) {
    add(`places[${at}].path`, 'name', place.path);
    add(`places[${at}].symbol`, 'name', place.symbol);
  }
  for (const [at, text] of (report.aliases ?? []).entries()) add(`aliases[${at}]`, 'name', text);
  for (const [at, text] of (report.severity ?? []).entries()) add(`severity[${at}]`, 'name', text);
  for (const [at, text] of (report.references ?? []).entries()) add(`references[${at}]`, 'name', text);
  add('provenance.tool', 'name', provenance?.tool);
  add('provenance.toolVersion', 'name', provenance?.toolVersion);
  add('provenance.rule', 'name', provenance?.rule);
  add('provenance.agent', 'name', provenance?.agent);
  add('provenance.model', 'name', provenance?.model);
  add('provenance.harness', 'name', provenance?.harness);
  return texts;
}
