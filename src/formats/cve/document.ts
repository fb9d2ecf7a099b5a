/** CVE JSON record format 5.x (CVEProject/cve-schema): published and rejected records, CNA and ADP containers. */
import type { Advisory, Reference, Severity } from '../../domain/advisory/advisory.ts';
import { score } from '../../domain/advisory/cvss/score.ts';
import type { CvssFact, Fact, KevFact, SsvcFact } from '../../domain/advisory/fact.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Problem } from '../../domain/problem.ts';
import { read as readInstant } from '../instant.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';
import { withinLimits } from '../osv/limits.ts';
import { affectedOf } from './affected.ts';

/** Source name of the facts that CISA adds to a record. */
const vulnrichment = 'CISA Vulnrichment';

/**
 * Reads one record from parsed JSON into an advisory and the facts it carries, each with its container as source and that
 * container's date. `problems` names what was left out. A record that lacks what every record must have gives problems only;
 * `check` (check.ts) judges by the whole schema.
 */
export function read(
  value: unknown,
): { advisory: Advisory; facts: Fact[]; problems: Problem[] } | { problems: Problem[] } {
  const limit = withinLimits(value);
  if (limit !== undefined) return { problems: [limit] };
  if (!isObject(value)) return { problems: [{ path: '', message: 'A CVE record is a JSON object.' }] };
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => problems.push({ path, message });
  if (value.dataType !== 'CVE_RECORD') refuse('dataType', 'A CVE record has the data type CVE_RECORD.');
  if (!/^5\.\d+(\.\d+)?$/.test(stringOf(value.dataVersion) ?? '')) {
    refuse('dataVersion', 'Records of version 5 are read; convert older ones first.');
  }
  const metadata = isObject(value.cveMetadata) ? value.cveMetadata : {};
  const id = stringOf(metadata.cveId);
  if (id === undefined || !/^CVE-\d{4}-\d{4,19}$/.test(id)) refuse('cveMetadata.cveId', 'This is not a CVE id.');
  const { state } = metadata;
  if (state !== 'PUBLISHED' && state !== 'REJECTED') {
    refuse(
      'cveMetadata.state',
      `Published and rejected records are read; this one is ${JSON.stringify(state)?.slice(0, 40) ?? 'without state'}.`,
    );
  }
  const containers = isObject(value.containers) ? value.containers : {};
  const cna = isObject(containers.cna) ? containers.cna : undefined;
  if (cna === undefined) refuse('containers.cna', 'The container of the assigning authority (CNA) is missing.');
  const provider = cna && isObject(cna.providerMetadata) ? cna.providerMetadata : {};
  if (cna !== undefined && stringOf(provider.orgId) === undefined) {
    refuse('containers.cna.providerMetadata.orgId', 'The organisation that provides the container is missing.');
  }
  const texts = cna && (state === 'REJECTED' ? cna.rejectedReasons : cna.descriptions);
  const details = englishOf(texts);
  if (cna !== undefined && details === undefined) {
    refuse(
      `containers.cna.${state === 'REJECTED' ? 'rejectedReasons' : 'descriptions'}`,
      'An English text is missing.',
    );
  }
  const dates = [
    metadata.dateUpdated,
    metadata.dateRejected,
    provider.dateUpdated,
    metadata.datePublished,
    cna?.datePublic,
  ];
  const modified = dates.map(readInstant).find((date) => date !== undefined);
  if (cna !== undefined && modified === undefined)
    refuse('cveMetadata.dateUpdated', 'The record has no date: give the day of the last change.');
  if (problems.length > 0 || id === undefined || cna === undefined || details === undefined || modified === undefined) {
    return { problems };
  }

  const adps = arrayOf(containers.adp).filter(isObject);
  const advisory: Advisory =
    state === 'REJECTED'
      ? rejected(id, modified, details, metadata, cna)
      : published(id, modified, details, metadata, cna, adps, problems);
  const facts =
    state === 'REJECTED' ? [] : [cna, ...adps].flatMap((container) => factsOf(container, modified, problems));
  return { advisory, facts, problems };
}

