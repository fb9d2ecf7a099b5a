import { type Draft, type Found, textOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** Grype's JSON. */
export function isOne(value: unknown): boolean {
  const matches = isObject(value) ? value['matches'] : undefined;
  if (!Array.isArray(matches)) return false;
  return matches.length === 0 ? 'descriptor' in objectOf(value) : 'artifact' in objectOf(matches[0]);
}

export function* read(value: unknown): Generator<Found> {
  const report = objectOf(value);
  const { version, timestamp } = objectOf(report['descriptor']);
  const matches = arrayOf(report['matches']);
  for (let index = 0; index < matches.length; index++) {
    const path = `matches[${index}]`;
    const match = matches[index];
    if (isObject(match)) {
      yield {
        path,
        original: match,
        draft: { ...draftOf(match), tool: 'Grype', toolVersion: version, foundAt: timestamp },
      };
    } else yield { path, original: match, problems: [{ path, message: 'This match is not an object.' }] };
  }
}

function draftOf(match: JsonObject): Draft {
  const vulnerability = objectOf(match['vulnerability']);
  const related = arrayOf(match['relatedVulnerabilities']).map(objectOf);
  const artifact = objectOf(match['artifact']);
  const all = [vulnerability, ...related];
  const id = textOf(vulnerability['id']);
  const found = arrayOf(match['matchDetails']).map((each) =>
    textOf(objectOf(objectOf(each)['found'])['versionConstraint']),
  );
  const name = textOf(artifact['name']);
  return {
    titles: [name === undefined ? id : `${id ?? 'A known flaw'} in ${name}`],
    description: all.map((each) => textOf(each['description'])).find((text) => text !== undefined),
    ...(textOf(artifact['purl']) === undefined
      ? packageOf(artifact['type'], name, artifact['version'])
      : { purl: artifact['purl'], version: artifact['version'] }),
    affected: found.find((constraint) => constraint !== undefined && !constraint.startsWith('none')),
    fixed: arrayOf(objectOf(vulnerability['fix'])['versions']),
    places: arrayOf(artifact['locations']).map((location) => ({ path: objectOf(location)['path'] })),
    aliases: all.map((each) => each['id']),
    weaknesses: all.flatMap((each) => arrayOf(each['cwes']).map((cwe) => objectOf(cwe)['cwe'])),
    severity: all.flatMap((each) => arrayOf(each['cvss']).map((cvss) => objectOf(cvss)['vector'])),
    level: vulnerability['severity'],
    references: [vulnerability['dataSource'], ...all.flatMap((each) => arrayOf(each['urls']))],
    rule: id,
  };
}
