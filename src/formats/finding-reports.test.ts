/** Every report of the public collections is imported with the number of results that it states, or refused with a reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Refusal } from '../domain/refusal.ts';
import { checkReport } from './finding/report.ts';
import { type FindingRow, formatOf, read } from './finding-file.ts';

interface File {
  collection: string;
  file: string;
  text: string;
}

const files = ['scanner-reports', 'sarif'].flatMap((collection): File[] =>
  gunzipSync(readFileSync(join(import.meta.dirname, `testdata/finding-${collection}.jsonl.gz`)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => ({ collection, ...(JSON.parse(line) as { file: string; text: string }) })),
);

async function rowsOf({ file, text }: File): Promise<FindingRow[] | Refusal> {
  const rows: FindingRow[] = [];
  try {
    for await (const row of read(bytesOf(text), file)) rows.push(row);
    return rows;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  // In pieces, as a file comes.
  for (let at = 0; at < bytes.length; at += 65_000) yield bytes.subarray(at, at + 65_000);
}

const outcomes = new Map(await Promise.all(files.map(async (file) => [file, await rowsOf(file)] as const)));
const titleOf = ({ collection, file }: File) => `${collection}/${file}`;

test('each file gives the reports and refusals that are written down', async () => {
  const lines = files.map((file) => {
    const rows = outcomes.get(file) as FindingRow[] | Refusal;
    const format = formatOf(new TextEncoder().encode(file.text).subarray(0, 65_536), file.file) ?? '-';
    if (!Array.isArray(rows)) {
      const [problem] = (rows.details as { problems: { path: string; message: string }[] }).problems;
      return `${titleOf(file)}\t${format}\trefused\t${problem?.path}\t${problem?.message.split(': SARIF')[0]}`;
    }
    const refused = rows.filter((row) => 'problems' in row);
    const reasons = new Set(refused.map((row) => ('problems' in row ? row.problems[0]?.message : '')));
    return [titleOf(file), format, rows.length - refused.length, refused.length, ...reasons].join('\t');
  });

  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('testdata/finding-reports.expected.txt');
});

/** All objects of a JSON value, however deep. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const each of Object.values(value)) yield* objectsIn(each);
}
const countWith = (value: unknown, ...keys: string[]) =>
  [...objectsIn(value)].filter((object) => keys.every((key) => key in object)).length;
const lengthsOf = (value: unknown, key: string) =>
  [...objectsIn(value)].reduce(
    (sum, object) => sum + (Array.isArray(object[key]) ? (object[key] as unknown[]).length : 0),
    0,
  );
const matches = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** How many results a file states, counted without the readers: by what only a result of that tool has. */
const stated: Record<string, (text: string, json: () => unknown) => number> = {
  sarif: (_, json) => {
    const { runs } = json() as { runs?: { results?: unknown[] }[] };
    return (runs ?? []).reduce((sum, run) => sum + (run.results?.length ?? 0), 0);
  },
  trivy: (_, json) =>
    countWith(json(), 'VulnerabilityID') +
    countWith(json(), 'Resolution', 'CauseMetadata') +
    countWith(json(), 'RuleID', 'Match') +
    countWith(json(), 'Confidence', 'Link'),
  grype: (text) => matches(text, /"matchDetails"/g),
  'osv-scanner': (_, json) => lengthsOf(json(), 'vulnerabilities'),
  'npm-audit': (_, json) => {
    const report = json() as { advisories?: object; vulnerabilities?: object };
    return report.advisories === undefined
      ? countWith(report.vulnerabilities, 'dependency', 'source')
      : Object.keys(report.advisories).length;
  },
  'yarn-audit': (text) => matches(text, /"type":"auditAdvisory"/g) + matches(text, /"children":/g),
  'pip-audit': (_, json) => countWith(json(), 'fix_versions'),
  govulncheck: (_, json) => {
    const value = json();
    if (!Array.isArray(value)) return ((value as { Vulns: unknown[] | null }).Vulns ?? []).length;
    const findings = value.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
    return new Set(findings.map(({ osv, trace }) => `${osv} ${trace[0].module}`)).size;
  },
  semgrep: (text) => matches(text, /"check_id":/g) + matches(text, /"matchedDependency":/g),
  'dependency-check': (text) => matches(text, /<(?:suppressedV|v)ulnerability[\s>]/g),
  'dependency-track': (text) => matches(text, /"matrix"\s*:/g),
  github: (text) => matches(text, /"(?:securityVulnerability|most_recent_instance)"\s*:/g),
  openvex: (_, json) => lengthsOf(json(), 'products'),
  csaf: (_, json) => lengthsOf(json(), 'vulnerabilities'),
  cyclonedx: (text, json) =>
    text.startsWith('<') ? matches(text, /<(?:v:)?vulnerability[\s>]/g) : Math.max(lengthsOf(json(), 'affects'), 0),
};

