import type { Day, Instant } from '../instant.ts';
import type { Reason } from './affected.ts';
import { foldFacts } from './alias-facts.ts';
import type { Fact, Facts } from './fact.ts';
import type { Component, Inventory, VexStatement } from './inventory.ts';
import { type Match, Matcher } from './match/matcher.ts';
import type { Pack, PackedAdvisory } from './pack.ts';
import { familyOf, type PackageVersion, packagesOf } from './package.ts';
import { advance, type Clock, Clocks } from './priority/clock.ts';
import { type Asset, inputsOf } from './priority/inputs.ts';
import { compareWork, type Decision, decide, type Policy } from './priority/policy.ts';
import { type Standing, type Statements, statementsFor } from './vex.ts';

/** What an operator should do, in order of work, with the reasons. */
export interface PatchList {
  asOf: Day;
  policy: { name: string; version: string };
  items: PatchItem[];
  /** Matches that a VEX statement takes off the list, each with the statement. Never dropped without a trace. */
  setAside: SetAside[];
  /** What nobody can tell without looking: the version or the order of versions is not known. */
  undetermined: Undetermined[];
  /** Components that were not looked up, and why. */
  notChecked: NotChecked[];
  counts: {
    /** As the inventory lists them. */
    components: number;
    /** Different package versions among them. */
    packages: number;
    /** Package versions with at least one item. */
    affected: number;
    /** Vulnerabilities over all items, each counted once. */
    vulnerabilities: number;
  };
  /** From when days count: the clocks that were given, with what this list adds. The next list of the same system takes them. */
  clocks: Clock[];
  /** Packs that were asked, and the newest change they know of. */
  sources: { ecosystem: string; advisories: number; newest: Instant }[];
}

/** One package version that is installed, and what one upgrade of it does. */
export interface PatchItem {
  /** The component's package URL; the first in code unit order where several components are the same package. */
  purl: string;
  /** As advisories name it; a distribution's source package. */
  name: string;
  version: string;
  /** With its release. */
  ecosystem: string;
  /** The earliest named fix that leaves the fewest of the vulnerabilities open; absent when no fix is named. */
  upgradeTo?: string;
  remedy: 'upgrade' | 'remove' | 'none';
  advisories: PatchAdvisory[];
  /** How many of them the upgrade closes. */
  closes: number;
  /** Ids that would be open after the upgrade: not fixed by it, or only affecting that version. */
  leavesOpen: string[];
  /** The most urgent of its vulnerabilities decides. */
  decision: string;
  /** 0 is the most urgent. */
  rank: number;
  /** The earliest of its vulnerabilities': one upgrade closes them. */
  due?: Day;
  /** The due date was before the day of the list. */
  isOverdue: boolean;
  isForensicCheckDue: boolean;
  reasons: string[];
  /** Labels of inputs that were unknown for any of its vulnerabilities. */
  unknowns: string[];
  /** Where it occurs, in the inventory's own words, in code unit order; `count` where there are more than are listed. */
  components: { name: string; path: string; purl?: string }[];
  count: number;
  /** Every occurrence is for development or tests only. */
  isDevelopmentOnly: boolean;
}

/** One vulnerability of an item, under all its names. */
export interface PatchAdvisory {
  /** The name that stands for it: CVE where there is one. */
  id: string;
  /** Records that speak of this version, in code unit order. */
  records: string[];
  aliases: string[];
  summary: string;
  published?: Instant;
  modified: Instant;
  facts: Facts;
  decision: Decision;
  /** The first day on which a list of this system had it, for this package at any version. */
  firstListed: Day;
  /** Why it matches, per record. */
  matches: { record: string; reason: Reason; text: string }[];
  /** The earliest named version that closes it, whatever else is open there. */
  fixedIn?: string;
  isClosedByUpgrade: boolean;
  /** A statement that confirms it or says that it is being looked into. */
  vex?: Standing;
}

export interface SetAside {
  purl: string;
  name: string;
  version: string;
  id: string;
  records: string[];
  standing: Standing;
}

export interface Undetermined {
  purl: string;
  name: string;
  version: string;
  ecosystem: string;
  ids: string[];
  why: 'order_unknown' | 'version_unknown' | 'release_unknown';
  text: string;
}

