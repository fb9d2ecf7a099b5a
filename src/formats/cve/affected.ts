/** The `affected` entries of a CVE record as OSV ranges, by the record format's own algorithm (schema, `product.versions`). */
import type { Affected, AffectedPackage, Range, RangeEvent } from '../../domain/advisory/advisory.ts';
import { packagesOf } from '../../domain/advisory/package.ts';
import { type Order, orderOf } from '../../domain/advisory/version/order.ts';
import { arrayOf, isObject, type JsonObject, stringOf } from '../json.ts';

/** Package collections that OSV knows, by the host of `collectionURL`. */
const ecosystemByHost: Record<string, string> = {
  'pypi.python.org': 'PyPI',
  'pypi.org': 'PyPI',
  'registry.npmjs.org': 'npm',
  'www.npmjs.com': 'npm',
  'npmjs.com': 'npm',
  'repo.maven.apache.org': 'Maven',
  'repo1.maven.org': 'Maven',
  'search.maven.org': 'Maven',
  'rubygems.org': 'RubyGems',
  'crates.io': 'crates.io',
  'packagist.org': 'Packagist',
  'www.nuget.org': 'NuGet',
  'nuget.org': 'NuGet',
  'hex.pm': 'Hex',
  'pub.dev': 'Pub',
  'hackage.haskell.org': 'Hackage',
  'pkg.go.dev': 'Go',
};

/** Ecosystems whose order a `versionType` names. */
const ecosystemByType: Record<string, string> = { semver: 'npm', maven: 'Maven', python: 'PyPI', rpm: 'Red Hat' };

interface Entry {
  version: string;
  status: string;
  type: string | undefined;
  lessThan: string | undefined;
  lessThanOrEqual: string | undefined;
  changes: { at: string; status: string }[];
}

/** The comparison of bounds against each other is quadratic. */
const boundsMax = 2_000;

/**
 * One product as OSV states it. What cannot be said in OSV events (an order nobody defines, a range that starts after a
 * version) is kept as it stands in `database_specific.versions`; nothing is guessed.
 */
export function affectedOf(product: JsonObject): Affected | undefined {
  const entries = arrayOf(product.versions).filter(isObject).map(readEntry);
  const defaultStatus = stringOf(product.defaultStatus) ?? 'unknown';
  if (!entries.some(isAboutAffected) && defaultStatus !== 'affected') return undefined;
  const package_ = packageOf(product);
  const git = entries.filter(({ type }) => type === 'git');
  const named = entries.filter(({ type }) => type !== 'git');
  const repo = stringOf(product.repo);

  const gitRange = gitRangeOf(git, repo);
  const states =
    named.length === 0 && git.length > 0 ? { versions: [], ranges: [] } : statesOf(named, defaultStatus, package_);
  const isUnresolved = states === undefined || (git.length > 0 && gitRange === undefined);
  const cpes = arrayOf(product.cpes).filter((cpe) => typeof cpe === 'string');
  const vendor = stringOf(product.vendor);
  const name = stringOf(product.product);
  const ranges = [...(gitRange === undefined ? [] : [gitRange]), ...(states?.ranges ?? [])];
  return {
    ...(package_ === undefined ? {} : { package: package_ }),
    ...(ranges.length === 0 ? {} : { ranges }),
    ...(states === undefined || states.versions.length === 0 ? {} : { versions: states.versions }),
    database_specific: {
      ...(vendor === undefined ? {} : { vendor }),
      ...(name === undefined ? {} : { product: name }),
      ...(cpes.length === 0 ? {} : { cpes }),
      ...(isUnresolved ? { defaultStatus, versions: product.versions ?? [] } : {}),
    },
  };
}

function readEntry(entry: JsonObject): Entry {
  return {
    version: stringOf(entry.version) ?? '',
    status: stringOf(entry.status) ?? 'unknown',
    type: stringOf(entry.versionType)?.toLowerCase(),
    lessThan: stringOf(entry.lessThan),
    lessThanOrEqual: stringOf(entry.lessThanOrEqual),
    changes: arrayOf(entry.changes)
      .filter(isObject)
      .map((change) => ({ at: stringOf(change.at) ?? '', status: stringOf(change.status) ?? 'unknown' })),
  };
}

