/** What the duplicate engine says of two reports: for a coordinator to look at, and never an act of its own. */

/** How two reports stand to each other. */
export const relations = ['duplicate', 'subsumed', 'variant', 'chain', 'regression', 'distinct'] as const;
export type Relation = (typeof relations)[number];

/** Which of the four layers saw it. */
export const layers = ['exact', 'structure', 'text', 'root_cause'] as const;
export type Layer = (typeof layers)[number];

/** One thing that a person can check in both reports. */
export interface Reason {
  layer: Layer;
  /** Stable name of what was compared, such as `package`, `fixed_version`, `path`, `symbol`, `weakness`, `stack`, `text`. */
  fact: string;
  /** One plain sentence. */
  text: string;
  /**
   * Where it stands in each report: a field and the text in it to be highlighted, whatever its letter case. The field `text` is title,
   * description and impact together, `component` its purl or name.
   */
  shared?: { field: string; a: string; b: string }[];
  /** How far it speaks for the same flaw (positive) or against it (negative), in log-odds. */
  weight: number;
}

/** The judgement on a pair. */
export interface Judgement {
  relation: Relation;
  /** Measured share of such pairs that are the same flaw, 0 to 1: calibrated on public advisories (docs/methods.md). */
  confidence: number;
  reasons: Reason[];
}