function rejected(id: string, modified: Instant, details: string, metadata: JsonObject, cna: JsonObject): Advisory {
  const replacedBy = arrayOf(cna.replacedBy).filter((other) => typeof other === 'string');
  return {
    id,
    modified,
    ...dated('published', metadata.datePublished),
    withdrawn: readInstant(metadata.dateRejected) ?? modified,
    ...(replacedBy.length === 0 ? {} : { related: replacedBy }),
    details,
    database_specific: { state: 'REJECTED' },
  };
}

function published(
  id: string,
  modified: Instant,
  details: string,
  metadata: JsonObject,
  cna: JsonObject,
  adps: JsonObject[],
  problems: Problem[],
): Advisory {
  const summary = stringOf(cna.title);
  const severity = severityOf(cna, adps);
  // CISA repeats the products in its own words; they count where the CNA names none that can be used.
  const affected = [cna, ...adps]
    .map((container) =>
      arrayOf(container.affected)
        .filter(isObject)
        .map(affectedOf)
        .filter((entry) => entry !== undefined),
    )
    .find((list) => list.some((entry) => entry.ranges !== undefined || entry.versions !== undefined));
  const references = referencesOf([cna, ...adps], problems);
  const weaknesses = weaknessesOf([cna, ...adps]);
  const assigner = stringOf(metadata.assignerShortName);
  return {
    id,
    modified,
    ...dated('published', metadata.datePublished ?? cna.datePublic),
    ...(summary === undefined ? {} : { summary }),
    details,
    ...(severity.length === 0 ? {} : { severity }),
    ...(affected === undefined ? {} : { affected }),
    ...(references.length === 0 ? {} : { references }),
    database_specific: {
      state: 'PUBLISHED',
      ...(assigner === undefined ? {} : { assigner }),
      ...(weaknesses.length === 0 ? {} : { cwe_ids: weaknesses }),
    },
  };
}

function dated(field: 'published', value: unknown): { published?: Instant } {
  const instant = readInstant(value);
  return instant === undefined ? {} : { [field]: instant };
}

