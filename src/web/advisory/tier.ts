import type { Day } from '../../domain/instant.ts';
import { daysBetween } from '../parts/dates.ts';

/** How near a due date is when the list is made. A look only: the decision itself is the policy's. */
export type Tier = 'now' | 'soon' | 'later' | 'calm';

export function tierOf(due: Day | undefined, asOf: Day): Tier {
  if (due === undefined) return 'calm';
  const days = daysBetween(asOf, due);
  if (days <= 3) return 'now';
  return days <= 15 ? 'soon' : 'later';
}

/** A colour that is never the only sign: the words stand beside it. The same values as in the stylesheet. */
export const tierColour: Record<Tier, string> = { now: '#9b1c1c', soon: '#b36b00', later: '#2b6299', calm: '#73807c' };
