import { type Constraint, sorted, write } from '../../domain/advisory/vers.ts';
import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { packageOf, purlTypeOf } from '../finding/package.ts';
import { described, listed } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** An OSV record, or a draft of one that lacks its id and dates. */
export const isOne = (value: unknown) =>
  isObject(value) &&
  !('containers' in value) &&
  (typeof value['modified'] === 'string' || Array.isArray(value['affected'])) &&
  ['summary', 'details', 'affected'].some((key) => key in value);

export function* read(value: unknown): Generator<Found> {
  const record = objectOf(value);
  if (textOf(record['withdrawn']) !== undefined) {
    const message = 'This record is withdrawn. Nothing is to be done.';
    yield { path: '', original: record, problems: [{ path: 'withdrawn', message }] };
  } else yield { path: '', original: record, draft: { ...draftOf(record), rule: undefined } };
}

/** A record as one report: of several affected packages the first is the component, and the text names the others. */
export function draftOf(record: JsonObject): Draft {
  const affected = arrayOf(record['affected']).map(objectOf);
  const [first = {}] = affected;
  const id = textOf(record['id']);
  const specifics = [record, ...affected].map((each) => objectOf(each['database_specific']));
  return {
    titles: [record['summary'], record['details'], id],
    description: described([record['details'], othersOf(affected)]) ?? record['summary'],
    ...componentOf(first),
    aliases: [id, ...arrayOf(record['aliases']), ...arrayOf(record['upstream'])],
    weaknesses: specifics.flatMap((each) => [
      ...arrayOf(each['cwe_ids']),
      ...arrayOf(each['cwes']).map((cwe) => objectOf(cwe)['cweId'] ?? cwe),
    ]),
    severity: [record, ...affected].flatMap((each) => arrayOf(each['severity']).map((one) => objectOf(one)['score'])),
    level: specifics[0]?.['severity'],
    references: arrayOf(record['references']).map((each) => objectOf(each)['url']),
  };
}

/** The package of one `affected` entry with its versions. */
export function componentOf(entry: JsonObject): Pick<Draft, 'purl' | 'ecosystem' | 'name' | 'affected' | 'fixed'> {
  const { ecosystem, name, purl } = objectOf(entry['package']);
  const ranges = arrayOf(entry['ranges']).map(objectOf);
  const named = textOf(purl) === undefined ? packageOf(ecosystem, name) : { purl };
  return {
    ...named,
    affected: rangeOf(purlTypeOf(ecosystem) ?? 'generic', ranges, arrayOf(entry['versions'])),
    fixed: ranges
      .filter(({ type }) => type !== 'GIT')
      .flatMap((range) => arrayOf(range['events']).map((event) => objectOf(event)['fixed'])),
  };
}

/** Ranges of versions as one vers range; the versions that are listed where there are none. Commits are no versions. */
function rangeOf(type: string, ranges: readonly JsonObject[], versions: readonly unknown[]): string | undefined {
  const constraints: Constraint[] = [];
  for (const range of ranges) {
    if (range['type'] === 'GIT') continue;
    for (const event of arrayOf(range['events']).map(objectOf)) {
      const introduced = textOf(event['introduced']);
      const fixed = textOf(event['fixed']);
      const last = textOf(event['last_affected']);
      if (introduced !== undefined && introduced !== '0') constraints.push({ comparator: '>=', version: introduced });
      if (fixed !== undefined) constraints.push({ comparator: '<', version: fixed });
      if (last !== undefined) constraints.push({ comparator: '<=', version: last });
    }
  }
  if (constraints.length === 0) {
    for (const version of versions.map(textOf))
      if (version !== undefined) constraints.push({ comparator: '=', version });
  }
  if (constraints.length === 0 || constraints.length > 100) return undefined;
  try {
    return write(sorted(type, constraints));
  } catch {
    return undefined;
  }
}

function othersOf(affected: readonly JsonObject[]): string | undefined {
  const names = new Set(
    affected.map((entry) => {
      const { ecosystem, name } = objectOf(entry['package']);
      return [textOf(ecosystem), textOf(name)].filter((part) => part !== undefined).join(' ');
    }),
  );
  names.delete('');
  const [, ...others] = names;
  return others.length === 0 ? undefined : `Also affected: ${listed(others)}.`;
}
