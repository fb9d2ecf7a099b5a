import { useMutation } from '@tanstack/react-query';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { useColleagues } from './desk-api.ts';
import { type LetterView, letterPath, useRefresh } from './result-api.ts';

/** Who signed the letter as it stands; the second signature is another person's. */
export function LetterSignatures(props: {
  view: LetterView;
  own: NonNullable<LetterView['own']>;
  mayAct: boolean;
  isUnsaved: boolean;
}) {
  const { view, own, mayAct, isUnsaved } = props;
  const session = useSession();
  const people = useColleagues();
  const refresh = useRefresh('letter');
  const self = session.data?.person?.id;
  const sign = useMutation({
    mutationFn: () =>
      ask<LetterView>(letterPath(view.id, '/signatures'), { method: 'POST', body: { digest: view.digest } }),
    onSuccess: refresh,
  });
  const nameOf = (id: string) => people.data?.items.find((one) => one.id === id)?.name ?? 'somebody';
  const hasSigned = own.signatures.some(({ person }) => person === self);
  return (
    <section className="card stack" aria-labelledby="signatures">
      <h2 id="signatures">Signatures</h2>
      {own.signatures.length === 0 ? (
        <p className="soft">Nobody has signed this letter as it stands.</p>
      ) : (
        <ul className="plain-list">
          {own.signatures.map(({ person, signedAt }) => (
            <li key={person}>
              {nameOf(person)} <span className="soft small">{moments(signedAt)}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="soft small">
        {own.isSigned
          ? 'Two people signed it as it stands. A change ends their signatures.'
          : hasSigned
            ? 'You signed it. The second signature is another person’s.'
            : 'Two different people sign, over the fingerprint of what they read.'}
      </p>
      <p className="mono small break-all">{view.digest}</p>
      {sign.error && <Failure error={sign.error} doing="sign the letter" onRetry={refresh} />}
      {mayAct && !hasSigned && !own.isSigned && (
        <div className="stack-tight">
          {isUnsaved && (
            <p className="small" id="sign-hint">
              You have unsaved words: save or discard them first.
            </p>
          )}
          <button
            type="button"
            className="usa-button"
            aria-describedby={isUnsaved ? 'sign-hint' : undefined}
            disabled={isUnsaved || sign.isPending}
            onClick={() => sign.mutate()}
          >
            Sign the letter as it stands
          </button>
        </div>
      )}
    </section>
  );
}
