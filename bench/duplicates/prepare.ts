/**
 * `npm run bench -- duplicates --prepare FOLDER`: makes bench/testdata/duplicates.jsonl.br out of the files that its SOURCE.md
 * names: every record in OSV's form, with its source, without what the benchmark hides or does not read.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gunzipSync } from 'node:zlib';
import type { Advisory, Affected, RangeEvent } from '../../src/domain/advisory/advisory.ts';
import { VersError } from '../../src/domain/advisory/vers.ts';
import { fromNative } from '../../src/domain/advisory/vers-native.ts';
import * as cve from '../../src/formats/cve/document.ts';
import * as osv from '../../src/formats/osv/document.ts';

/** One record as the benchmark keeps it. */
export interface Kept {
  source: string;
  isMalware?: true;
  /** CVE and GHSA names: the truth, which the methods do not see. */
  names: string[];
  record: Advisory;
}

const detailsLengthMax = 4_000;

/** `folder` holds advisories/*.jsonl.gz, advisories/retirejs, vulnrichment/cve-records.jsonl.gz and nodejs-security-wg unpacked as vuln/npm. */
export function prepare(folder: string, nodejs: string, out: string): void {
  const kept: Kept[] = [];
  for (const source of ['bitnami', 'pysec', 'rustsec', 'haskell', 'oss-fuzz', 'ghsa-from-fixtures']) {
    for (const line of linesOf(join(folder, 'advisories', `${source}.jsonl.gz`))) {
      const { advisory } = osv.read(line);
      if (advisory !== undefined && advisory.withdrawn === undefined) {
        kept.push(trimmed(source === 'ghsa-from-fixtures' ? 'ghsa' : source, advisory));
      }
    }
  }
  for (const line of linesOf(join(folder, 'vulnrichment', 'cve-records.jsonl.gz'))) {
    const read = cve.read(line);
    if ('advisory' in read && read.advisory.withdrawn === undefined) kept.push(trimmed('cve', read.advisory));
  }
  for (const file of readdirSync(nodejs).sort()) {
    if (/^\d+\.json$/.test(file))
      kept.push(trimmed('nodejs-wg', ofNodejs(file, JSON.parse(readFileSync(join(nodejs, file), 'utf8')))));
  }
  const retire = JSON.parse(readFileSync(join(folder, 'advisories', 'retirejs', 'jsrepository-v5.json'), 'utf8'));
  for (const [name, library] of Object.entries(retire)) {
    if (name !== 'retire-example')
      kept.push(...ofRetire(name, library as never).map((one) => trimmed('retirejs', one)));
  }
  for (const ecosystem of ['npm', 'pypi']) {
    let alone = 0;
    for (const line of linesOf(join(folder, 'advisories', `malicious-${ecosystem}.jsonl.gz`))) {
      const { advisory } = osv.read(line);
      if (advisory === undefined || advisory.withdrawn !== undefined) continue;
      const parts = partsOf(advisory);
      // Records of one source alone are there to be told apart from the others: an even sample of them will do.
      if (parts.length < 2 && alone++ % 12 !== 0) continue;
      kept.push(
        ...parts.map((part) => ({
          ...trimmed(`malware-${part.source}`, part.advisory),
          names: [advisory.id],
          isMalware: true as const,
        })),
      );
    }
  }
  const told = kept.filter(({ record }) => (record.summary ?? '') !== '' || (record.details ?? '').trim() !== '');
  writeFileSync(
    out,
    brotliCompressSync(told.map((one) => `${JSON.stringify(one)}\n`).join(''), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_LGWIN]: 24 },
    }),
  );
  console.log(`${told.length} records`);
}