export interface NotChecked {
  name: string;
  version: string;
  path: string;
  purl?: string;
  why: 'no_identity' | 'ecosystem_not_held';
  /** The ecosystem that is not held. */
  ecosystem?: string;
}

export interface PatchListInput {
  inventory: Inventory;
  packs: readonly Pack[];
  /** Statements beside those that the inventory itself carries. */
  vex?: readonly VexStatement[];
  policy: Policy;
  /** The day of the list, UTC: due dates count from it, or from earlier days that `clocks` know of. */
  asOf: Day;
  /** Of earlier lists of the same system; without them every due date counts from `asOf`. */
  clocks?: readonly Clock[];
  /** What the operator says of the system. Left out means unknown. */
  asset?: Asset;
  /** Vulnerabilities, counted once for each package version that has them, at most; `TooManyMatches` beyond. No end, when left out. */
  matchesMax?: number;
}

/** The list would grow beyond what its maker can hold: package versions times vulnerabilities. */
export class TooManyMatches extends Error {}

/** At most so many occurrences are listed per item. */
const occurrencesMax = 100;
/** At most so many later fixes are tried; beyond them the ones that close a vulnerability here are tried. */
const candidatesMax = 2_000;

/**
 * The ordered patch list of one inventory. Pure: the same inventory (in any order), packs, statements, policy, day,
 * clocks and asset give the same list (invariant I11). Throws `TooManyMatches` beyond `matchesMax`.
 */
export function build(input: PatchListInput): PatchList {
  const { inventory, policy, asOf } = input;
  // A pack without advisories can say nothing: its ecosystem is not held.
  const packs = input.packs
    .filter(({ advisoryCount }) => advisoryCount > 0)
    .sort((a, b) => compareText(a.ecosystem, b.ecosystem));
  const packOf = new Map(packs.map((pack) => [pack.index, pack]));
  const matcher = new Matcher(packs.map((pack) => pack.index));
  const isKevLoaded = input.packs.some((pack) => pack.isKevLoaded);
  const statements = statementsFor(inventory, [...inventory.vex, ...(input.vex ?? [])]);

  const { installed, notChecked } = distinctOf(inventory.components, matcher);
  const items: { item: PatchItem; work: Parameters<typeof compareWork>[0] }[] = [];
  const setAside: SetAside[] = [];
  const undetermined: Undetermined[] = [];
  const vulnerabilities = new Set<string>();
  const before = new Clocks(input.clocks);
  const after = new Clocks(input.clocks);
  let matches = 0;
  for (const one of installed) {
    const groups = groupMatches(matcher.matchPackages(one.packages), packOf);
    if (groups.length === 0) continue;
    matches += groups.length;
    if (input.matchesMax !== undefined && matches > input.matchesMax) throw new TooManyMatches();
    const open: Group[] = [];
    const unclear = new Map<Undetermined['why'], string[]>();
    for (const group of groups) {
      const standing = standingOf(one, group, statements);
      if (standing?.status === 'not_affected' || standing?.status === 'fixed') {
        setAside.push({ ...shown(one), id: group.id, records: group.records(), standing });
        continue;
      }
      const why = group.undeterminedBecause();
      if (why === undefined) open.push({ ...group, ...(standing === undefined ? {} : { standing }) });
      else unclear.set(why, [...(unclear.get(why) ?? []), group.id]);
    }
    for (const [why, ids] of unclear) {
      undetermined.push({
        ...shown(one),
        ecosystem: one.packages[0]!.ecosystem,
        ids: ids.sort(),
        why,
        text: unclearTexts[why],
      });
    }
    if (open.length === 0) continue;
    for (const group of open) vulnerabilities.add(group.id);
    const asset = input.asset ?? {};
    items.push(itemOf(one, open, { matcher, packOf, policy, asOf, asset, isKevLoaded, statements, before, after }));
  }
  items.sort((a, b) => compareWork(a.work, b.work));
  return {
    asOf,
    policy: { name: policy.name, version: policy.version },
    items: items.map(({ item }) => item),
    setAside: setAside.sort((a, b) => compareText(a.purl, b.purl) || compareText(a.id, b.id)),
    undetermined: undetermined.sort((a, b) => compareText(a.purl, b.purl) || compareText(a.why, b.why)),
    notChecked,
    counts: {
      components: inventory.components.length,
      packages: installed.length,
      affected: items.length,
      vulnerabilities: vulnerabilities.size,
    },
    clocks: after.all(),
    sources: packs.map(({ ecosystem, advisoryCount, newest }) => ({ ecosystem, advisories: advisoryCount, newest })),
  };
}

