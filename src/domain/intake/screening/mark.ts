/** What screening says of a place in a report. A mark is for a person to look at; it decides nothing about the finding. */
export const markKinds = ['injection', 'secret', 'personal_data'] as const;
export type MarkKind = (typeof markKinds)[number];

export interface Mark {
  kind: MarkKind;
  /** Stable name of the rule, such as `private_key`. */
  rule: string;
  /** Where: a path in the report, such as `description` or `places[0].path`. */
  field: string;
  /** UTF-16 units in the field's text, from `start` up to but not including `end`. */
  start: number;
  end: number;
  /** One plain sentence; it repeats nothing of the text. */
  why: string;
}
