/** What was done to cases, in words for coordinators. */
import type { Act, CaseId, LinkRelation } from './case.ts';

/** How one case stands to another: "A is ... B". */
export const linkWords: Record<LinkRelation, string> = {
  subsumed: 'is covered by',
  variant: 'is a variant of',
  chain: 'is used together with',
  regression: 'is a return of',
};

/** One sentence. `titleOf` gives the title of a case as it is now. */
export function sentenceOf(act: Act, titleOf: (id: CaseId) => string): string {
  const { kind, moves, titles, links, undoes } = act;
  const quoted = (id: CaseId | null | undefined) => (id ? `"${titleOf(id)}"` : 'no case');
  const count = `${moves.length} ${moves.length === 1 ? 'finding' : 'findings'}`;
  switch (kind) {
    case 'open':
      return `Opened ${quoted(titles[0]?.case)} with ${count}.`;
    case 'merge':
      return `Put ${count} from ${quoted(moves[0]?.from)} into ${quoted(moves[0]?.to)}.`;
    case 'split':
      return `Took ${count} out of ${quoted(moves[0]?.from)} into ${quoted(moves[0]?.to)}.`;
    case 'title':
      return `Renamed "${titles[0]?.from}" to "${titles[0]?.to}".`;
    case 'link': {
      const one = links[0];
      if (one === undefined) return 'Changed nothing.';
      const said = one.to ?? one.from;
      const statement = `${quoted(one.case)} ${said === null ? 'is linked to' : linkWords[said]} ${quoted(one.other)}`;
      return one.to === null ? `Took back that ${statement}.` : `Said that ${statement}.`;
    }
    case 'undo':
      return `Undid act ${undoes}.`;
  }
}