/** A package version, with everything in the inventory that is it. */
interface Installed {
  purl: string;
  packages: PackageVersion[];
  components: Component[];
}

/** Components that are the same package version, folded; in code unit order. */
function distinctOf(
  components: readonly Component[],
  matcher: Matcher,
): { installed: Installed[]; notChecked: NotChecked[] } {
  const byIdentity = new Map<string, Installed>();
  const notChecked: NotChecked[] = [];
  // Inventories repeat purls; each is read once.
  const seen = new Map<string, { version: string; commit: string | undefined; found: Installed | Unchecked }>();
  for (const component of components) {
    const { purl, version, commit } = component;
    const before = seen.get(purl ?? '');
    let found: Installed | Unchecked;
    if (before !== undefined && before.version === version && before.commit === commit) found = before.found;
    else {
      found = lookedUp(component, matcher, byIdentity);
      seen.set(purl ?? '', { version, commit, found });
    }
    if ('components' in found) found.components.push(component);
    else
      notChecked.push({
        name: component.name,
        version,
        path: component.path,
        ...(purl === undefined ? {} : { purl }),
        ...found,
      });
  }
  for (const one of byIdentity.values()) {
    one.components.sort((a, b) => compareText(a.path, b.path) || compareText(a.purl ?? '', b.purl ?? ''));
    one.purl = one.components
      .map((component) => component.purl ?? '')
      .reduce((a, b) => (a !== '' && (b === '' || a <= b) ? a : b));
    if (one.purl === '')
      one.purl = `${one.packages[0]!.ecosystem}/${one.packages[0]!.name}@${one.packages[0]!.version}`;
  }
  const installed = [...byIdentity].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
  notChecked.sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.version, b.version) || compareText(a.path, b.path),
  );
  return { installed, notChecked };
}

type Unchecked = Pick<NotChecked, 'why' | 'ecosystem'>;

/** What a component is, without the component itself; or why it is not looked up. */
function lookedUp(component: Component, matcher: Matcher, byIdentity: Map<string, Installed>): Installed | Unchecked {
  const packages = packagesOf(component);
  const covered = packages.filter((one) => matcher.isCovered(one.ecosystem));
  if (covered.length === 0) {
    const ecosystem = packages[0]?.ecosystem;
    return ecosystem === undefined
      ? { why: 'no_identity' }
      : { why: 'ecosystem_not_held', ecosystem: familyOf(ecosystem) };
  }
  const key = covered.map((one) => `${one.ecosystem}\n${one.name}\n${one.version}`).join('\n');
  let installed = byIdentity.get(key);
  if (installed === undefined) {
    installed = { purl: '', packages: covered, components: [] };
    byIdentity.set(key, installed);
  }
  return installed;
}

function shown(one: Installed): { purl: string; name: string; version: string } {
  const { name, version } = one.packages[0]!;
  return { purl: one.purl, name: name === '' ? one.components[0]!.name : name, version };
}

/** One vulnerability as matched by one or more records. */
interface Group {
  id: string;
  names: string[];
  matches: { match: Match; reason: Reason; advisory: PackedAdvisory }[];
  standing?: Standing;
  records(): string[];
  undeterminedBecause(): Undetermined['why'] | undefined;
}

