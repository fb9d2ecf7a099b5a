import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { asText } from '../../domain/evidence/letter.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { Segments } from '../parts/Segments.tsx';
import { save } from '../parts/save.ts';
import { LetterEditor } from './LetterEditor.tsx';
import { LetterSignatures } from './LetterSignatures.tsx';
import { LetterText } from './LetterText.tsx';
import { ResultAudience } from './ResultAudience.tsx';
import { type LetterView, letterPath, measurers, useLetter, useRefresh } from './result-api.ts';

const views = [
  { value: 'letter', label: 'The letter' },
  { value: 'copy', label: 'The copy others get' },
] as const;

/** A findings letter: its author's, with texts, signatures and release; or the copy that one was given. */
export function LetterPage() {
  const { id } = useParams({ from: '/evidence/letters/$id' });
  const found = useLetter(id);
  const session = useSession();
  const refresh = useRefresh('letter');
  const [isUnsaved, setUnsaved] = useState(false);
  const [shown, setShown] = useState<(typeof views)[number]['value']>('letter');
  if (found.error)
    return (
      <div className="stack">
        <PageHeading>Letter</PageHeading>
        <Failure error={found.error} doing="open the letter" onRetry={() => found.refetch()} />
      </div>
    );
  if (found.data === undefined) return <p className="soft">Opening…</p>;
  const { letter, own, released } = found.data;
  const mayAct = own !== null && session.data?.roles.some((role) => measurers.includes(role)) === true;
  const read = own !== null && shown === 'copy' ? own.preview : letter;
  const signed = signedLines(found.data);
  return (
    <div className="stack-wide">
      <PageHeading lead={own === null ? `Released to you by ${letter.from}.` : undefined}>{letter.title}</PageHeading>
      <div className="row spread no-print">
        <p>
          <Link to="/evidence/results">Results and letters</Link>
          {own !== null && (
            <>
              {' · '}
              <Link to="/evidence/results/$id" params={{ id: own.result }}>
                The result
              </Link>
            </>
          )}
          {' · '}
          <Link to="/record" search={{ object: id }}>
            Its place in the log
          </Link>
        </p>
        <Files view={found.data} text={asText(read, signed)} />
      </div>
      <div className={own === null ? 'stack' : 'letter-page'}>
        <div className="stack">
          {own !== null && (
            <div className="no-print">
              <Segments legend="Show" options={views} value={shown} onChange={setShown} />
            </div>
          )}
          <LetterText letter={read} areRunsOpen={own !== null} signed={signed} />
          {own === null && released !== null && (
            <p className="soft small break-all">
              Released {moments(released.releasedAt)}; fingerprint of this copy{' '}
              <span className="mono">{released.digest}</span>. That you read it is on record for those who wrote it.
            </p>
          )}
        </div>
        {own !== null && (
          <div className="stack no-print">
            <LetterSignatures view={found.data} own={own} mayAct={mayAct} isUnsaved={isUnsaved} />
            <ResultAudience
              path={letterPath(id, '/audience')}
              submission={released?.submission ?? null}
              isOwn={mayAct}
              obstacle={own.isSigned ? undefined : 'A copy can be released once two people have signed.'}
              words={{
                heading: 'Release the copy',
                learn: 'These organisations will read the copy, without what is withheld from it:',
                act: 'Release the copy to',
              }}
              onDone={refresh}
            />
            {mayAct && <LetterEditor key={found.data.digest} view={found.data} own={own} onUnsaved={setUnsaved} />}
          </div>
        )}
      </div>
    </div>
  );
}

/** What stands under the letter. A copy is released only after two people signed the letter. */
function signedLines({ own, letter, digest }: LetterView): string[] {
  if (own === null) return [`Two people of ${letter.from} signed the letter before this copy was released.`];
  return [
    ...own.signatures.map(({ signedAt }) => `Signed ${moments(signedAt)}`),
    `Fingerprint of the letter ${digest}`,
  ];
}

function Files({ view, text }: { view: LetterView; text: string }) {
  return (
    <div className="row">
      <button type="button" className="usa-button usa-button--outline button-small" onClick={() => window.print()}>
        Print or save as PDF
      </button>
      <button
        type="button"
        className="usa-button usa-button--outline button-small"
        onClick={() => save(text, 'letter.txt', 'text/plain')}
      >
        Text
      </button>
      <a
        className="usa-button usa-button--outline button-small"
        href={letterPath(view.id, '/export?as=json')}
        download="letter.json"
      >
        JSON
      </a>
    </div>
  );
}
