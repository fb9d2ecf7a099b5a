import { Link } from '@tanstack/react-router';
import { days, daysLeft, stateNames } from '../../domain/review/window-words.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { OpenFile } from './SubmissionOpen.tsx';
import { useSubmissions } from './submission-api.ts';

/** Early access: the files of models that this organisation offers or was let into, and what all this is for. */
export function EarlyAccessPage() {
  const session = useSession();
  const isSignedIn = session.data?.person !== undefined;
  const submissions = useSubmissions(isSignedIn);
  const roles = session.data?.roles ?? [];
  const mayOpen = roles.includes('release_manager') || roles.includes('security_lead');
  const { items = [], invitations = 0 } = submissions.data ?? {};
  return (
    <div className="stack-wide">
      <PageHeading lead="A developer may let an authority look at a model before its release. One file a model holds what is said, who may know, and what became of it.">
        Early access
      </PageHeading>
      {submissions.error && (
        <Failure error={submissions.error} doing="list the files" onRetry={() => submissions.refetch()} />
      )}
      {submissions.isLoading && <p className="soft">Opening the files…</p>}
      {items.length > 0 && (
        <section className="card card-flush" aria-label="Files">
          <ul className="entries">
            {items.map((item) => (
              <li key={item.id}>
                <h2 className="entry-name">
                  <Link to="/early-access/$id" params={{ id: item.id }}>
                    {item.model.name} {item.model.version}
                  </Link>
                </h2>
                <p className="soft small">
                  {item.capacity === 'developer' ? 'Your model' : `By ${item.developer.name}`} · last change{' '}
                  {moments(item.updatedAt)}
                </p>
                <p>
                  Window: {stateNames[item.window.state].toLowerCase()}
                  {item.window.startedAt !== undefined &&
                    `; ${days(item.window.usedMs)} of ${days(item.window.limitMs)} used, ${daysLeft(item.window)} ${item.window.endsAt === undefined ? 'not used' : 'left'}`}
                  .
                </p>
                {item.pending !== undefined && item.pending.length > 0 && (
                  <p className="small">
                    Waiting: {item.pending.map((one) => `${one.what}, with ${one.with}`).join('; ')}.
                  </p>
                )}
                {item.window.next.length > 0 && (
                  <ul className="gaps small soft">
                    {item.window.next.map((line) => (
                      <li key={line}>{line}</li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {submissions.data?.next !== undefined && <p className="soft">These are the 200 files that changed last.</p>}
      {isSignedIn && (
        <p>
          <Link to="/early-access/invitations">Invitations to your organisation as a partner</Link>
          {invitations > 0 && (
            <>
              : <strong>{counted(invitations, 'invitation is open', 'invitations are open')}</strong>
            </>
          )}
        </p>
      )}
      <div className="two-columns">
        <About isSignedIn={isSignedIn} hasNoFiles={submissions.data?.items.length === 0} />
        <div className="stack">
          {mayOpen && <OpenFile heading="Open a file" />}
          <section className="card stack" aria-labelledby="check">
            <h2 id="check">What would it take?</h2>
            <p>
              Ten plain questions say which parts of a file you could fill quickly and what to think about first. No
              account, no score, and nothing leaves your browser.
            </p>
            <p>
              <Link to="/early-access/self-check" className="usa-button usa-button--outline">
                Start the self-check
              </Link>
            </p>
          </section>
        </div>
      </div>
    </div>
  );
}

function About(props: { isSignedIn: boolean; hasNoFiles: boolean }) {
  return (
    <section className="card stack" aria-labelledby="about">
      <h2 id="about">{props.hasNoFiles ? 'No files yet: what this is' : 'What this is'}</h2>
      <p>
        Early access is voluntary. A developer who wants to can show a model to an authority for at most thirty days
        before other trusted partners get it, so that what it can do in cybersecurity is known early.
      </p>
      <p>
        <strong>Nothing here is needed to release a model.</strong> No page, date or answer here permits a release or
        stops one; that decision is the developer's alone.
      </p>
      <p>
        A file starts closed: nobody outside the developer's organisation can tell that it exists until the developer
        names who may know.
      </p>
      {!props.isSignedIn && (
        <p>
          Files are shown to those who are <Link to="/sign-in">signed in</Link>.
        </p>
      )}
    </section>
  );
}
