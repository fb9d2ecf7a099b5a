/**
 * `npm run bench -- match-labels`: the match index against labels that people gave to matches in container images. A label
 * is judged when the advisories in the repository speak of its vulnerability and of a package of its name. Labels name no
 * ecosystem, so each ecosystem whose advisory has such a package is tried.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Advisory } from '../src/domain/advisory/advisory.ts';
import { affects } from '../src/domain/advisory/affected.ts';
import { groupsOf } from '../src/domain/advisory/alias-group.ts';
import { build, type PackedIndex } from '../src/domain/advisory/match/packed-index.ts';
import { familyOf, identityOf, nameIn, type PackageIdentity } from '../src/domain/advisory/package.ts';
import { orderOf } from '../src/domain/advisory/version/order.ts';
import * as osv from '../src/formats/osv/document.ts';

interface Label {
  vulnerability: string;
  cve: string;
  package: string;
  version: string;
  label: 'TP' | 'FP' | '??';
}

export function run(): void {
  const advisories = advisoriesOf(join('sample', 'advisories'));
  const byName = new Map<string, Advisory[]>();
  const groups = new Map(groupsOf(advisories).flatMap((group) => group.members.map((id) => [id, group] as const)));
  for (const advisory of advisories) {
    for (const name of groups.get(advisory.id)?.members ?? [advisory.id]) {
      byName.set(name, [...(byName.get(name) ?? []), advisory]);
    }
  }
  const indexes = new Map<string, PackedIndex>();
  const indexOf = (family: string) => {
    const held = indexes.get(family) ?? build(family, advisories);
    indexes.set(family, held);
    return held;
  };

  const labels = labelsOf(join('bench', 'testdata', 'match-labels.csv.gz'));
  const counts = new Map<string, Counts>();
  let unreadable = 0;
  const wrong: string[] = [];
  for (const label of labels) {
    if (label.label === '??') continue;
    const speaking = new Set([...(byName.get(label.vulnerability) ?? []), ...(byName.get(label.cve) ?? [])]);
    const meant = [...speaking].flatMap((advisory) =>
      packagesNamed(advisory, label.package).map((of) => ({ advisory, of })),
    );
    if (meant.length === 0) continue;
    // A distribution's version of a package is no version of the language's own package.
    const readable = meant.filter(({ of }) => orderOf(of.ecosystem)?.isValid(label.version));
    if (readable.length === 0) {
      unreadable++;
      continue;
    }
    const isFound = readable.some(({ advisory, of }) => {
      const index = indexOf(familyOf(of.ecosystem));
      const rows: number[] = [];
      const end = index.find(of.ecosystem, of.name, label.version, rows);
      const found = rows.slice(0, end).some((row) => index.ids[index.advisoryOf(row)] === advisory.id);
      if (found !== (affects(advisory, of, label.version) !== undefined))
        throw new Error('The index and the rules differ.');
      return found;
    });
    const families = [...new Set(readable.map(({ of }) => familyOf(of.ecosystem)))].sort().join(' or ');
    for (const key of ['all', families]) {
      const count = counts.get(key) ?? { truePositive: 0, falseNegative: 0, falsePositive: 0, trueNegative: 0 };
      if (label.label === 'TP') count[isFound ? 'truePositive' : 'falseNegative']++;
      else count[isFound ? 'falsePositive' : 'trueNegative']++;
      counts.set(key, count);
    }
    if (isFound !== (label.label === 'TP')) {
      const what = isFound ? 'labelled false, and in the affected range of' : 'labelled true, and outside';
      wrong.push(`${label.package} ${label.version}: ${what} ${families} advisories`);
    }
  }
  console.log(
    `${labels.length} labels; ${unreadable} more have a version of another kind of package than the advisory's.`,
  );
  for (const [families, { truePositive, falseNegative, falsePositive, trueNegative }] of counts) {
    const judged = truePositive + falseNegative + falsePositive + trueNegative;
    const recall = percent(truePositive, truePositive + falseNegative);
    const precision = percent(truePositive, truePositive + falsePositive);
    console.log(
      `${families}: ${judged} judged, recall ${recall}, precision ${precision}, ${trueNegative} rightly not found`,
    );
  }
  console.log('Different from the label:');
  for (const [line, count] of [...counted(wrong)].sort(([, a], [, b]) => b - a)) console.log(`  ${count} x ${line}`);
}

interface Counts {
  truePositive: number;
  falseNegative: number;
  falsePositive: number;
  trueNegative: number;
}

function packagesNamed(advisory: Advisory, name: string): PackageIdentity[] {
  return (advisory.affected ?? []).flatMap(({ package: named }) => {
    if (named === undefined) return [];
    const identity = identityOf(named);
    const family = familyOf(identity.ecosystem);
    const own = nameIn(family, name);
    const isMeant = identity.name === own || (family === 'Maven' && identity.name.endsWith(`:${name}`));
    return isMeant ? [identity] : [];
  });
}

function advisoriesOf(folder: string): Advisory[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl.gz') && !file.startsWith('vulnrichment'))
    .flatMap((file) =>
      gunzipSync(readFileSync(join(folder, file)))
        .toString('utf8')
        .split('\n'),
    )
    .flatMap((text) => (text === '' ? [] : (osv.parse(text).advisory ?? [])));
}

function labelsOf(file: string): Label[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [, vulnerability = '', cve = '', name = '', version = '', label = '??'] = line.split(',');
    return { vulnerability, cve, package: name, version, label: label as Label['label'] };
  });
}

function counted(lines: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? 'not known' : `${((100 * part) / whole).toFixed(1)} % (${part} of ${whole})`;
}
