/**
 * `npm run bench -- match [text]`: the match index beside a linear scan with `semver` and `@renovatebot/pep440`, on the
 * same advisories and components in the same run. Rates are per second of CPU time, medians of interleaved rounds.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import * as pep440 from '@renovatebot/pep440';
import semver from 'semver';
import type { Advisory, Affected } from '../src/domain/advisory/advisory.ts';
import type { Reason } from '../src/domain/advisory/affected.ts';
import { groupsOf } from '../src/domain/advisory/alias-group.ts';
import { Matcher } from '../src/domain/advisory/match/matcher.ts';
import { build, familiesOf, load, type PackedIndex } from '../src/domain/advisory/match/packed-index.ts';
import { Registered } from '../src/domain/advisory/match/registered.ts';
import { open, type Pack, write } from '../src/domain/advisory/pack.ts';
import { familyOf, identityOf, type PackageVersion, packagesOf } from '../src/domain/advisory/package.ts';
import * as patchList from '../src/domain/advisory/patch-list.ts';
import { builtInPolicies } from '../src/domain/advisory/priority/built-in.ts';
import { read as readInventory } from '../src/formats/inventory.ts';
import * as osv from '../src/formats/osv/document.ts';

const peers = new Set(['npm', 'Go', 'crates.io', 'Bitnami', 'PyPI']);

export async function run(args: string[]): Promise<void> {
  benchText(samplePacks(), realMix());
  if (args[0] === 'text') return;
  const advisories = sampleAdvisories();
  const families = byFamily(advisories);
  heading('Index');
  const indexes = new Map<string, PackedIndex>();
  let rows = 0;
  const builtIn = cpu(() => {
    for (const [family, list] of families) {
      const index = build(family, list);
      indexes.set(family, index);
      rows += index.rowTotal;
    }
  });
  line('sample advisories', `${advisories.length} in ${families.size} ecosystems, ${rows} rows`);
  line('index built', `${seconds(builtIn)}, ${rate(rows / builtIn)} rows`);
  line(
    'memory of all indexes',
    `${([...indexes.values()].reduce((sum, index) => sum + index.byteSize, 0) / 1e6).toFixed(1)} MB in typed arrays; process ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB with the advisories`,
  );
  benchPack(families);

  const hot = hotSet(families);
  const mix = realMix();
  benchHot(indexes, families, hot);
  benchMix(indexes, families, mix);
  benchInverse(advisories, mix);
  benchScale(families);
}

/** Linear scan as people write it: a map to the package's advisories, then each event compared by the library. */
class LinearScan {
  private readonly entries = new Map<string, { id: string; affected: Affected }[]>();

  constructor(families: Map<string, Advisory[]>) {
    for (const [family, list] of families) {
      if (!peers.has(family)) continue;
      for (const advisory of list) {
        if (advisory.withdrawn !== undefined) continue;
        for (const affected of advisory.affected ?? []) {
          if (affected.package === undefined) continue;
          const { ecosystem, name } = identityOf(affected.package);
          const key = `${ecosystem}\n${name}`;
          const held = this.entries.get(key);
          if (held === undefined) this.entries.set(key, [{ id: advisory.id, affected }]);
          else held.push({ id: advisory.id, affected });
        }
      }
    }
  }

  boundsOf({ ecosystem, name }: PackageVersion, id: string): string[] {
    return (this.entries.get(`${ecosystem}\n${name}`) ?? [])
      .filter((entry) => entry.id === id)
      .flatMap(({ affected }) => affected.ranges ?? [])
      .flatMap(({ type, events }) => (type === 'GIT' ? [] : events))
      .map((event) => event.introduced ?? event.fixed ?? event.last_affected ?? '');
  }

  find({ ecosystem, name, version }: PackageVersion): string[] {
    const found = new Set<string>();
    const isAtLeast =
      ecosystem === 'PyPI'
        ? (a: string, b: string) => pep440.valid(a) !== null && pep440.valid(b) !== null && pep440.gte(a, b)
        : (a: string, b: string) => isReadable(ecosystem, b) && semver.gte(a, b, { loose: true });
    for (const { id, affected } of this.entries.get(`${ecosystem}\n${name}`) ?? []) {
      if (found.has(id)) continue;
      if (affected.versions?.includes(version) || inRanges(affected, version, isAtLeast)) found.add(id);
    }
    return [...found].sort();
  }
}

