import { useState } from 'react';
import { Failure } from '../parts/Failure.tsx';
import { readReproduction } from './intake-api.ts';

/** Exploit detail stays folded away until it is asked for; the asking is on record (I7, I12). */
export function Reproduction(props: { finding: { id: string; hasReproduction: boolean; hasOriginal: boolean } }) {
  const { id, hasReproduction, hasOriginal } = props.finding;
  const [detail, setDetail] = useState<Awaited<ReturnType<typeof readReproduction>>>();
  const [error, setError] = useState<unknown>();
  if (!hasReproduction && !hasOriginal) return <p className="small soft">Nothing is said on how to reproduce it.</p>;
  const open = () => readReproduction(id).then(setDetail, setError);
  return (
    <section className="stack-tight" aria-labelledby="reproduction">
      <h3 id="reproduction">How to reproduce it</h3>
      {detail === undefined && (
        <p>
          <button type="button" className="usa-button usa-button--outline button-small" onClick={open}>
            Show steps and original
          </button>{' '}
          <span className="small soft">That you looked is on record.</span>
        </p>
      )}
      {error !== undefined && <Failure error={error} doing="open it" onRetry={open} />}
      {detail && (
        <div className="stack" data-source="outside">
          {detail.reproduction !== null && <pre className="code report-pre">{detail.reproduction}</pre>}
          {detail.original !== null && (
            <details>
              <summary>The row it was read from</summary>
              <pre className="code report-pre">{detail.original}</pre>
            </details>
          )}
        </div>
      )}
    </section>
  );
}
