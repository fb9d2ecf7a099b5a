import { type ReactNode, useState } from 'react';
import { pieces } from '../../domain/intake/screening/redact.ts';
import { moments } from '../parts/dates.ts';
import { Notice } from '../parts/Notice.tsx';
import { stateWords } from './intake-api.ts';
import type { Opened } from './queue-api.ts';
import { ReportText } from './ReportText.tsx';
import { Reproduction } from './Reproduction.tsx';

const speakers = { question: 'Asked', answer: 'The reporter', decision: 'Decided' } as const;

const kindWords = {
  injection: 'Text that addresses a machine reader',
  secret: 'What looks like a secret',
  personal_data: 'Personal data',
} as const;

/** A finding as a coordinator reads it: who sent it, what screening marked, the report, and what was asked. */
export function OpenedCard({ finding }: { finding: Opened }) {
  const { source, marks, messages } = finding;
  const [isRevealed, setIsRevealed] = useState(false);
  const isWithheld = marks.some((mark) => mark.kind !== 'injection');
  const marked = (field: string, text: string): ReactNode => {
    const here = marks.filter((mark) => mark.field === field);
    return pieces(text, here, isRevealed).map((piece, index) =>
      piece.mark === undefined ? (
        piece.text
      ) : (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text keep their order.
        <mark key={index} className="mark-screened" title={`${kindWords[piece.mark.kind]}: ${piece.mark.why}`}>
          {piece.text}
        </mark>
      ),
    );
  };
  return (
    <section className="card stack" aria-labelledby="opened">
      <div className="row spread">
        <h2 id="opened">The report</h2>
        <span className={`tag ${stateWords[finding.state].tone}`}>
          {finding.state === 'info_needed' ? 'Asked' : stateWords[finding.state].name}
        </span>
      </div>
      <p className="work-meta meta-flush">
        <span>{source?.name ?? 'Without an account'}</span>
        <span>{moments(finding.receivedAt)}</span>
        {finding.row !== null && <span>row {finding.row} of a batch</span>}
      </p>
      {marks.length > 0 && (
        <Notice
          kind="warning"
          isQuiet
          heading={
            finding.isHeld
              ? 'Held by screening: shown to people, never to a tool'
              : 'Marked by screening, then released'
          }
        >
          <ul className="plain-list">
            {marks.slice(0, 10).map((mark) => (
              <li key={`${mark.field} ${mark.start} ${mark.rule}`}>
                {kindWords[mark.kind]} in {mark.field}: {mark.why}
              </li>
            ))}
          </ul>
          {isWithheld && (
            <p>
              <button
                type="button"
                className="usa-button usa-button--outline"
                onClick={() => setIsRevealed(!isRevealed)}
              >
                {isRevealed ? 'Withhold secrets and personal data' : 'Show what is withheld'}
              </button>
            </p>
          )}
        </Notice>
      )}
      <ReportText report={finding.report} mark={marked} />
      <Reproduction finding={finding} />
      {messages.length > 0 && (
        <div className="stack-tight">
          <h3>Questions and answers</h3>
          <ol className="thread">
            {messages.map((message) => (
              <li key={message.id} className={message.kind === 'answer' ? 'thread-answer' : 'thread-question'}>
                <p className="small soft">
                  {speakers[message.kind]} · {moments(message.at)}
                </p>
                <p className="report-prose" data-source="outside">
                  {message.text}
                </p>
              </li>
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}