function inRanges(affected: Affected, version: string, isAtLeast: (a: string, b: string) => boolean): boolean {
  for (const range of affected.ranges ?? []) {
    if (range.type === 'GIT') continue;
    let isVulnerable = false;
    const events = range.events.length > 2 ? sorted(range.events, isAtLeast) : range.events;
    for (const event of events) {
      if (event.introduced !== undefined) {
        if (event.introduced === '0' || isAtLeast(version, event.introduced)) isVulnerable = true;
      } else if (event.fixed !== undefined) {
        if (isAtLeast(version, event.fixed)) isVulnerable = false;
      } else if (event.last_affected !== undefined) {
        if (isAtLeast(version, event.last_affected) && !isAtLeast(event.last_affected, version)) isVulnerable = false;
      }
    }
    if (isVulnerable) return true;
  }
  return false;
}

/** The specification asks for the events in order; sources that write several pairs do not all keep it. */
function sorted(
  events: NonNullable<Affected['ranges']>[number]['events'],
  isAtLeast: (a: string, b: string) => boolean,
) {
  const at = (event: (typeof events)[number]) => event.introduced ?? event.fixed ?? event.last_affected ?? '';
  return [...events].sort((a, b) => {
    if (a.introduced === '0' || b.introduced === '0') return a.introduced === '0' ? -1 : 1;
    return at(a) === at(b) ? 0 : isAtLeast(at(a), at(b)) ? 1 : -1;
  });
}

/** Every package with 50 advisories and more, at every version that they name and the library can read. */
function hotSet(families: Map<string, Advisory[]>): PackageVersion[] {
  const versions = new Map<string, { of: PackageVersion; advisories: number; all: Set<string> }>();
  for (const [family, list] of families) {
    if (!peers.has(family)) continue;
    for (const { affected } of list) {
      for (const entry of affected ?? []) {
        if (entry.package === undefined) continue;
        const identity = identityOf(entry.package);
        if (familyOf(identity.ecosystem) !== family) continue;
        const key = `${identity.ecosystem}\n${identity.name}`;
        let held = versions.get(key);
        if (held === undefined) {
          held = { of: { ...identity, version: '' }, advisories: 0, all: new Set() };
          versions.set(key, held);
        }
        held.advisories++;
        for (const version of entry.versions ?? []) held.all.add(version);
        for (const range of entry.ranges ?? []) {
          for (const event of range.events) held.all.add(event.introduced ?? event.fixed ?? event.last_affected ?? '0');
        }
      }
    }
  }
  const pairs: PackageVersion[] = [];
  for (const { of, advisories, all } of versions.values()) {
    if (advisories < 50) continue;
    for (const version of all) if (isReadable(of.ecosystem, version)) pairs.push({ ...of, version });
  }
  return shuffled(pairs);
}

/** What the library of the linear scan can read at all. */
function isReadable(ecosystem: string, version: string): boolean {
  return ecosystem === 'PyPI' ? pep440.valid(version) !== null : semver.valid(version, { loose: true }) !== null;
}

function benchHot(indexes: Map<string, PackedIndex>, families: Map<string, Advisory[]>, hot: PackageVersion[]): void {
  heading('Packages with 50 advisories and more (package and version already apart)');
  const linear = new LinearScan(families);
  const few = hot.slice(0, 1_200);
  const out: number[] = [];
  const ours = (pairs: PackageVersion[]) => {
    let found = 0;
    for (const { ecosystem, name, version } of pairs) {
      found += indexes.get(familyOf(ecosystem))!.find(ecosystem, name, version, out);
    }
    return found;
  };
  const cold = cpu(() => ours(hot));
  const rounds = Array.from({ length: 3 }, (_, round) => {
    const part = few.slice(round * 400, round * 400 + 400);
    const linearRate = part.length / cpu(() => part.map((pair) => linear.find(pair)));
    let times = 0;
    const spent = cpu(() => {
      for (; times < 20; times++) ours(hot);
    });
    return { ours: (times * hot.length) / spent, linear: linearRate };
  });
  line(
    'components',
    `${hot.length}, ${(ours(hot) / hot.length).toFixed(1)} findings each; linear scan on ${few.length} of them`,
  );
  line('our index, first time (segments laid out)', `${rate(hot.length / cold)} components`);
  report(rounds, 200);
  const differences = few.flatMap((pair) => differencesOf(indexes, linear, pair));
  reportDifferences(differences, few.length);
}

