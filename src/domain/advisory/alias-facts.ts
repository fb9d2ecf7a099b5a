import type { Fact, Facts, SsvcFact } from './fact.ts';

/**
 * The facts about one vulnerability from all that is held about its names. Where several names or sources speak of the
 * same thing, the one that asks for more haste stands, and of equal ones the newest: an upgrade that closes several
 * flaws is as urgent as the worst of them. CVSS scores are all kept, highest first.
 */
export function foldFacts(facts: Iterable<Fact>): Facts {
  const folded: Facts = { cvss: [] };
  for (const fact of facts) {
    switch (fact.kind) {
      case 'kev':
        if (folded.kev === undefined || (fact.dueDate ?? '9') < (folded.kev.dueDate ?? '9')) folded.kev = fact;
        break;
      case 'epss':
        if (folded.epss === undefined || fact.score > folded.epss.score) folded.epss = fact;
        break;
      case 'ssvc':
        if (folded.ssvc === undefined || isMoreUrgent(fact, folded.ssvc)) folded.ssvc = fact;
        break;
      case 'cvss':
        folded.cvss.push(fact);
        break;
    }
  }
  folded.cvss.sort((a, b) => b.score - a.score || (a.date < b.date ? 1 : -1));
  return folded;
}

const exploitationRank = { none: 1, poc: 2, active: 3 } as const;

function isMoreUrgent(one: SsvcFact, other: SsvcFact): boolean {
  const difference = urgencyOf(one) - urgencyOf(other);
  return difference > 0 || (difference === 0 && one.date > other.date);
}

/** Unknown points rank below known ones: they say nothing that could outweigh a statement. */
function urgencyOf({ exploitation, automatable, technicalImpact }: SsvcFact): number {
  const rank = exploitation === undefined ? 0 : exploitationRank[exploitation];
  return rank * 100 + (automatable === 'yes' ? 10 : 0) + (technicalImpact === 'total' ? 1 : 0);
}
