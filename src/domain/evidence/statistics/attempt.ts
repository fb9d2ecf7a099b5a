/**
 * One attempt at one item: the row every statistic of this folder starts from. An importer of evaluation logs makes these rows;
 * nothing here knows where they came from.
 */
export interface Attempt {
  /** Name of the item (question, task, sample). Attempts with the same name are attempts at the same item. */
  readonly item: string;
  /** Which attempt at the item this is, 1 for the first. */
  readonly attempt: number;
  /** Score from 0 (failure) to 1 (success); null where the attempt was not scored. Unscored is not zero. */
  readonly score: number | null;
  /** Group of items that resemble one another (task family, source passage). An item without one is a cluster of its own. */
  readonly cluster?: string;
  /** True where a reviewer found that the success was not honest (solution found elsewhere, grader gamed). */
  readonly cheated?: boolean;
  /** Tokens used by the attempt. */
  readonly tokens?: number;
  /** The model that answered, as the log names it. More than one in a result is reported as a warning. */
  readonly model?: string;
}
