/** One fault in a document from outside. A reader returns all it finds; it never throws for a faulty document. */
export interface Problem {
  /** Where: a JSON path such as `components[3].purl`, or `line 12` for text formats. */
  path: string;
  /** What is wrong and what to do about it, in one plain sentence. */
  message: string;
  /** The standard's own number or name for the rule, when there is one. */
  clause?: string;
}