const linesOf = (path: string): unknown[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

function trimmed(source: string, advisory: Advisory): Kept {
  const { id, modified, published, summary, details, severity, aliases = [] } = advisory;
  const names = [...new Set([id, ...aliases].filter((name) => /^(CVE-|GHSA-)/.test(name)))].sort();
  const cwes = advisory.database_specific?.['cwe_ids'] ?? advisory.database_specific?.['cwes'];
  const record: Advisory = {
    id,
    modified,
    ...(published !== undefined && { published }),
    ...(summary !== undefined && { summary }),
    ...(details !== undefined && { details: details.slice(0, detailsLengthMax) }),
    ...(severity !== undefined && { severity }),
    affected: (advisory.affected ?? []).slice(0, 12).map(affectedOf),
    ...(Array.isArray(cwes) && cwes.length > 0 && { database_specific: { cwe_ids: cwes } }),
  };
  return { source, names, record };
}

function affectedOf({
  package: named,
  severity,
  ranges = [],
  versions = [],
  database_specific: own,
}: Affected): Affected {
  const { vendor, product } = own ?? {};
  const kept = ranges
    .filter(({ type }) => type !== 'GIT')
    .slice(0, 8)
    .map(({ type, events }) => ({ type, events: events.slice(0, 40) }));
  return {
    ...(named !== undefined && { package: named }),
    ...(severity !== undefined && { severity }),
    ...(product !== undefined && { database_specific: { vendor, product } }),
    ...(kept.length > 0 ? { ranges: kept } : { versions: versions.slice(0, 20) }),
  };
}

function ofNodejs(file: string, record: Record<string, string | null> & { cves?: string[] }): Advisory {
  return {
    id: `NODEJS-${file.slice(0, -5)}`,
    modified: momentOf(record['updated_at'] ?? record['publish_date']),
    ...(record['publish_date'] && { published: momentOf(record['publish_date']) }),
    aliases: record.cves ?? [],
    summary: record['title'] ?? '',
    details: record['overview'] ?? '',
    ...(record['cvss_vector'] && { severity: [{ type: 'CVSS_V3', score: record['cvss_vector'] }] }),
    affected: [
      {
        package: { ecosystem: 'npm', name: record['module_name'] ?? '' },
        ranges: [{ type: 'SEMVER', events: eventsOf(record['vulnerable_versions'] ?? '') }],
      },
    ],
  };
}

const momentOf = (text: string | null | undefined): string => `${(text ?? '1970-01-01').slice(0, 10)}T00:00:00.000Z`;

function eventsOf(range: string): RangeEvent[] {
  try {
    const events: RangeEvent[] = [];
    for (const { comparator, version } of fromNative('npm', range).constraints) {
      if (comparator === '*') events.push({ introduced: '0' });
      else if (comparator.startsWith('>')) events.push({ introduced: version });
      else if (comparator === '=') events.push({ introduced: version }, { last_affected: version });
      else if (comparator !== '!=') {
        if (events.at(-1)?.introduced === undefined) events.push({ introduced: '0' });
        events.push(comparator === '<' ? { fixed: version } : { last_affected: version });
      }
    }
    return events;
  } catch (error) {
    if (error instanceof VersError) return [{ introduced: '0' }];
    throw error;
  }
}

interface RetireEntry {
  atOrAbove?: string;
  below?: string;
  severity?: string;
  cwe?: string[];
  identifiers?: { summary?: string; CVE?: string[]; githubID?: string };
}

function ofRetire(name: string, library: { npmname?: string; vulnerabilities?: RetireEntry[] }): Advisory[] {
  return (library.vulnerabilities ?? []).map((entry, index) => ({
    id: `RETIRE-${name}-${index}`,
    modified: momentOf(undefined),
    aliases: [
      ...(entry.identifiers?.CVE ?? []),
      ...(entry.identifiers?.githubID === undefined ? [] : [entry.identifiers.githubID]),
    ],
    summary: (entry.identifiers?.summary ?? '').slice(0, 250),
    details: entry.identifiers?.summary ?? '',
    affected: [
      {
        package: { ecosystem: 'npm', name: library.npmname ?? name },
        ranges: [
          {
            type: 'SEMVER',
            events: [
              { introduced: entry.atOrAbove ?? '0' },
              ...(entry.below === undefined ? [] : [{ fixed: entry.below }]),
            ],
          },
        ],
      },
    ],
    ...(entry.cwe !== undefined && { database_specific: { cwe_ids: entry.cwe } }),
  }));
}

/** A malware record joins what several sources said, each under its heading: taken apart, they are reports of one thing. */
function partsOf(advisory: Advisory): { source: string; advisory: Advisory }[] {
  const sections = (advisory.details ?? '').split(/^## Source: /m).slice(1);
  const parts = new Map<string, string>();
  for (const section of sections) {
    const source = /^\S+/.exec(section)?.[0] ?? '';
    if (!parts.has(source)) parts.set(source, section.slice(section.indexOf('\n') + 1).trim());
  }
  if (parts.size === 0) parts.set('others', advisory.details ?? '');
  return [...parts].map(([source, details]) => ({
    source,
    advisory: { ...advisory, id: `${advisory.id}-${source}`, details },
  }));
}