function benchMix(indexes: Map<string, PackedIndex>, families: Map<string, Advisory[]>, mix: string[]): void {
  heading('Real mix (package URLs of real SBOMs and lockfiles, mostly without findings)');
  const linear = new LinearScan(families);
  const matcher = new Matcher(indexes.values());
  const rows: number[] = [];
  const found: PackedIndex[] = [];
  const purls = mix.filter((purl) => packagesOf({ purl }).some(({ ecosystem }) => peers.has(familyOf(ecosystem))));
  const split = new Map(purls.map((purl) => [purl, packagesOf({ purl })[0]!]));
  // The linear scan is given package and version apart and at no cost; ours starts from the package URL's text.
  const apart = purls
    .map((purl) => split.get(purl)!)
    .map((one) => ({ ...one, isReadable: isReadable(one.ecosystem, one.version) }));
  const rounds = Array.from({ length: 5 }, () => {
    let findings = 0;
    const linearSpent = cpu(() => {
      for (const one of apart) if (one.isReadable) findings += linear.find(one).length;
    });
    const spent = cpu(() => {
      for (const purl of purls) findings += matcher.find(purl, rows, found);
    });
    if (findings < 0) throw new Error('unreachable');
    return { ours: purls.length / spent, linear: purls.length / linearSpent };
  });
  const unreadable = new Set(apart.filter((one) => !one.isReadable).map((one) => `${one.ecosystem} ${one.version}`));
  let findings = 0;
  for (const purl of purls) findings += matcher.find(purl, rows, found);
  line(
    'components',
    `${purls.length} (${split.size} different), ${findings} findings; versions that the library cannot read: ${unreadable.size}`,
  );
  report(rounds, 3);
  const differences = [...split.values()].flatMap((pair) =>
    isReadable(pair.ecosystem, pair.version) ? differencesOf(indexes, linear, pair) : [],
  );
  reportDifferences(differences, split.size);
}

function differencesOf(indexes: Map<string, PackedIndex>, linear: LinearScan, pair: PackageVersion): string[] {
  const index = indexes.get(familyOf(pair.ecosystem));
  const out: number[] = [];
  const end = index?.find(pair.ecosystem, pair.name, pair.version, out) ?? 0;
  const ours = new Set(out.slice(0, end).map((row) => index!.ids[index!.advisoryOf(row)]!));
  const theirs = new Set(linear.find(pair));
  const only = [...new Set([...ours, ...theirs])].filter((id) => ours.has(id) !== theirs.has(id)).sort();
  return only.map((id) => {
    const row = out.slice(0, end).find((one) => index!.ids[index!.advisoryOf(one)] === id);
    const reason = row === undefined ? undefined : index!.explain(row, pair.version);
    const who = ours.has(id) ? 'ours only' : 'linear only';
    return `${pair.ecosystem} ${pair.name}@${pair.version} ${id}: ${who}: ${whyDifferent(linear, pair, id, reason)}`;
  });
}

function reportDifferences(differences: string[], of: number): void {
  const reasons = new Map<string, string[]>();
  for (const difference of differences) {
    const reason = /the same version|cannot read|NOT EXPLAINED/.exec(difference)?.[0] ?? 'NOT EXPLAINED';
    reasons.set(reason, [...(reasons.get(reason) ?? []), difference]);
  }
  const unexplained = reasons.get('NOT EXPLAINED')?.length ?? 0;
  line('different answers', `${differences.length} findings in ${of} components, ${unexplained} not explained`);
  for (const list of reasons.values()) console.log(`    ${list.length} such as ${list[0]}`);
}

function whyDifferent(linear: LinearScan, pair: PackageVersion, id: string, reason: Reason | undefined): string {
  if (reason?.by.kind === 'list' && reason.by.listed !== pair.version) {
    return `listed as ${reason.by.listed}, which is the same version; the linear scan compares texts`;
  }
  const unreadable = linear.boundsOf(pair, id).filter((bound) => bound !== '0' && !isReadable(pair.ecosystem, bound));
  return unreadable.length > 0 ? `the library cannot read ${unreadable.join(', ')}` : 'NOT EXPLAINED';
}

