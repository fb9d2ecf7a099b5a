/**
 * The coverage board: which widely used packages nobody scans, as far as owners let their claims be counted, and never who scans what. It
 * stands for a week and counts nothing younger than a week, so that no change of it can be tied to one claim (I19).
 */
import { familyOf, packagesOfPurl } from '../advisory/package.ts';
import * as purl from '../advisory/purl.ts';
import type { Instant } from '../instant.ts';
import type { ClaimPolicy } from './claim-policy.ts';
import { keysOf } from './scope.ts';
import list from './widely-used.json' with { type: 'json' };

const dayMs = 86_400_000;

/** Where the list of widely used packages is from, of which day, and of how many inventories. */
export const listed = { date: list.date, source: list.source, documents: list.documents };

const packages = Object.entries(list.packages).map(([text, documents]) => ({
  purl: text,
  documents,
  ecosystem: ecosystemOf(text),
  keys: keysOf({ target: { kind: 'package', purl: text } }),
}));

function ecosystemOf(text: string): string {
  const read = purl.parse(text);
  return familyOf(packagesOfPurl(read)[0]?.ecosystem ?? read.type);
}

export interface Week {
  /** The Monday, 00:00 UTC, since which the board stands. */
  week: Instant;
  /** Claims that ran between these two are counted. */
  from: Instant;
  to: Instant;
}

/** The week that `at` lies in, and what its board counts. */
export function weekAt(at: Instant, { days, delayDays }: ClaimPolicy['coverage']): Week {
  const midnight = Date.parse(`${at.slice(0, 10)}T00:00:00.000Z`);
  const monday = midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * dayMs;
  const instant = (ms: number) => new Date(ms).toISOString();
  const to = monday - delayDays * dayMs;
  return { week: instant(monday), from: instant(to - days * dayMs), to: instant(to) };
}

export interface Row {
  purl: string;
  ecosystem: string;
  /** In how many inventories of the list it is. */
  documents: number;
  /** True: no claim ran that its owner lets be counted. Null: nothing is said. */
  isUnclaimed: boolean | null;
}

/** A claim that its owner lets be counted: whose it is, and the names of its target. */
export interface Counted {
  organisation: string;
  keys: readonly string[];
}

/**
 * The rows of the board. Says nothing of any package while too few organisations stand behind the counted claims, or too few packages of
 * the list are claimed: then a row would point at somebody. A package with a counted claim is not on the list of those without.
 */
export function board(
  claims: readonly Counted[],
  { organisationsMin, cellMin }: ClaimPolicy['coverage'],
): { isShown: boolean; rows: Row[] } {
  const organisations = new Map<string, Set<string>>();
  for (const { organisation, keys } of claims) {
    for (const key of keys) organisations.set(key, (organisations.get(key) ?? new Set()).add(organisation));
  }
  const isClaimed = ({ keys }: (typeof packages)[number]) => keys.some((key) => organisations.has(key));
  const claimed = packages.filter(isClaimed);
  const behind = new Set(claimed.flatMap(({ keys }) => keys.flatMap((key) => [...(organisations.get(key) ?? [])])));
  const isShown = behind.size >= organisationsMin && claimed.length >= cellMin;
  return {
    isShown,
    rows: packages.map((one) => ({
      purl: one.purl,
      ecosystem: one.ecosystem,
      documents: one.documents,
      isUnclaimed: isShown && !isClaimed(one) ? true : null,
    })),
  };
}
