import { aliasesIn, type Draft, type Found, textOf } from '../finding/draft.ts';
import { described } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** OWASP Dependency-Track, Finding Packaging Format 1.0 to 1.3. */
export const isOne = (value: unknown) =>
  isObject(value) && objectOf(value['meta'])['application'] === 'Dependency-Track';

const closed: ReadonlyMap<unknown, string> = new Map([
  ['FALSE_POSITIVE', 'a false alarm'],
  ['NOT_AFFECTED', 'not affecting this project'],
  ['RESOLVED', 'resolved'],
]);

export function* read(value: unknown): Generator<Found> {
  const report = objectOf(value);
  const { version } = objectOf(report['meta']);
  const findings = arrayOf(report['findings']);
  for (let index = 0; index < findings.length; index++) {
    const path = `findings[${index}]`;
    const finding = findings[index];
    if (!isObject(finding)) {
      yield { path, original: finding, problems: [{ path, message: 'This finding is not an object.' }] };
      continue;
    }
    const { isSuppressed, state } = objectOf(finding['analysis']);
    const word = closed.get(state) ?? (isSuppressed === true ? 'suppressed' : undefined);
    if (word === undefined) {
      yield { path, original: finding, draft: { ...draftOf(finding), tool: 'Dependency-Track', toolVersion: version } };
      continue;
    }
    const message = `The analysis calls this ${word}. If it stands all the same, report it by itself, without the analysis.`;
    yield { path, original: finding, problems: [{ path, message }] };
  }
}

function draftOf({ component: part, vulnerability: flaw, attribution }: JsonObject): Draft {
  const component = objectOf(part);
  const vulnerability = objectOf(flaw);
  const group = textOf(component['group']);
  const name = textOf(component['name']);
  const id = textOf(vulnerability['vulnId']);
  const aliases = arrayOf(vulnerability['aliases']).flatMap((each) => {
    const { cveId, ghsaId, osvId, snykId, sonatypeId } = objectOf(each);
    return [cveId, ghsaId, osvId, snykId, sonatypeId];
  });
  const { attributedOn } = objectOf(attribution);
  return {
    titles: [vulnerability['title'], `${id ?? 'A known flaw'} in ${name ?? 'a component'}`],
    description: described([vulnerability['description'], vulnerability['recommendation']]),
    purl: component['purl'],
    name: group === undefined ? name : `${group}/${name}`,
    version: component['version'],
    aliases: [...aliasesIn([id]), ...aliases],
    weaknesses: [vulnerability['cweId'], ...arrayOf(vulnerability['cwes']).map((each) => objectOf(each)['cweId'])],
    severity: [vulnerability['cvssV4Vector'], vulnerability['cvssV3Vector'], vulnerability['cvssV2Vector']],
    level: vulnerability['severity'],
    references: addressesIn(vulnerability['references']),
    rule: id,
    foundAt: textOf(attributedOn)?.replace(' ', 'T'),
  };
}

/** The list is Markdown, each address twice: `* [address](address)`. */
const addressesIn = (text: unknown) =>
  (textOf(text) ?? '').split(/[\s()[\]]+/).filter((word) => /^https?:\/\//.test(word));
