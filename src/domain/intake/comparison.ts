/** Two reports side by side, field by field: for a coordinator's eyes, in one order. */
import type { Report } from './report.ts';

export interface Field {
  /** A path in the report, such as `component.version`. */
  field: string;
  /** As text; null where the report says nothing of it. */
  a: string | null;
  b: string | null;
  isEqual: boolean;
}

/** Without the reproduction, which is asked for by itself (I12). Fields of which neither says anything are left out. */
const fields: [string, (report: Report) => string | readonly string[] | undefined][] = [
  ['title', ({ title }) => title],
  ['component.purl', ({ component }) => component.purl],
  ['component.ecosystem', ({ component }) => component.ecosystem],
  ['component.name', ({ component }) => component.name],
  ['component.version', ({ component }) => component.version],
  ['component.affected', ({ component }) => component.affected],
  ['component.fixed', ({ component }) => component.fixed],
  ['places', ({ places }) => places?.map(placeText)],
  ['aliases', ({ aliases }) => aliases],
  ['weaknesses', ({ weaknesses }) => weaknesses],
  ['severity', ({ severity }) => severity],
  ['severityLevel', ({ severityLevel }) => severityLevel],
  ['description', ({ description }) => description],
  ['impact', ({ impact }) => impact],
  ['stack', ({ stack }) => stack],
  ['patch', ({ patch }) => patch],
  ['references', ({ references }) => references],
  ['provenance.tool', ({ provenance }) => provenance?.tool],
  ['provenance.rule', ({ provenance }) => provenance?.rule],
  ['provenance.model', ({ provenance }) => provenance?.model],
  ['foundAt', ({ foundAt }) => foundAt],
];

export function sideBySide(a: Report, b: Report): Field[] {
  return fields.flatMap(([field, read]) => {
    const [left, right] = [textOf(read(a)), textOf(read(b))];
    return left === null && right === null ? [] : [{ field, a: left, b: right, isEqual: left === right }];
  });
}

function textOf(value: string | readonly string[] | undefined): string | null {
  const text = typeof value === 'string' ? value : (value ?? []).join('\n');
  return text === '' ? null : text;
}

function placeText({ path, symbol, startLine, endLine }: NonNullable<Report['places']>[number]): string {
  const lines = startLine === undefined ? '' : endLine === undefined ? `:${startLine}` : `:${startLine}-${endLine}`;
  return [path === undefined ? '' : `${path}${lines}`, symbol ?? ''].filter((part) => part !== '').join(' ');
}
