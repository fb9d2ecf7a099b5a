import { digits } from './RunScores.tsx';

/** `+0.300`, `−0.200`. */
export const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** `= 0.042`, or `< 0.001`: a probability is never nought. */
export const probability = (p: number | null): string => (p !== null && p < 0.001 ? '< 0.001' : `= ${digits(p)}`);

/** The key that a run itself chose, as `token_limit` of `limits.token_limit`; of other fields the sentence beside says it all. */
export const keyOf = (field: string): string | undefined =>
  /^(?:limits|settings|code\.packages|\w+\.args|model\.(?:generate|roles))\.(.+)$/.exec(field)?.[1];
