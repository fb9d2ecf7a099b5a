/**
 * `npm run bench -- match-rules [FOLDER]`: the packed index against the plain rules, on every advisory of the sample (or of
 * a folder of `.jsonl.gz`), at every version that is listed or bounds a range and at its neighbours: same advisories, same
 * certainty, same entry. Minutes of CPU; where a package has very many advisories and versions, a share of its versions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Advisory } from '../src/domain/advisory/advisory.ts';
import { affects } from '../src/domain/advisory/affected.ts';
import { build, familiesOf, packagesIn } from '../src/domain/advisory/match/packed-index.ts';

/** At most so many pairs of advisory and version are tried per package. */
const pairsMax = 6_000;

export function run([folder = join('sample', 'advisories')]: string[]): void {
  const families = new Map<string, Advisory[]>();
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.jsonl.gz') || file.startsWith('vulnrichment')) continue;
    for (const line of gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .split('\n')) {
      if (line === '') continue;
      const advisory = JSON.parse(line) as Advisory;
      for (const family of familiesOf(advisory)) {
        const held = families.get(family);
        if (held === undefined) families.set(family, [advisory]);
        else held.push(advisory);
      }
    }
  }
  let triples = 0;
  let found = 0;
  let different = 0;
  for (const [family, advisories] of families) {
    const index = build(family, advisories);
    const packages = new Map<string, { ecosystem: string; name: string; advisories: Set<Advisory> }>();
    for (const advisory of advisories) {
      for (const { ecosystem, name } of packagesIn(advisory, family)) {
        const key = `${ecosystem}\n${name}`;
        const held = packages.get(key);
        if (held === undefined) packages.set(key, { ecosystem, name, advisories: new Set([advisory]) });
        else held.advisories.add(advisory);
      }
    }
    for (const { ecosystem, name, advisories: speaking } of packages.values()) {
      const versions = [...versionsOf(speaking)];
      const step = Math.max(1, Math.ceil((versions.length * speaking.size) / pairsMax));
      const out: number[] = [];
      for (let at = 0; at < versions.length; at += step) {
        const version = versions[at]!;
        const end = index.find(ecosystem, name, version, out);
        const rows = new Map(out.slice(0, end).map((row) => [index.ids[index.advisoryOf(row)]!, row]));
        for (const advisory of speaking) {
          triples++;
          const expected = affects(advisory, { ecosystem, name }, version);
          const row = rows.get(advisory.id);
          const reason = row === undefined ? undefined : index.explain(row, version);
          if (expected !== undefined) found++;
          if (
            reason?.certainty === expected?.certainty &&
            reason?.entry === expected?.entry &&
            reason?.conflict === expected?.conflict
          )
            continue;
          if (different++ < 20) console.log(`${ecosystem} ${name}@${version} ${advisory.id}`, expected, reason);
        }
      }
    }
  }
  console.log(
    `${triples} (package version, advisory) pairs in ${families.size} ecosystems, ${found} of them matches: ${different} differences.`,
  );
}

function versionsOf(advisories: Iterable<Advisory>): Set<string> {
  const versions = new Set<string>(['0', 'latest', '99999']);
  for (const { affected } of advisories) {
    for (const { ranges, versions: listed } of affected ?? []) {
      for (const version of listed ?? []) versions.add(version);
      for (const { type, events } of ranges ?? []) {
        for (const event of events) {
          const version = event.introduced ?? event.fixed ?? event.last_affected ?? event.limit ?? '0';
          versions.add(version);
          if (type !== 'GIT') for (const near of ['.1', '-rc1', 'a', '.0']) versions.add(version + near);
        }
      }
    }
  }
  return versions;
}
