import { moments } from '../parts/dates.ts';
import { type Hint, relationWords } from './queue-api.ts';

/** Of 100 such pairs, how many were the same flaw when it was measured. */
export const share = (confidence: number): string => `${(confidence * 100).toFixed(confidence > 0.99 ? 1 : 0)} of 100`;

/** Other findings that may be the same flaw, the likeliest first. */
export function QueueHints(props: {
  hints: Hint[];
  compared: string | undefined;
  onCompare: (finding: string | undefined) => void;
}) {
  const { hints, compared, onCompare } = props;
  return (
    <section className="card stack" aria-labelledby="hints">
      <h2 id="hints">May be the same</h2>
      {hints.length === 0 && <p className="small soft">Nothing else that was reported comes near it.</p>}
      <ul className="hints">
        {hints.map((hint) => (
          <li key={hint.finding} className={hint.distinct ? 'hint-apart' : ''}>
            <div className="row spread">
              <strong data-source="outside">{hint.title}</strong>
              <span className={`tag ${hint.kind === 'proposal' ? 'tag-pine' : ''}`}>
                {hint.kind === 'proposal' ? 'Proposed' : 'Hint'}
              </span>
            </div>
            <p className="small soft">
              {relationWords[hint.relation].name} in {share(hint.confidence)} such pairs ·{' '}
              {hint.source?.name ?? 'without an account'} · {moments(hint.receivedAt)}
              {hint.case && ' · in a case'}
              {hint.distinct && ' · kept apart'}
            </p>
            <ul className="reasons small">
              {hint.reasons.slice(0, 3).map((reason) => (
                <li key={`${reason.fact} ${reason.text}`}>{reason.text}</li>
              ))}
            </ul>
            <p>
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                aria-pressed={hint.finding === compared}
                onClick={() => onCompare(hint.finding === compared ? undefined : hint.finding)}
              >
                Compare<span className="visually-hidden"> with {hint.title}</span>
              </button>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