/** Records of one vulnerability become one. Packs of two ecosystems may know different names of it. */
function groupMatches(matches: Match[], packOf: Map<Match['index'], Pack>): Group[] {
  const byName = new Map<string, { names: Set<string>; matches: Group['matches'] }>();
  for (const match of matches) {
    const advisory = packOf.get(match.index)!.at(match.index.advisoryOf(match.row));
    const reason = match.index.explain(match.row, match.package.version);
    if (reason === undefined) continue;
    let group = byName.get(advisory.group);
    for (const name of advisory.names) group ??= byName.get(name);
    group ??= { names: new Set(), matches: [] };
    for (const name of [advisory.group, ...advisory.names]) {
      const other = byName.get(name);
      if (other !== undefined && other !== group) {
        for (const one of other.names) {
          group.names.add(one);
          byName.set(one, group);
        }
        group.matches.push(...other.matches);
      }
      group.names.add(name);
      byName.set(name, group);
    }
    const isHeld = group.matches.some(
      (one) =>
        one.advisory.id === advisory.id && (one.reason.certainty === 'affected' || reason.certainty !== 'affected'),
    );
    if (!isHeld) group.matches.push({ match, reason, advisory });
  }
  return [...new Set(byName.values())]
    .map(({ names, matches: all }): Group => {
      all.sort(
        (a, b) =>
          compareText(a.advisory.id, b.advisory.id) ||
          compareText(a.match.package.ecosystem, b.match.package.ecosystem),
      );
      const certain = all.filter(({ reason, match }) => reason.certainty === 'affected' && !match.isReleaseUnknown);
      const held = certain.length > 0 ? certain : all;
      return {
        id: representativeOf(held.map(({ advisory }) => advisory.group)),
        names: [...names].sort(),
        matches: held,
        records: () => [...new Set(held.map(({ advisory }) => advisory.id))],
        undeterminedBecause() {
          if (certain.length > 0) return undefined;
          const { reason, match } = all[0]!;
          if (match.isReleaseUnknown) return 'release_unknown';
          return reason.by.kind === 'unknown' ? reason.by.why : 'version_unknown';
        },
      };
    })
    .sort((a, b) => compareText(a.id, b.id));
}

function representativeOf(ids: string[]): string {
  const sorted = [...new Set(ids)].sort();
  return sorted.find((id) => id.startsWith('CVE-')) ?? sorted.find((id) => id.startsWith('GHSA-')) ?? sorted[0]!;
}

/** What stands for all occurrences: the most cautious. One of which nobody speaks keeps the vulnerability on the list. */
function standingOf(one: Installed, group: Group, statements: Statements): Standing | undefined {
  const all = one.components.map((component) => statements.about(component, group.names));
  const warning = all.find((standing) => standing !== undefined && !isSilencing(standing));
  return warning ?? (all.includes(undefined) ? undefined : all[0]);
}

function isSilencing(standing: Standing): boolean {
  return standing.status === 'not_affected' || standing.status === 'fixed';
}

interface Setting {
  matcher: Matcher;
  packOf: Map<Match['index'], Pack>;
  policy: Policy;
  asOf: Day;
  asset: Asset;
  isKevLoaded: boolean;
  statements: Statements;
  before: Clocks;
  /** Takes up what is decided now. */
  after: Clocks;
}