/**
 * The product's own path, as the browser's worker and `assay scan` go it: bytes -> `inventory.read` -> components -> matches over
 * opened packs. Of each round the heap is cleared first and collections during the work count; the advisories are not in memory.
 */
function benchText(packs: Pack[], mix: string[]): void {
  heading('SBOM bytes to findings (packs opened, nothing else in memory)');
  const matcher = new Matcher(packs.map(({ index }) => index));
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
      version: 1,
      components: mix.map((purl, number) => componentOf(purl, number)),
    }),
  );
  const decode = () => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const text = decode();
  const rows: number[] = [];
  const found: PackedIndex[] = [];
  const components = () => {
    const answer = readInventory(bytes, 'bom.json');
    if ('problems' in answer) throw new Error(answer.problems[0]?.message);
    return answer.inventory.components;
  };
  const works = {
    parseText: () => JSON.parse(text),
    parse: () => JSON.parse(decode()),
    read: components,
    findings: () => {
      // As a patch list does: a package URL that stands there again is not looked up again.
      const seen = new Set<string | undefined>();
      for (const { purl } of components()) {
        if (purl === undefined || seen.has(purl)) continue;
        seen.add(purl);
        matcher.find(purl, rows, found);
      }
    },
    everyOne: () => {
      for (const { purl } of components()) if (purl !== undefined) matcher.find(purl, rows, found);
    },
    list: () => {
      const answer = readInventory(bytes, 'bom.json');
      if ('problems' in answer) throw new Error(answer.problems[0]?.message);
      patchList.build({ inventory: answer.inventory, packs, policy: builtInPolicies[0]!, asOf: '2026-11-23' });
    },
  };
  const spent = new Map<keyof typeof works, number[]>();
  for (let round = -2; round < 5; round++) {
    for (const [name, work] of Object.entries(works) as [keyof typeof works, () => unknown][]) {
      collect();
      const each = cpu(() => [work(), work(), work()].length) / 3;
      // The first two warm up.
      if (round >= 0) spent.set(name, [...(spent.get(name) ?? []), each]);
    }
  }
  const megabytes = bytes.length / 1e6;
  const of = (name: keyof typeof works) => median(spent.get(name)!);
  const share = (name: keyof typeof works) =>
    `${rate(mix.length / of(name))} components; ${((100 * of('parse')) / of(name)).toFixed(0)} % of JSON.parse`;
  line('document', `${mix.length} components, ${new Set(mix).size} different, ${megabytes.toFixed(1)} MB`);
  line('JSON.parse of the bytes, decoded', `${rate(mix.length / of('parse'))} components`);
  line('  of the text, decoded at no cost', `${rate(mix.length / of('parseText'))} components`);
  line('bytes to findings', `${share('findings')} (goal 80 %)`);
  line('  beside JSON.parse of the decoded text', `${((100 * of('parseText')) / of('findings')).toFixed(0)} %`);
  line('bytes to components', share('read'));
  line('bytes to findings, repeats looked up too', share('everyOne'));
  line('bytes to the ordered list with decisions', share('list'));
}

