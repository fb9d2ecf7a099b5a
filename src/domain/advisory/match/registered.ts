import type { Advisory } from '../advisory.ts';
import { familyOf, type PackageVersion, packagesOf } from '../package.ts';
import { build, packagesIn } from './packed-index.ts';
import { Ints } from './pool.ts';

/**
 * What everybody runs, turned round: from a package to the versions of it that are installed, and from there to their
 * owners. A new or changed advisory then costs as much as its packages have versions, not as many components as there are.
 */
export class Registered {
  private readonly packageOf = new Map<string, number>();
  private readonly versionsOf: Map<string, number>[] = [];
  /** Per package version, the owners one after another, each as often as it has the component. */
  private readonly owners: Ints[] = [];
  private readonly known = new Map<string, number[]>();
  private count = 0;
  /** Per owner, the question in which it was counted last. */
  private readonly seenIn: number[] = [];
  private round = 0;
  /** Owners met in the current question. One buffer for all questions: to grow a new one each time keeps the collector busy. */
  private readonly met = new Ints();

  /** Components registered. */
  get size(): number {
    return this.count;
  }

  /** Different package versions among them. */
  get distinct(): number {
    return this.owners.length;
  }

  /** Adds one component of an owner. Owners are small whole numbers of the caller's choosing. */
  add(owner: number, purl: string): void {
    while (this.seenIn.length <= owner) this.seenIn.push(0);
    let places = this.known.get(purl);
    if (places === undefined) {
      places = packagesOf({ purl }).map((one) => this.placeOf(one));
      this.known.set(purl, places);
    }
    for (const place of places) this.owners[place]!.push(owner);
    this.count++;
  }

  private placeOf({ ecosystem, name, version }: PackageVersion): number {
    const key = `${ecosystem}\n${name}`;
    let number = this.packageOf.get(key);
    if (number === undefined) {
      number = this.versionsOf.push(new Map()) - 1;
      this.packageOf.set(key, number);
    }
    const versions = this.versionsOf[number]!;
    let place = versions.get(version);
    if (place === undefined) {
      place = this.owners.push(new Ints()) - 1;
      versions.set(version, place);
    }
    return place;
  }

  /** The registered package versions that an advisory speaks of, and who has them; owners in rising order, each once. */
  affectedBy(advisory: Advisory): { versions: PackageVersion[]; owners: Int32Array } {
    const found: PackageVersion[] = [];
    this.met.length = 0;
    this.round++;
    const rows: number[] = [];
    const families = new Map<string, ReturnType<typeof build>>();
    for (const { ecosystem, name } of packagesOfAdvisory(advisory)) {
      const number = this.packageOf.get(`${ecosystem}\n${name}`);
      if (number === undefined) continue;
      const family = familyOf(ecosystem);
      let index = families.get(family);
      if (index === undefined) {
        index = build(family, [advisory]);
        families.set(family, index);
      }
      for (const [version, place] of this.versionsOf[number]!) {
        if (index.find(ecosystem, name, version, rows) === 0) continue;
        found.push({ ecosystem, name, version });
        for (const owner of this.owners[place]!.view()) {
          if (this.seenIn[owner] === this.round) continue;
          this.seenIn[owner] = this.round;
          this.met.push(owner);
        }
      }
    }
    return { versions: found, owners: this.met.view().slice().sort() };
  }
}

function packagesOfAdvisory(advisory: Advisory): Iterable<{ ecosystem: string; name: string }> {
  const families = new Set((advisory.affected ?? []).map((one) => familyOf(one.package?.ecosystem ?? 'GIT')));
  const all = [...families].flatMap((family) => packagesIn(advisory, family));
  return new Map(all.map((one) => [`${one.ecosystem}\n${one.name}`, one])).values();
}