function itemOf(
  one: Installed,
  groups: Group[],
  setting: Setting,
): { item: PatchItem; work: Parameters<typeof compareWork>[0] } {
  const { policy, asOf, asset, isKevLoaded, before, after } = setting;
  const { version, ecosystem, name: ownName } = groups[0]!.matches[0]!.match.package;
  const name = ownName === '' ? one.components[0]!.name : ownName;
  const upgrade = upgradeOf(one, groups, setting);
  const packages = one.packages.map((each) => `${familyOf(each.ecosystem)}/${each.name === '' ? name : each.name}`);
  const advisories = groups.map((group): { advisory: PatchAdvisory; work: Parameters<typeof compareWork>[0] } => {
    const { facts, newest } = mergedFacts(group);
    const clock = before.find(packages, group.names);
    const past = clock && { listed: clock.listed, decided: clock.decided[policy.name] ?? {} };
    const decision = decide(policy, inputsOf(facts, asset, isKevLoaded), asOf, past);
    const { listed, decided } = advance(policy, past, decision.rank, asOf);
    after.add({ package: packages[0]!, vulnerability: group.id, listed, decided: { [policy.name]: decided } });
    const fixedIn = upgrade?.fixedIn.get(group.id);
    const best = group.matches.find(({ advisory }) => advisory.id === group.id) ?? group.matches[0]!;
    const summary =
      best.advisory.summary !== ''
        ? best.advisory.summary
        : (group.matches.find((m) => m.advisory.summary !== '')?.advisory.summary ?? '');
    return {
      advisory: {
        id: group.id,
        records: group.records(),
        aliases: group.names.filter((alias) => alias !== group.id),
        summary,
        ...(best.advisory.published === undefined ? {} : { published: best.advisory.published }),
        modified: newest,
        facts,
        decision,
        firstListed: listed,
        matches: group.matches.map(({ advisory, reason, match }) => ({
          record: advisory.id,
          reason,
          text: textOf(reason, advisory.id, match.package),
        })),
        ...(fixedIn === undefined ? {} : { fixedIn }),
        isClosedByUpgrade: upgrade !== undefined && !upgrade.leavesOpen.includes(group.id),
        ...(group.standing === undefined ? {} : { vex: group.standing }),
      },
      work: workOf(decision, facts, group.id),
    };
  });
  advisories.sort((a, b) => compareWork(a.work, b.work));
  const first = advisories[0]!;
  const { decision } = first.advisory;
  // A less urgent one that was listed before may fall due first; the same upgrade closes it.
  const soonest = advisories.reduce((a, b) => (dueText(b.advisory.decision) < dueText(a.advisory.decision) ? b : a));
  const { due } = soonest.advisory.decision;
  const isMalicious = groups.some((group) => group.names.some((alias) => alias.startsWith('MAL-')));
  const remedy = upgrade !== undefined ? 'upgrade' : isMalicious ? 'remove' : 'none';
  const closes = advisories.filter(({ advisory }) => advisory.isClosedByUpgrade).length;
  const item: PatchItem = {
    purl: one.purl,
    name,
    version,
    ecosystem,
    ...(upgrade === undefined ? {} : { upgradeTo: upgrade.to }),
    remedy,
    advisories: advisories.map(({ advisory }) => advisory),
    closes,
    leavesOpen: upgrade?.leavesOpen ?? groups.map((group) => group.id),
    decision: decision.decision,
    rank: decision.rank,
    ...(due === undefined ? {} : { due }),
    isOverdue: due !== undefined && due < asOf,
    isForensicCheckDue: advisories.some(({ advisory }) => advisory.decision.isForensicCheckDue),
    reasons: [
      remedyText(remedy, name, upgrade, groups.length, closes),
      `${first.advisory.id}: ${decision.reasons[0] ?? ''}`,
      ...decision.reasons.slice(1),
      ...(soonest === first
        ? []
        : [
            `${soonest.advisory.id} is due before, on ${due}: ${soonest.advisory.decision.decision}.`,
            ...soonest.advisory.decision.reasons.slice(1).filter((reason) => !decision.reasons.includes(reason)),
          ]),
      // Points that nobody recorded were worked out; the sentences say from what.
      ...(first.advisory.facts.ssvc?.derivation ?? []),
      first.advisory.matches[0]!.text,
    ],
    unknowns: [...new Set(advisories.flatMap(({ advisory }) => advisory.decision.unknowns))].sort(),
    components: one.components.slice(0, occurrencesMax).map(({ name: own, path, purl }) => ({
      name: own,
      path,
      ...(purl === undefined ? {} : { purl }),
    })),
    count: one.components.length,
    isDevelopmentOnly: one.components.every((component) => component.isDevelopmentOnly === true),
  };
  const work = {
    ...first.work,
    decision: due === undefined ? decision : { ...decision, due },
    id: `${first.work.id} ${one.purl}`,
  };
  return { item, work };
}

const dueText = (decision: Decision) => decision.due ?? '9999-12-31';

function workOf(decision: Decision, facts: Facts, id: string): Parameters<typeof compareWork>[0] {
  const cvss = facts.cvss.map((fact) => fact.score);
  return {
    decision,
    isInKev: facts.kev !== undefined,
    ...(facts.epss === undefined ? {} : { epss: facts.epss.score }),
    ...(cvss.length === 0 ? {} : { cvss: Math.max(...cvss) }),
    id,
  };
}