const isAboutAffected = ({ status, changes }: Entry) =>
  status === 'affected' || changes.some((change) => change.status === 'affected');
const isRange = ({ lessThan, lessThanOrEqual }: Entry) => lessThan !== undefined || lessThanOrEqual !== undefined;
/** What is written where a version is not known, or is the first there ever was. */
const isNone = (version: string) => /^(n\/?a|unspecified|unknown|none|-|\s*)$/i.test(version);
const isStart = (version: string) => version === '0' || version === '*' || isNone(version);

function packageOf(product: JsonObject): AffectedPackage | undefined {
  // Format 5.2 names packages by purl, which takes the place of the two fields below.
  const packageUrl = stringOf(product.packageURL);
  if (packageUrl !== undefined) return packageOfPurl(packageUrl);
  const address = stringOf(product.collectionURL);
  const name = stringOf(product.packageName);
  if (address === undefined || name === undefined || !URL.canParse(address)) return undefined;
  const ecosystem = ecosystemByHost[new URL(address).host];
  return ecosystem === undefined ? undefined : { ecosystem, name };
}

function packageOfPurl(text: string): AffectedPackage | undefined {
  // A GitHub purl may be an action or any repository; which, nothing tells.
  if (text.startsWith('pkg:github/')) return undefined;
  const [identity] = packagesOf({ purl: text });
  return identity && { ecosystem: identity.ecosystem, name: identity.name, purl: text };
}

/** Commits have no order that text can tell, so each entry is taken as it stands. */
function gitRangeOf(entries: Entry[], repo: string | undefined): Range | undefined {
  if (entries.length === 0 || repo === undefined || entries.some(({ status }) => status !== 'affected'))
    return undefined;
  return { type: 'GIT', repo, events: entries.flatMap(simpleEvents) };
}

/** Events of one affected range whose changes stand in order. */
function simpleEvents({ version, lessThan, lessThanOrEqual, changes }: Entry): RangeEvent[] {
  const events: RangeEvent[] = [{ introduced: isStart(version) ? '0' : version }];
  let isAffected = true;
  for (const { at, status } of changes) {
    if ((status === 'affected') === isAffected) continue;
    isAffected = status === 'affected';
    events.push(isAffected ? { introduced: at } : { fixed: at });
  }
  if (isAffected && lessThan !== undefined && lessThan !== '*') events.push({ fixed: lessThan });
  if (isAffected && lessThanOrEqual !== undefined && lessThanOrEqual !== '*')
    events.push({ last_affected: lessThanOrEqual });
  return events;
}

interface States {
  ranges: Range[];
  versions: string[];
}

function statesOf(entries: Entry[], defaultStatus: string, package_: AffectedPackage | undefined): States | undefined {
  const order = orderFor(entries, package_);
  const type =
    entries.every((entry) => !isRange(entry) || entry.type === 'semver') && order?.name === 'semver'
      ? 'SEMVER'
      : 'ECOSYSTEM';
  const isPlain =
    defaultStatus !== 'affected' &&
    entries.every(
      (entry) =>
        entry.status === 'affected' &&
        ![entry.lessThan, entry.lessThanOrEqual].some((end) => end !== undefined && /.\*$/.test(end)),
    ) &&
    entries.filter(isRange).length <= 1;
  if (isPlain) {
    const versions = entries.filter((entry) => !isRange(entry) && !isNone(entry.version) && entry.version !== '*');
    const everything = entries.some((entry) => !isRange(entry) && entry.version === '*');
    const ranges = entries.filter(isRange).map((entry): Range => ({ type, events: simpleEvents(entry) }));
    if (everything) ranges.push({ type, events: [{ introduced: '0' }] });
    return { ranges, versions: [...new Set(versions.map(({ version }) => version))] };
  }
  return order === undefined ? undefined : statesInOrder(entries, defaultStatus, order, type);
}