/** About as much text per component as generators write. */
function componentOf(purl: string, number: number) {
  const at = purl.lastIndexOf('@');
  const name = purl.slice(purl.lastIndexOf('/', at) + 1, at > 0 ? at : undefined);
  return {
    'bom-ref': `${purl}-${number}`,
    type: 'library',
    name,
    version: at > 0 ? purl.slice(at + 1) : '',
    description: 'A component, described in as many words as generators of bills of materials tend to copy from it.',
    hashes: [{ alg: 'SHA-256', content: number.toString(16).padStart(64, 'a7') }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
    purl,
    externalReferences: [{ type: 'vcs', url: `https://example.org/${name}.git` }],
    properties: [{ name: 'example:package:type', value: 'library' }],
  };
}

function benchInverse(advisories: Advisory[], mix: string[]): void {
  heading('A new advisory against everybody: 4,000 owners of 1,500 components');
  const registered = new Registered();
  const distinct = [...new Set(mix), ...affectedPurls(advisories)];
  let seed = 7;
  const next = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed;
  };
  const filled = cpu(() => {
    for (let owner = 0; owner < 4_000; owner++) {
      for (let component = 0; component < 1_500; component++) {
        registered.add(owner, distinct[next() % distinct.length]!);
      }
    }
  });
  line('registered', `${registered.size} components, ${registered.distinct} different, in ${seconds(filled)}`);
  const some = advisories.filter((_, index) => index % 7 === 0);
  const times: number[] = [];
  let most = 0;
  let hits = 0;
  // A first pass for the compiler; and what filling left behind is not for the questions to clear.
  for (const advisory of some) registered.affectedBy(advisory);
  collect();
  for (const advisory of some) {
    let owners: Int32Array = new Int32Array();
    times.push(
      1000 *
        cpu(() => {
          owners = registered.affectedBy(advisory).owners;
        }),
    );
    most = Math.max(most, owners.length);
    if (owners.length > 0) hits++;
  }
  times.sort((a, b) => a - b);
  line('advisories tried', `${some.length}, ${hits} with owners, at most ${most} owners`);
  line(
    'CPU time',
    `median ${times[times.length >> 1]!.toFixed(3)} ms, p99 ${times[Math.floor(times.length * 0.99)]!.toFixed(2)} ms (goal 10 ms), longest ${times.at(-1)!.toFixed(2)} ms`,
  );
}

/** Versions that advisories name, as package URLs. */
function affectedPurls(advisories: Advisory[]): string[] {
  const purls = new Set<string>();
  const types: Record<string, string> = { PyPI: 'pypi', npm: 'npm', 'crates.io': 'cargo', Bitnami: 'bitnami' };
  for (const { affected } of advisories) {
    for (const { package: named, versions, ranges } of affected ?? []) {
      const type = types[named?.ecosystem ?? ''];
      if (type === undefined) continue;
      const version = versions?.[0] ?? ranges?.[0]?.events.find((event) => event.introduced !== '0')?.introduced;
      if (version !== undefined) purls.add(`pkg:${type}/${named!.name.replace('@', '%40')}@${version}`);
    }
  }
  return [...purls];
}

/** The sample under other package names, until there are 300,000 rows. */
function benchScale(families: Map<string, Advisory[]>): void {
  heading('300,000 rows (the sample again and again, under other package names)');
  const list = families.get('PyPI')!;
  const copies: Advisory[] = [];
  let rows = 0;
  for (let copy = 0; rows < 300_000; copy++) {
    for (const advisory of list) {
      const affected = advisory.affected?.map((one) =>
        one.package === undefined ? one : { ...one, package: { ...one.package, name: `${one.package.name}-${copy}` } },
      );
      copies.push({ ...advisory, id: `${advisory.id}-${copy}`, ...(affected === undefined ? {} : { affected }) });
      rows++;
    }
  }
  const before = memory();
  let index!: PackedIndex;
  const spent = cpu(() => {
    index = build('PyPI', copies);
  });
  const after = memory();
  line(
    'built',
    `${index.rowTotal} rows, ${index.packageCount} packages, ${index.intervalTotal} intervals in ${seconds(spent)} (goal 30 s)`,
  );
  line(
    'memory',
    `${(after - before).toFixed(0)} MB held, of which typed arrays ${(index.byteSize / 1e6).toFixed(0)} MB`,
  );
  const ofPackage = copies.filter((advisory) => advisory.affected?.[0]?.package?.name === 'django-0');
  const updated = cpu(() => index.update({ ecosystem: 'PyPI', name: 'django-0' }, ofPackage));
  line('one package updated', `${ofPackage.length} advisories in ${(updated * 1000).toFixed(1)} ms`);
  const bytes = index.save();
  const start = performance.now();
  const loaded = load(bytes);
  if ('problem' in loaded) throw new Error(loaded.problem);
  line(
    'saved and loaded',
    `${(bytes.length / 1e6).toFixed(1)} MB, loaded in ${(performance.now() - start).toFixed(0)} ms`,
  );
}