/** Records of one vulnerability in one pack share their facts; those of two packs are folded. What is recorded beats what is derived. */
function mergedFacts(group: Group): { facts: Facts; newest: Instant } {
  const all = new Map<string, Fact>();
  let newest = '';
  for (const { advisory } of group.matches) {
    if (advisory.modified > newest) newest = advisory.modified;
    const { kev, epss, ssvc, cvss } = advisory.facts;
    for (const fact of [kev, epss, ssvc]) if (fact !== undefined) all.set(JSON.stringify(fact), fact);
    for (const fact of cvss) all.set(fact.vector, fact);
  }
  const sorted = [...all].sort(([a], [b]) => compareText(a, b)).map(([, fact]) => fact);
  const isRecorded = (fact: Fact) => fact.kind === 'ssvc' && fact.derivation === undefined;
  const hasRecorded = sorted.some(isRecorded);
  return {
    facts: foldFacts(sorted.filter((fact) => fact.kind !== 'ssvc' || !hasRecorded || isRecorded(fact))),
    newest,
  };
}

interface Upgrade {
  to: string;
  leavesOpen: string[];
  fixedIn: Map<string, string>;
}

/**
 * Of the named fixes later than what is installed, the one after which the fewest vulnerabilities are open, those that
 * only come with it included; among equals one that is no pre-release, then the earliest. Only a version that closes
 * something counts.
 */
function upgradeOf(one: Installed, groups: Group[], setting: Setting): Upgrade | undefined {
  const own = new Map<string, Group>();
  for (const group of groups) for (const alias of group.names) own.set(alias, group);
  const identities = new Map<string, { match: Match; of: PackageVersion }>();
  for (const group of groups) {
    for (const { match } of group.matches) {
      identities.set(`${match.package.ecosystem}\n${match.package.name}`, { match, of: match.package });
    }
  }
  // All identities of one component share its versions; the first that names fixes leads.
  let candidates: string[] = [];
  for (const { match, of } of identities.values()) {
    candidates = match.index.fixesAfter(of.ecosystem, of.name, of.version);
    if (candidates.length > 0) break;
  }
  if (candidates.length > candidatesMax) candidates = candidates.slice(0, candidatesMax);
  const fixedIn = new Map<string, string>();
  let best: { to: string; open: string[]; isEarly: boolean } | undefined;
  for (const candidate of candidates) {
    const open = openAt(one, [...identities.values()], candidate, own, setting);
    for (const group of groups) {
      if (!fixedIn.has(group.id) && !open.has(group.id)) fixedIn.set(group.id, candidate);
    }
    if (groups.every((group) => open.has(group.id))) continue;
    const isEarly = isPreRelease(candidate);
    const isBetter =
      best === undefined ||
      open.size < best.open.length ||
      (open.size === best.open.length && best.isEarly && !isEarly);
    if (isBetter) best = { to: candidate, open: [...open].sort(), isEarly };
  }
  return best === undefined ? undefined : { to: best.to, leavesOpen: best.open, fixedIn };
}

/** Ids of what would be open at a version: of the vulnerabilities at hand, and others that begin there. */
function openAt(
  one: Installed,
  identities: { match: Match; of: PackageVersion }[],
  version: string,
  own: Map<string, Group>,
  { packOf, statements }: Setting,
): Set<string> {
  const open = new Set<string>();
  const rows: number[] = [];
  for (const { match, of } of identities) {
    const pack = packOf.get(match.index)!;
    const end = match.index.find(of.ecosystem, of.name, version, rows);
    for (let index = 0; index < end; index++) {
      const advisory = pack.at(match.index.advisoryOf(rows[index]!));
      const group = own.get(advisory.group) ?? own.get(advisory.id);
      if (group !== undefined) open.add(group.id);
      else {
        const standing = statements.about(one.components[0]!, advisory.names);
        if (standing === undefined || !isSilencing(standing)) open.add(advisory.group);
      }
    }
  }
  return open;
}