function englishOf(list: unknown): string | undefined {
  const english = arrayOf(list)
    .filter(isObject)
    .filter(({ lang }) => /^en/i.test(stringOf(lang) ?? ''));
  const texts = english.map(({ value }) => stringOf(value)).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

/** CWE ids over the containers, each once. */
function weaknessesOf(containers: JsonObject[]): string[] {
  const ids = containers
    .flatMap((container) => arrayOf(container.problemTypes).filter(isObject))
    .flatMap((type) => arrayOf(type.descriptions).filter(isObject))
    // Older records have the id only inside the text.
    .map(({ cweId, description }) => /^CWE-\d{1,6}/.exec(stringOf(cweId) ?? stringOf(description) ?? '')?.[0])
    .filter((id) => id !== undefined);
  return [...new Set(ids)];
}

const cvssFields = { cvssV4_0: 'CVSS_V4', cvssV3_1: 'CVSS_V3', cvssV3_0: 'CVSS_V3', cvssV2_0: 'CVSS_V2' } as const;

/** Vectors of a container with the place where each stands. */
function vectorsOf(container: JsonObject): { type: Severity['type']; vector: string; path: string }[] {
  return arrayOf(container.metrics).flatMap((metric, index) =>
    Object.entries(cvssFields).flatMap(([field, type]) => {
      const cvss = isObject(metric) ? metric[field] : undefined;
      const vector = isObject(cvss) ? stringOf(cvss.vectorString) : undefined;
      return vector === undefined ? [] : [{ type, vector, path: `metrics[${index}].${field}.vectorString` }];
    }),
  );
}

/** One vector of each type: the CNA's own first, an ADP's where it has none. Only vectors that can be scored. */
function severityOf(cna: JsonObject, adps: JsonObject[]): Severity[] {
  const byType = new Map<string, string>();
  for (const { type, vector } of [cna, ...adps].flatMap(vectorsOf)) {
    if (!byType.has(type) && !('error' in score(vector))) byType.set(type, vector);
  }
  return [...byType].map(([type, vector]) => ({ type, score: vector }));
}

const referenceTypes: Record<string, string> = {
  exploit: 'EVIDENCE',
  patch: 'FIX',
  'vendor-advisory': 'ADVISORY',
  'third-party-advisory': 'ADVISORY',
  'issue-tracking': 'REPORT',
  'technical-description': 'ARTICLE',
  product: 'PACKAGE',
};

function referencesOf(containers: JsonObject[], problems: Problem[]): Reference[] {
  const byAddress = new Map<string, Reference>();
  for (const reference of containers.flatMap((container) => arrayOf(container.references).filter(isObject))) {
    const url = stringOf(reference.url);
    if (url === undefined || !/^(https?|ftp):\/\//i.test(url)) {
      problems.push({
        path: 'references',
        message: `A reference is left out: ${JSON.stringify(url)?.slice(0, 80) ?? 'it'} is no web address.`,
      });
      continue;
    }
    const tag = arrayOf(reference.tags).find((word) => typeof word === 'string' && referenceTypes[word] !== undefined);
    const type = typeof tag === 'string' ? referenceTypes[tag]! : 'WEB';
    if (byAddress.get(url) === undefined || byAddress.get(url)?.type === 'WEB') byAddress.set(url, { type, url });
  }
  return [...byAddress.values()];
}

function factsOf(container: JsonObject, modified: Instant, problems: Problem[]): Fact[] {
  const provider = isObject(container.providerMetadata) ? container.providerMetadata : {};
  const date = readInstant(provider.dateUpdated) ?? modified;
  const isCisa = stringOf(provider.shortName) === 'CISA-ADP';
  const source = isCisa ? vulnrichment : (stringOf(provider.shortName) ?? 'CVE record');
  const facts: Fact[] = [];
  for (const { vector, path } of vectorsOf(container)) {
    const scores = score(vector);
    if ('error' in scores) problems.push({ path, message: `The vector is left out: ${scores.error}` });
    else
      facts.push({
        kind: 'cvss',
        source,
        date,
        vector,
        version: scores.version,
        score: scores.score,
      } satisfies CvssFact);
  }
  // Only CISA's own container speaks for CISA: anyone may write a metric of type ssvc or kev into theirs.
  if (!isCisa) return facts;
  arrayOf(container.metrics).forEach((metric, index) => {
    const other = isObject(metric) && isObject(metric.other) ? metric.other : {};
    const content = isObject(other.content) ? other.content : {};
    const path = `metrics[${index}].other.content`;
    if (other.type === 'ssvc') facts.push(ssvcFact(content, date, path, problems));
    const dateAdded = stringOf(content.dateAdded);
    if (other.type !== 'kev') return;
    if (dateAdded === undefined || readInstant(dateAdded) === undefined) {
      problems.push({ path: `${path}.dateAdded`, message: 'The day of entry in KEV is missing.' });
    } else {
      const fact: KevFact = { kind: 'kev', source, date, dateAdded: dateAdded.slice(0, 10), isRansomwareUse: false };
      facts.push(fact);
    }
  });
  return facts;
}

const ssvcValues = {
  Exploitation: ['none', 'poc', 'active'],
  Automatable: ['no', 'yes'],
  'Technical Impact': ['partial', 'total'],
};

function ssvcFact(content: JsonObject, date: Instant, path: string, problems: Problem[]): SsvcFact {
  const options = Object.assign({}, ...arrayOf(content.options).filter(isObject)) as JsonObject;
  const pointOf = (point: keyof typeof ssvcValues) => {
    const value = stringOf(options[point])?.toLowerCase();
    const known = ssvcValues[point].find((word) => word === value);
    if (known === undefined)
      problems.push({
        path: `${path}.options`,
        message: `${point} is missing or not one of ${ssvcValues[point].join(', ')}.`,
      });
    return known;
  };
  const fact: Record<string, unknown> = {
    kind: 'ssvc',
    source: vulnrichment,
    date: readInstant(content.timestamp) ?? date,
  };
  const points = {
    exploitation: pointOf('Exploitation'),
    automatable: pointOf('Automatable'),
    technicalImpact: pointOf('Technical Impact'),
  };
  for (const [name, value] of Object.entries(points)) if (value !== undefined) fact[name] = value;
  return fact as unknown as SsvcFact;
}