/** The order that all versions of the product follow, where one is known. */
function orderFor(entries: Entry[], package_: AffectedPackage | undefined): Order | undefined {
  if (package_ !== undefined) return orderOf(package_.ecosystem);
  const versions = entries
    .flatMap(({ version, lessThan, lessThanOrEqual, changes }) => [
      version,
      lessThan,
      lessThanOrEqual,
      ...changes.map(({ at }) => at),
    ])
    .filter((version) => version !== undefined && !isStart(version))
    .map((version) => version!.replace(/\.\*$/, ''));
  const types = new Set(entries.filter(isRange).map(({ type }) => type));
  const [only] = types;
  const named = types.size === 1 && only !== undefined ? ecosystemByType[only] : undefined;
  if (named !== undefined) {
    const order = orderOf(named);
    if (order !== undefined && versions.every(order.isValid)) return order;
  }
  // Plain dotted numbers have but one sensible order, whatever the source calls their type.
  return versions.every((version) => /^\d{1,9}(\.\d{1,9})*$/.test(version)) ? orderOf('PyPI') : undefined;
}

/** A place between versions: just before one, or just after it. */
interface Bound {
  version: string;
  isAfter: boolean;
}

/** Evaluates every stretch between two bounds by the format's algorithm, and joins what is affected. */
function statesInOrder(entries: Entry[], defaultStatus: string, order: Order, type: Range['type']): States | undefined {
  const compare = (a: Bound, b: Bound) => order.compare(a.version, b.version) || Number(a.isAfter) - Number(b.isAfter);
  const before = (version: string): Bound => ({ version, isAfter: false });
  const spans: { entry: Entry; start: Bound | undefined; end: Bound | undefined }[] = [];
  for (const entry of entries) {
    const limit = entry.lessThan ?? entry.lessThanOrEqual;
    if (limit === undefined && isNone(entry.version)) continue;
    const start =
      isStart(entry.version) && (limit !== undefined || entry.version === '*') ? undefined : before(entry.version);
    let end: Bound | undefined;
    if (limit === undefined) {
      if (entry.version !== '*') end = { version: entry.version, isAfter: true };
    } else if (limit.endsWith('*') && limit !== '*') {
      // `5.10.*` stands for the end of all 5.10 versions, which is where 5.11 starts; only numbers can be counted on.
      const branch = /^((?:\d{1,9}\.)*)(\d{1,9})\.\*$/.exec(limit);
      if (branch === null) return undefined;
      end = before(`${branch[1]}${Number(branch[2]) + 1}`);
    } else if (limit !== '*') {
      end = { version: limit, isAfter: entry.lessThan === undefined };
    }
    spans.push({ entry, start, end });
  }
  const bounds = spans
    .flatMap(({ entry, start, end }) => [start, end, ...entry.changes.map(({ at }) => before(at))])
    .filter((bound) => bound !== undefined)
    .sort(compare);
  if (bounds.length > boundsMax) return undefined;

  /** The status just at a place; undefined stands for the very beginning. */
  const statusAt = (place: Bound | undefined): string => {
    for (const { entry, start, end } of spans) {
      if (start !== undefined && (place === undefined || compare(place, start) < 0)) continue;
      if (end !== undefined && place !== undefined && compare(place, end) >= 0) continue;
      const changed = entry.changes.filter(({ at }) => place !== undefined && compare(before(at), place) <= 0);
      return changed.at(-1)?.status ?? entry.status;
    }
    return defaultStatus;
  };
  const events: RangeEvent[] = [];
  const versions: string[] = [];
  let isAffected = statusAt(undefined) === 'affected';
  let since: Bound | undefined;
  if (isAffected) events.push({ introduced: '0' });
  for (const bound of bounds) {
    const isNow = statusAt(bound) === 'affected';
    if (isNow === isAffected) continue;
    isAffected = isNow;
    if (isNow) {
      // OSV events cannot start after a version.
      if (bound.isAfter) return undefined;
      events.push({ introduced: bound.version });
      since = bound;
    } else if (bound.isAfter && since !== undefined && order.compare(since.version, bound.version) === 0) {
      events.pop();
      versions.push(bound.version);
    } else {
      events.push(bound.isAfter ? { last_affected: bound.version } : { fixed: bound.version });
    }
  }
  return { ranges: events.length === 0 ? [] : [{ type, events }], versions };
}