/** By the words that SemVer, PEP 440, RubyGems and Maven use; a wrong guess only prefers another fix. */
function isPreRelease(version: string): boolean {
  return /(?:^|[\d.\-_])(?:a|alpha|b|beta|c|cr|rc|m|milestone|pre|preview|dev|snapshot)[-_.]?\d*(?:$|[.\-+])/i.test(
    version,
  );
}

function remedyText(
  remedy: PatchItem['remedy'],
  name: string,
  upgrade: Upgrade | undefined,
  count: number,
  closes: number,
): string {
  if (remedy === 'remove') return `Reported as malicious, and no clean later version is named: remove ${name}.`;
  if (upgrade === undefined) return `No fixed version of ${name} is named in the advisories held here.`;
  const what = `Upgrade ${name} to ${upgrade.to}: closes ${closes}${closes < count ? ` of ${count}` : ''}.`;
  return upgrade.leavesOpen.length === 0 ? what : `${what} Stays open: ${upgrade.leavesOpen.join(', ')}.`;
}

const unclearTexts: Record<Undetermined['why'], string> = {
  order_unknown:
    'How versions of this ecosystem are ordered is not known here, so the affected range cannot be judged.',
  version_unknown: 'The inventory gives no version that can be placed in the affected range.',
  release_unknown: 'The inventory does not say which release of the distribution this package belongs to.',
};

/** Why a record speaks of a version, in one plain sentence. */
export function textOf(reason: Reason, record: string, of: PackageVersion): string {
  const { by } = reason;
  const what = `${record}, entry ${reason.entry + 1}`;
  if (by.kind === 'unknown') return `${what}: ${unclearTexts[by.why]}`;
  const conflict =
    reason.conflict === 'not_listed'
      ? " The entry's own list of versions does not name it; the range counts."
      : reason.conflict === 'not_in_range'
        ? " The entry's own ranges leave it out; the list counts."
        : '';
  if (by.kind === 'list') return `${what}: lists version ${by.listed} of ${of.name}.${conflict}`;
  const from = by.introduced === '0' ? 'every version' : `versions from ${by.introduced}`;
  const to =
    by.end === undefined
      ? ', with no fix named'
      : by.end.kind === 'last_affected'
        ? ` up to and including ${by.end.version}`
        : ` before ${by.end.version}${by.end.kind === 'fixed' ? ', where it is fixed' : ''}`;
  return `${what}: ${from}${to}; ${of.name} is at ${of.version}.${conflict}`;
}

/** What is different between two lists, as of one vulnerability of one package. */
export interface Change {
  ecosystem: string;
  name: string;
  id: string;
  before?: { version: string; decision: string; due?: Day };
  after?: { version: string; decision: string; due?: Day };
}

/**
 * What became new, what is gone, and what is decided otherwise, from one list to a later one; in the order of the lists.
 * A due date alone is no change.
 */
export function compare(
  before: PatchList,
  after: PatchList,
): { appeared: Change[]; gone: Change[]; changed: Change[] } {
  const was = linesOf(before);
  const is = linesOf(after);
  const appeared: Change[] = [];
  const changed: Change[] = [];
  for (const [key, { of, state }] of is) {
    const earlier = was.get(key);
    if (earlier === undefined) appeared.push({ ...of, after: state });
    else if (earlier.state.decision !== state.decision) changed.push({ ...of, before: earlier.state, after: state });
  }
  const gone = [...was].filter(([key]) => !is.has(key)).map(([, { of, state }]) => ({ ...of, before: state }));
  return { appeared, gone, changed };
}

type State = { version: string; decision: string; due?: Day };

/** Several versions of one package count as one line, at the most urgent. */
function linesOf(list: PatchList): Map<string, { of: { ecosystem: string; name: string; id: string }; state: State }> {
  const lines = new Map<string, { of: { ecosystem: string; name: string; id: string }; state: State }>();
  for (const { ecosystem, name, version, advisories } of list.items) {
    for (const { id, decision } of advisories) {
      const key = `${ecosystem}\n${name}\n${id}`;
      if (lines.has(key)) continue;
      const due = decision.due === undefined ? {} : { due: decision.due };
      lines.set(key, { of: { ecosystem, name, id }, state: { version, decision: decision.decision, ...due } });
    }
  }
  return lines;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