test.each(files.filter((file) => Array.isArray(outcomes.get(file))))(
  '$file gives a row for each result that it states',
  (file) => {
    const rows = outcomes.get(file) as FindingRow[];
    const format = formatOf(new TextEncoder().encode(file.text).subarray(0, 65_536), file.file) ?? '';
    const count = format === '' ? () => 0 : stated[format];

    expect(count, `a count for ${format}`).toBeDefined();
    expect(rows.length).toBe(count?.(file.text, () => JSON.parse(file.text.replace(/^\ufeff/, ''))));
  },
);

test('numbers that the names of the files state', () => {
  const numberOf = (name: string) => {
    const file = files.find((each) => each.file === name);
    const rows = file === undefined ? undefined : outcomes.get(file);
    return Array.isArray(rows) ? rows.filter((row) => 'report' in row).length : rows;
  };

  expect(numberOf('npm_audit/one_vuln.json')).toBe(1);
  expect(numberOf('npm_audit/no_vuln.json')).toBe(0);
  expect(numberOf('npm_audit_7_plus/no_vuln.json')).toBe(0);
  expect(numberOf('pnpm_audit/pnpm_audit_no_vuln.json')).toBe(0);
  expect(numberOf('yarn_audit/yarn_audit_one_vul.json')).toBe(1);
  expect(numberOf('yarn_audit/yarn_audit_zero_vul.json')).toBe(0);
  expect(numberOf('pip_audit/zero_vulns_new.json')).toBe(0);
  expect(numberOf('govulncheck/no_vulns.json')).toBe(0);
  expect(numberOf('govulncheck/no_vulns_new_version.json')).toBe(0);
  expect(numberOf('dependency_check/single_vuln.xml')).toBe(1);
  expect(numberOf('dependency_check/dc_empty.xml')).toBe(0);
  expect(numberOf('dependency_track/one_finding.json')).toBe(1);
  expect(numberOf('github_vulnerability/github-0-vuln.json')).toBe(0);
  expect(numberOf('github_vulnerability/github-1-vuln.json')).toBe(1);
  expect(numberOf('openvex/openvex_no_vuln.json')).toBe(0);
  expect(numberOf('trivy/scheme_2_no_vuln.json')).toBe(0);
  expect(numberOf('cyclonedx/valid-vulnerability-1.4.json')).toBe(0);
});

test('the first report of each scanner reads as it is written down', async () => {
  const first = new Map<string, unknown>();
  for (const file of files) {
    const rows = outcomes.get(file);
    const folder = titleOf(file).split('/').slice(0, 2).join('/');
    const row = Array.isArray(rows) ? rows.find((each) => 'report' in each) : undefined;
    if (row !== undefined && 'report' in row && !first.has(folder))
      first.set(folder, { file: file.file, ...row.report });
  }

  await expect(`${JSON.stringify(Object.fromEntries(first), undefined, 2)}\n`).toMatchFileSnapshot(
    'testdata/finding-reports.expected.json',
  );
});

test('every report keeps to the bounds, names a component and has a key; every refused row says why', () => {
  for (const [file, rows] of outcomes) {
    if (!Array.isArray(rows)) continue;
    for (const row of rows) {
      if ('problems' in row) {
        expect(row.problems[0]?.message, titleOf(file)).toMatch(/\w{3}.*[.:]/s);
        continue;
      }
      expect(checkReport(row.report), titleOf(file)).toBe(row.report);
      expect(row.report.key).toMatch(/^\S+$/);
      expect(JSON.parse(row.original)).toBeDefined();
    }
  }
});

test('two results of a file share a key only when they say the same of the same place', () => {
  for (const [file, rows] of outcomes) {
    if (!Array.isArray(rows)) continue;
    const known = new Map<string, string>();
    for (const row of rows) {
      if (!('report' in row)) continue;
      const { report } = row;
      const key = report.key as string;
      const { purl, name, version } = report.component;
      const said = JSON.stringify([purl ?? name, version, report.aliases ?? report.title]);
      expect(known.get(key) ?? said, titleOf(file)).toBe(said);
      known.set(key, said);
    }
  }
});

test('read again, a file gives the same rows', async () => {
  for (const file of files.slice(0, 60)) expect(await rowsOf(file)).toEqual(outcomes.get(file));
});
