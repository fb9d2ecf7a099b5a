/** From which day the days of a decision count (docs/decisions/0062-when-the-clock-starts.md). */
import { addDays, type Day } from '../../instant.ts';
import type { Policy } from './policy.ts';

/** What earlier lists of the same system said of one vulnerability of one package. */
export interface Past {
  /** The first day on which it was on a list. */
  listed: Day;
  /** By outcome of the policy: the first day on which it was decided. */
  decided: Readonly<Record<string, Day>>;
}

/** One vulnerability of one package of a system, whatever the package's version: the same under every policy. */
export interface Clock {
  /** Family of ecosystems and name, as `npm/left-pad`. An upgrade to another affected version, or release, keeps it. */
  package: string;
  /** The name that stood for the vulnerability then; it is found again under any of its names. */
  vulnerability: string;
  listed: Day;
  /** By name of the policy, then of the outcome. */
  decided: Readonly<Record<string, Readonly<Record<string, Day>>>>;
}

/**
 * The past with what is decided on a day. What came after the day is left out. A policy that has no past here, or whose outcomes got
 * other names since, counts from the first listing: changing the policy gains no time.
 */
export function advance(policy: Policy, past: Past | undefined, rank: number, asOf: Day): Past {
  const name = policy.outcomes[rank]!.name;
  if (past === undefined || past.listed > asOf) return { listed: asOf, decided: { [name]: asOf } };
  const known = Object.entries(past.decided).filter(([, day]) => day <= asOf);
  const isStrange =
    known.length === 0 || known.some(([one]) => policy.outcomes.every((outcome) => outcome.name !== one));
  const day = isStrange ? past.listed : (known.find(([one]) => one === name)?.[1] ?? asOf);
  return { listed: past.listed, decided: { ...Object.fromEntries(known), [name]: day } };
}

/** When a decision is due, and the outcome and day that say so. */
export interface Due {
  due: Day;
  /** Counted from this day. */
  since: Day;
  /** Another than the decided one when an earlier, less urgent decision fell due before. */
  rank: number;
}

/**
 * When what is decided is due. The days of an outcome count from the first day on which it, or a more urgent one, was decided; what
 * was decided once stays owed while the decision is at least as urgent, so that no date moves back because things got worse.
 * Takes a past that has the decision in it (`advance`). Undefined when no date follows.
 */
export function dueOf(policy: Policy, past: Past, rank: number): Due | undefined {
  let since: Day | undefined;
  let earliest: Due | undefined;
  policy.outcomes.forEach(({ name, days }, at) => {
    const day = Object.hasOwn(past.decided, name) ? past.decided[name] : undefined;
    if (day === undefined) return;
    if (since === undefined || day < since) since = day;
    if (at < rank || days === undefined) return;
    const due = addDays(since, days);
    if (earliest === undefined || due < earliest.due) earliest = { due, since, rank: at };
  });
  return earliest;
}

/** Clocks of one system, to be looked up by any name of the package and the vulnerability. */
export class Clocks {
  readonly #by = new Map<string, Clock>();

  constructor(clocks: readonly Clock[] = []) {
    for (const clock of clocks) this.add(clock);
  }

  /** Keeps the earlier day of each. */
  add(clock: Clock): void {
    const key = `${clock.package}\n${clock.vulnerability}`;
    const known = this.#by.get(key);
    this.#by.set(key, known === undefined ? clock : earlierOf(known, clock));
  }

  find(packages: readonly string[], names: readonly string[]): Clock | undefined {
    if (this.#by.size === 0) return undefined;
    let found: Clock | undefined;
    for (const one of packages) {
      for (const name of names) {
        const clock = this.#by.get(`${one}\n${name}`);
        if (clock !== undefined) found = found === undefined ? clock : earlierOf(found, clock);
      }
    }
    return found;
  }

  /** In code unit order of package and vulnerability. */
  all(): Clock[] {
    return [...this.#by].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, clock]) => clock);
  }
}

function earlierOf(a: Clock, b: Clock): Clock {
  const decided = joined(a.decided, b.decided, (one, other) => joined(one, other, earlier));
  return { ...a, listed: earlier(a.listed, b.listed), decided };
}

/** Keys come from files: whatever they are called, they become own keys. */
function joined<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>, join: (a: T, b: T) => T) {
  const all = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const other = all.get(key);
    all.set(key, other === undefined ? value : join(other, value));
  }
  return Object.fromEntries(all);
}

const earlier = (a: Day, b: Day): Day => (a < b ? a : b);

/** Those of the later clocks that say more than the earlier ones: what is to be kept. */
export function news(before: readonly Clock[], after: readonly Clock[]): Clock[] {
  const known = new Map(before.map((clock) => [`${clock.package}\n${clock.vulnerability}`, clock]));
  return after.filter((clock) => {
    const old = known.get(`${clock.package}\n${clock.vulnerability}`);
    if (old === undefined || clock.listed < old.listed) return true;
    return Object.entries(clock.decided).some(([policy, outcomes]) =>
      Object.entries(outcomes).some(([outcome, day]) => {
        const other = old.decided[policy]?.[outcome];
        return other === undefined || day < other;
      }),
    );
  });
}
