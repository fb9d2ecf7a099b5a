/** The same attempts under the three ways of counting dishonest successes (method b11). */
import type { CheatingPolicy } from './registration.ts';
import type { Attempt } from './statistics/attempt.ts';

/** The columns of the sensitivity table, in order. */
export const policies = ['strict', 'dropped', 'counted'] as const satisfies readonly CheatingPolicy[];

/** The attempts as a policy counts them; those that nobody found dishonest stay as they are. */
export function count(attempts: readonly Attempt[], policy: CheatingPolicy): readonly Attempt[] {
  switch (policy) {
    case 'strict':
      return attempts.map((attempt) => (attempt.cheated === true ? { ...attempt, score: 0 } : attempt));
    case 'dropped':
      return attempts.filter((attempt) => attempt.cheated !== true);
    case 'counted':
      // A dishonest attempt counts as success even where a grader had marked it down already.
      return attempts.map((attempt) => (attempt.cheated === true ? { ...attempt, score: 1 } : attempt));
  }
}
