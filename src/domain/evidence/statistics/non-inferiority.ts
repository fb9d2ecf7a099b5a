/**
 * Is a model no more capable than one already seen (method b14; EU Code of Practice for General-Purpose AI, Safety and Security
 * chapter, Appendix 2.2)? A test of non-inferiority turned round: the new model must not lie above the reference by the margin.
 */
import { normalCdf, normalQuantile } from './distributions.ts';

export interface Similarity {
  /** Upper end of the two-sided interval of new - reference. */
  readonly upper: number;
  readonly isWithinMargin: boolean;
  readonly z: number;
  /** One-sided p value of "new lies above the reference by the margin or more". */
  readonly p: number;
}

/**
 * `difference` is new - reference with its paired standard error; `margin` the largest difference that counts as negligible. Items
 * on which the two never differ have no standard error: they show nothing of other items. */
export function similar(difference: number, standardError: number, margin: number, confidence: number): Similarity {
  const upper = difference + normalQuantile((1 + confidence) / 2) * standardError;
  const z = (margin - difference) / standardError;
  return { upper, isWithinMargin: standardError > 0 && upper < margin, z, p: normalCdf(-z) };
}
