import { aliasesIn, type Draft, type Found, textOf, wordOf } from '../finding/draft.ts';
import { packageOf, rangeOf } from '../finding/package.ts';
import { described } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';
import { Refused } from '../listing.ts';
import { quoted } from '../text.ts';

/** `npm audit --json` of npm 6 and pnpm (advisories by number) and of npm 7 and later (packages by name). */
export function isOne(value: unknown): boolean {
  if (!isObject(value)) return false;
  if ('auditReportVersion' in value) return isObject(value['vulnerabilities']);
  if (isObject(value['advisories'])) return 'metadata' in value || 'actions' in value;
  const { error } = value;
  return isObject(error) && /^(?:E|ERR_PNPM)[A-Z_]+/.test(textOf(error['code']) ?? '') && 'summary' in error;
}

export function* read(value: unknown): Generator<Found> {
  const report = objectOf(value);
  if (isObject(report['error'])) {
    const summary = quoted(report['error']['summary'] ?? report['error']['code']);
    throw new Refused('error', `The audit itself broke off and looked at nothing: it says ${summary}. Run it again.`);
  }
  if (isObject(report['vulnerabilities'])) yield* byPackage(report['vulnerabilities']);
  else yield* byAdvisory(objectOf(report['advisories']));
}

function* byAdvisory(advisories: JsonObject): Generator<Found> {
  for (const [number, advisory] of Object.entries(advisories)) {
    const path = `advisories.${number}`;
    if (!isObject(advisory))
      yield { path, original: advisory, problems: [{ path, message: 'This is not an object.' }] };
    else yield { path, original: advisory, draft: { ...advisoryDraft(advisory), tool: 'npm audit' } };
  }
}

/** An advisory as npm 6, pnpm and yarn 1 write it. */
export function advisoryDraft(advisory: JsonObject): Draft {
  const findings = arrayOf(advisory['findings']).map(objectOf);
  const { vectorString } = objectOf(advisory['cvss']);
  const ghsa = textOf(advisory['github_advisory_id']);
  const cwe = advisory['cwe'];
  return {
    titles: [advisory['title']],
    description: described([advisory['overview'], advisory['recommendation']]),
    ...packageOf('npm', advisory['module_name'], findings[0]?.['version']),
    affected: rangeOf('npm', advisory['vulnerable_versions']),
    fixed: fixedIn(advisory['patched_versions']),
    aliases: [ghsa, ...arrayOf(advisory['cves']), ...aliasesIn([advisory['url']])],
    weaknesses: Array.isArray(cwe) ? cwe : [cwe],
    severity: [vectorString],
    level: advisory['severity'],
    references: [advisory['url'], ...(textOf(advisory['references']) ?? '').split(/[\s()[\]]+/).filter(isAddress)],
    rule: wordOf(advisory['id']),
  };
}

const isAddress = (word: string) => /^https?:\/\//.test(word);

/** The lower ends of the ranges that hold the fix: `>=1.2.3 <2 || >=2.0.1`. */
const fixedIn = (range: unknown) =>
  [...(textOf(range) ?? '').matchAll(/>=\s*(\d[\w.+-]*)/g)].map(([, version]) => version);

/** A package stands here for its own flaws, and for those of what it depends on: these are named by text only and told in their own place. */
function* byPackage(packages: JsonObject): Generator<Found> {
  for (const [name, entry] of Object.entries(packages)) {
    const { via, nodes } = objectOf(entry);
    const causes = arrayOf(via);
    for (let index = 0; index < causes.length; index++) {
      const cause = causes[index];
      if (typeof cause === 'string') continue;
      const path = `vulnerabilities[${JSON.stringify(name)}].via[${index}]`;
      if (!isObject(cause)) {
        yield { path, original: cause, problems: [{ path, message: 'This is not an object.' }] };
        continue;
      }
      const { vectorString } = objectOf(cause['cvss']);
      yield {
        path,
        original: cause,
        draft: {
          titles: [cause['title']],
          ...packageOf('npm', textOf(cause['name']) ?? name),
          affected: rangeOf('npm', cause['range']),
          places: arrayOf(nodes).map((node) => ({ path: node })),
          aliases: aliasesIn([cause['url']]),
          weaknesses: arrayOf(cause['cwe']),
          severity: [vectorString],
          level: cause['severity'],
          references: [cause['url']],
          tool: 'npm audit',
          rule: wordOf(cause['source']),
        },
      };
    }
  }
}
