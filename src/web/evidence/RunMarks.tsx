import type { Mark } from '../../domain/evidence/eval-log.ts';
import { counted } from '../parts/numbers.ts';

/** What a reader of the result should know before its numbers: each mark as the sentence that the reader of the log wrote. */
export function RunMarks(props: { marks: readonly Mark[] }) {
  const { marks } = props;
  return (
    <section className="card stack" aria-labelledby="marks">
      <h2 id="marks">Know before you read the numbers</h2>
      {marks.length === 0 ? (
        <p className="soft">
          Header and samples agree. No score was edited, no sample was retried after an error, none was answered by
          another model, and none is missing.
        </p>
      ) : (
        <>
          <p className="soft small">{counted(marks.length, 'thing')} that can shift what the scores mean:</p>
          <ul className="marks">
            {marks.map((mark) => (
              <li key={`${mark.code} ${mark.text}`}>{mark.text}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
