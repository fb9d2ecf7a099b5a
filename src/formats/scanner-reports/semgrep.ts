import { aliasesIn, type Draft, type Found, textOf, wordOf } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { firstSentence } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** Semgrep's JSON, and the list of vulnerable dependencies of its platform. */
export function isOne(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { results, vulns, errors } = value;
  if (Array.isArray(vulns)) return isObject(objectOf(vulns[0])['advisory']);
  if (!Array.isArray(results)) return false;
  return results.length === 0 ? Array.isArray(errors) : 'check_id' in objectOf(results[0]);
}

export function* read(value: unknown): Generator<Found> {
  const report = objectOf(value);
  const isDependencies = Array.isArray(report['vulns']);
  const key = isDependencies ? 'vulns' : 'results';
  const list = arrayOf(report[key]);
  for (let index = 0; index < list.length; index++) {
    const path = `${key}[${index}]`;
    const one = list[index];
    if (!isObject(one)) {
      yield { path, original: one, problems: [{ path, message: 'This result is not an object.' }] };
    } else if (objectOf(one['extra'])['is_ignored'] === true) {
      const message =
        'The source tells the tool to leave this out (nosemgrep). If it stands all the same, report it by itself.';
      yield { path, original: one, problems: [{ path, message }] };
    } else if (isDependencies) yield { path, original: one, draft: dependency(one) };
    else yield { path, original: one, draft: { ...result(one), toolVersion: report['version'] } };
  }
}

function result(one: JsonObject): Draft {
  const extra = objectOf(one['extra']);
  const metadata = objectOf(extra['metadata']);
  const fingerprint = textOf(extra['fingerprint']);
  const path = textOf(one['path']);
  const { cwe } = metadata;
  return {
    titles: [firstSentence(extra['message']), one['check_id']],
    description: extra['message'],
    name: path,
    isNameGuessed: true,
    places: [{ path, startLine: objectOf(one['start'])['line'], endLine: objectOf(one['end'])['line'] }],
    aliases: aliasesIn([one['check_id'], metadata['cve']]),
    weaknesses: Array.isArray(cwe) ? cwe : [cwe],
    level: metadata['severity'] ?? extra['severity'],
    patch: extra['fix'],
    references: [...arrayOf(metadata['references']), metadata['source-rule-url'], metadata['source']],
    tool: 'Semgrep',
    rule: one['check_id'],
    // Without a login the tool writes words in this place.
    ...(fingerprint === undefined || /\s/.test(fingerprint) ? {} : { fingerprint }),
  };
}

function dependency(one: JsonObject): Draft {
  const advisory = objectOf(one['advisory']);
  const { cveIds, cweIds, urls } = objectOf(advisory['references']);
  const { name, versionSpecifier } = objectOf(one['matchedDependency']);
  const { path, startLine } = objectOf(one['dependencyFileLocation']);
  const isSame = (each: JsonObject) => each['name'] === name;
  const affected = arrayOf(advisory['vulnerableDependencies']).map(objectOf).find(isSame);
  const fixed = arrayOf(advisory['safeDependencies']).map(objectOf).filter(isSame);
  return {
    titles: [one['title'], advisory['title']],
    description: advisory['description'],
    ...packageOf(advisory['ecosystem'], name, versionSpecifier),
    affected: affected?.['versionSpecifier'],
    fixed: fixed.map((each) => each['versionSpecifier']),
    places: [{ path, startLine: Number(wordOf(startLine)) }],
    aliases: [...arrayOf(cveIds), ...aliasesIn(arrayOf(urls))],
    weaknesses: arrayOf(cweIds),
    level: advisory['severity'],
    references: arrayOf(urls),
    tool: 'Semgrep',
    rule: advisory['ruleId'],
    foundAt: one['openedAt'],
  };
}
