import type { SampleSummary } from '../../domain/evidence/eval-log.ts';
import { flagsOf } from '../../domain/evidence/run.ts';
import { counted } from '../parts/numbers.ts';

/** What a reader of a sample's score should know, in a word each. */
export function SampleTags(props: { summary: SampleSummary }) {
  const { summary } = props;
  const flags = flagsOf(summary);
  return (
    <>
      {flags.hasError && <span className="tag tag-now">error</span>}
      {flags.hasLimit && <span className="tag tag-soon">ended by {summary.limit} limit</span>}
      {flags.isUnscored && <span className="tag">unscored</span>}
      {flags.isEdited && <span className="tag tag-soon">score edited</span>}
      {flags.isRetried && (
        <span className="tag tag-soon">retried after an error {counted(summary.retries, 'time')}</span>
      )}
      {flags.isFallback && <span className="tag tag-now">another model answered</span>}
      {flags.isInvalidated && <span className="tag tag-now">declared invalid</span>}
    </>
  );
}
