import { type Draft, type Found, textOf, textsIn } from '../finding/draft.ts';
import { packageOf } from '../finding/package.ts';
import { described } from '../finding/wording.ts';
import { arrayOf, isObject, type JsonObject, objectOf } from '../json.ts';

/** Trivy's JSON: of version 2, the array before it, and the report on a cluster. */
export function isOne(value: unknown): boolean {
  if (Array.isArray(value)) {
    const [first] = value;
    return isObject(first) && typeof first['Target'] === 'string';
  }
  return (
    isObject(value) &&
    (('SchemaVersion' in value && 'ArtifactName' in value) ||
      ('ClusterName' in value && ['Vulnerabilities', 'Misconfigurations', 'Resources'].some((key) => key in value)))
  );
}

export function* read(value: unknown): Generator<Found> {
  if (Array.isArray(value)) {
    yield* results(value, '', {});
    return;
  }
  const report = objectOf(value);
  const { OS } = objectOf(report['Metadata']);
  const about: About = {
    artifact: report['ArtifactName'],
    os: objectOf(OS),
    version: objectOf(report['Trivy'])['Version'],
    foundAt: report['CreatedAt'],
  };
  if (!('ClusterName' in report)) {
    yield* results(report['Results'], 'Results', about);
    return;
  }
  for (const list of ['Vulnerabilities', 'Misconfigurations', 'Resources']) {
    const resources = arrayOf(report[list]);
    for (let index = 0; index < resources.length; index++) {
      const { Kind, Name, Namespace, Results } = objectOf(resources[index]);
      const artifact = [Namespace, Kind, Name].filter((part) => typeof part === 'string').join('/');
      yield* results(Results, `${list}[${index}].Results`, { ...about, artifact });
    }
  }
}

interface About {
  artifact?: unknown;
  os?: JsonObject;
  version?: unknown;
  foundAt?: unknown;
}

const kinds = {
  Vulnerabilities: vulnerability,
  Misconfigurations: misconfiguration,
  Secrets: secret,
} as const;

function* results(value: unknown, path: string, about: About): Generator<Found> {
  const list = arrayOf(value);
  for (let index = 0; index < list.length; index++) {
    const result = objectOf(list[index]);
    for (const [key, draftOf] of Object.entries(kinds)) {
      const entries = arrayOf(result[key]);
      for (let place = 0; place < entries.length; place++) {
        const at = `${path}[${index}].${key}[${place}]`;
        const original = entries[place];
        const why = isObject(original) ? notAFlaw(original) : 'This is not an object.';
        if (why === undefined) yield { path: at, original, draft: draftOf(objectOf(original), result, about) };
        else yield { path: at, original, problems: [{ path: at, message: why }] };
      }
    }
    const licenses = arrayOf(result['Licenses']);
    for (let place = 0; place < licenses.length; place++) {
      const at = `${path}[${index}].Licenses[${place}]`;
      const message = 'This is a licence that was found, not a flaw.';
      yield { path: at, original: licenses[place], problems: [{ path: at, message }] };
    }
  }
}

function notAFlaw(entry: JsonObject): string | undefined {
  if (entry['Status'] === 'PASS' || entry['Status'] === 'not_affected') {
    return 'The tool itself says that this is no flaw here. Nothing is to be done.';
  }
  return undefined;
}

function vulnerability(entry: JsonObject, result: JsonObject, about: About): Draft {
  const id = textOf(entry['VulnerabilityID']);
  const { PURL } = objectOf(entry['PkgIdentifier']);
  const known = { purl: PURL, version: entry['InstalledVersion'] };
  const named =
    result['Class'] === 'os-pkgs' || isDistribution(result['Type'])
      ? { ecosystem: distribution(result, about), name: entry['PkgName'], version: entry['InstalledVersion'] }
      : packageOf(result['Type'], entry['PkgName'], entry['InstalledVersion']);
  const vectors = Object.values(objectOf(entry['CVSS'])).flatMap((each) => {
    const { V40Vector, V3Vector, V2Vector } = objectOf(each);
    return [V40Vector, V3Vector, V2Vector];
  });
  return {
    titles: [entry['Title'], id === undefined ? undefined : `${id} in ${textOf(entry['PkgName']) ?? 'a package'}`],
    description: entry['Description'],
    ...(textOf(PURL) === undefined ? named : known),
    fixed: (textOf(entry['FixedVersion']) ?? '').split(','),
    places: [{ path: entry['PkgPath'] ?? result['Target'] }],
    aliases: [id, ...textsIn(entry['VendorIDs'])],
    weaknesses: arrayOf(entry['CweIDs']),
    severity: vectors,
    level: entry['Severity'],
    references: [entry['PrimaryURL'], ...arrayOf(entry['References'])],
    ...tool(about, id),
  };
}

const tool = ({ version, foundAt }: About, rule: unknown) => ({ tool: 'Trivy', toolVersion: version, rule, foundAt });

const isDistribution = (type: unknown) => typeof type === 'string' && Object.hasOwn(distributions, type);

/** Families of distributions as OSV names them, and how much of a release counts there. */
const distributions: { readonly [family: string]: (release: string) => string } = {
  alpine: (release) => `Alpine:v${release.split('.').slice(0, 2).join('.')}`,
  debian: (release) => `Debian:${release.split('.')[0]}`,
  ubuntu: (release) => `Ubuntu:${release}`,
  rocky: (release) => `Rocky Linux:${release.split('.')[0]}`,
  alma: (release) => `AlmaLinux:${release.split('.')[0]}`,
  redhat: (release) => `Red Hat:${release}`,
  wolfi: () => 'Wolfi',
  chainguard: () => 'Chainguard',
};

/** By the report's own words on the system, else by what stands in brackets after the target: `image (debian 10.8)`. */
function distribution(result: JsonObject, { os }: About): string | undefined {
  const [, inBrackets, release] = /\(([a-z]+) ([\w.]+)\)$/.exec(textOf(result['Target']) ?? '') ?? [];
  const family = textOf(os?.['Family']) ?? inBrackets ?? textOf(result['Type']);
  const written = textOf(os?.['Name']) ?? release;
  if (family === undefined) return undefined;
  const spelled = Object.hasOwn(distributions, family) ? distributions[family] : undefined;
  return spelled === undefined || written === undefined ? family : spelled(written);
}

function misconfiguration(entry: JsonObject, result: JsonObject, about: About): Draft {
  const { StartLine, EndLine } = objectOf(entry['CauseMetadata']);
  return {
    titles: [entry['Title'], entry['Message'], entry['ID']],
    description: described([entry['Message'], entry['Description'], entry['Resolution']]),
    name: about.artifact ?? result['Target'],
    places: [{ path: result['Target'], startLine: StartLine, endLine: EndLine }],
    level: entry['Severity'],
    references: [entry['PrimaryURL'], ...arrayOf(entry['References'])],
    ...tool(about, entry['ID']),
  };
}

/** What was found is masked by the tool; the line itself is not repeated. */
function secret(entry: JsonObject, result: JsonObject, about: About): Draft {
  return {
    titles: [`${textOf(entry['Title']) ?? 'A secret'} in ${textOf(result['Target']) ?? 'a file'}`],
    description: entry['Category'],
    name: about.artifact ?? result['Target'],
    places: [{ path: result['Target'], startLine: entry['StartLine'], endLine: entry['EndLine'] }],
    weaknesses: ['CWE-798'],
    level: entry['Severity'],
    ...tool(about, entry['RuleID']),
  };
}