function benchPack(families: Map<string, Advisory[]>): void {
  const [ecosystem, advisories] = [...families].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  const groups = new Map(
    groupsOf(advisories).flatMap((group) => group.members.map((member) => [member, group] as const)),
  );
  let bytes: Uint8Array = new Uint8Array();
  const written = cpu(() => {
    bytes = write({
      ecosystem,
      advisories,
      groupOf: (id) => groups.get(id),
      factsOf: () => ({ cvss: [] }),
      isKevLoaded: false,
      builtOn: '2026-11-23',
    });
  });
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    if ('problem' in open(bytes)) throw new Error('The pack does not open.');
    return performance.now() - start;
  });
  line(
    `largest pack, ${ecosystem}`,
    `${advisories.length} advisories, ${(bytes.length / 1e6).toFixed(1)} MB, written in ${seconds(written)}, opened in ${median(times).toFixed(0)} ms (goal 1 s)`,
  );
  const result = open(bytes);
  if ('problem' in result) throw new Error(result.problem);
  const inventory = {
    format: 'bench',
    components: hotSet(new Map([[ecosystem, advisories]]))
      .slice(0, 200)
      .map(({ name, version }, number) => ({
        name,
        version,
        purl: `pkg:${ecosystem.toLowerCase()}/${name}@${version}`,
        path: `components[${number}]`,
      })),
    vex: [],
    problems: [],
  };
  const listed = cpu(() =>
    patchList.build({ inventory, packs: [result.pack], policy: builtInPolicies[0]!, asOf: '2026-11-23' }),
  );
  line('  patch list of 200 of its worst package versions', seconds(listed));
}

/** Without facts: they do not take part in matching. */
function samplePacks(): Pack[] {
  return [...byFamily(sampleAdvisories())].map(([ecosystem, advisories]) => {
    const groups = new Map(groupsOf(advisories).flatMap((group) => group.members.map((id) => [id, group] as const)));
    const result = open(
      write({
        ecosystem,
        advisories,
        groupOf: (id) => groups.get(id),
        factsOf: () => ({ cvss: [] }),
        isKevLoaded: false,
        builtOn: '2026-11-23',
      }),
    );
    if ('problem' in result) throw new Error(result.problem);
    return result.pack;
  });
}

function sampleAdvisories(): Advisory[] {
  const folder = join(root(), 'sample', 'advisories');
  const advisories: Advisory[] = [];
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.jsonl.gz') || file.startsWith('vulnrichment')) continue;
    for (const text of gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .split('\n')) {
      if (text === '') continue;
      const { advisory } = osv.parse(text);
      if (advisory !== undefined) advisories.push(advisory);
    }
  }
  return advisories;
}

function byFamily(advisories: Advisory[]): Map<string, Advisory[]> {
  const families = new Map<string, Advisory[]>();
  for (const advisory of advisories) {
    for (const family of familiesOf(advisory)) {
      const list = families.get(family);
      if (list === undefined) families.set(family, [advisory]);
      else list.push(advisory);
    }
  }
  return families;
}

/** Package URLs of real SBOMs, lockfiles and reports, over and over to 27,000 in a fixed shuffled order. */
function realMix(): string[] {
  const file = join(root(), 'bench', 'testdata', 'real-purls.txt.gz');
  const purls = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const mix: string[] = [];
  while (mix.length < 27_000) mix.push(...purls);
  return shuffled(mix.slice(0, 27_000));
}

function root(): string {
  let at = process.cwd();
  while (!existsSync(join(at, 'package.json'))) at = join(at, '..');
  return at;
}

function shuffled<T>(items: T[]): T[] {
  let seed = 1;
  for (let at = items.length - 1; at > 0; at--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    const other = seed % (at + 1);
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}

function report(rounds: { ours: number; linear: number }[], goal: number): void {
  line('our index', `${rate(median(rounds.map((round) => round.ours)))} components`);
  line('linear scan (semver, pep440)', `${rate(median(rounds.map((round) => round.linear)))} components`);
  line('ratio', `${median(rounds.map((round) => round.ours / round.linear)).toFixed(1)} (goal ${goal})`);
}

/** CPU seconds of user and system. */
function cpu(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function memory(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function line(what: string, value: string): void {
  console.log(`  ${what.padEnd(44)} ${value}`);
}

function seconds(value: number): string {
  return `${value.toFixed(2)} CPU-s`;
}

function rate(perSecond: number): string {
  const text =
    perSecond >= 1e6
      ? `${(perSecond / 1e6).toFixed(2)} M`
      : perSecond >= 1e3
        ? `${(perSecond / 1e3).toFixed(1)} k`
        : perSecond.toFixed(0);
  return `${text}/CPU-s`;
}
