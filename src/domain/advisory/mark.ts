import type { Instant } from '../instant.ts';

/** What an operator has decided about one line of a patch list. A line without a mark is open. */
export type MarkState = 'planned' | 'done' | 'not_affected';

export const markStates: readonly MarkState[] = ['planned', 'done', 'not_affected'];

/** Why something is not affected: the labels of OpenVEX 0.2.0 ("Status Justifications"), with what each says. */
export const justifications = {
  component_not_present: 'The component is not in the product.',
  vulnerable_code_not_present: 'The component is there, the vulnerable code in it is not.',
  vulnerable_code_not_in_execute_path: 'The vulnerable code is there but never runs.',
  vulnerable_code_cannot_be_controlled_by_adversary: 'The vulnerable code runs, but no attacker can reach or steer it.',
  inline_mitigations_already_exist: 'Built-in protection keeps the flaw from being used.',
} as const;

export type Justification = keyof typeof justifications;

export interface Mark {
  state: MarkState;
  /** In the operator's own words. */
  reason: string;
  /** Set for `not_affected`, and only for it. */
  justification?: Justification;
  by: string;
  at: Instant;
}

/**
 * Whether a mark still speaks for a line of a list: it does for the vulnerabilities that it was made about. One that came later is
 * open, and with it the line. Takes the names that the mark holds, and for each vulnerability of the line all its names.
 */
export function covers(marked: readonly string[], vulnerabilities: readonly (readonly string[])[]): boolean {
  const known = new Set(marked);
  return vulnerabilities.every((names) => names.some((name) => known.has(name)));
}

/** What a mark is about: one package at one version, and the vulnerabilities that one upgrade of it closes. */
export interface Marked {
  mark: Mark;
  purl: string;
  name: string;
  version: string;
  /** Each with its aliases, the name to show first. */
  vulnerabilities: string[][];
}
