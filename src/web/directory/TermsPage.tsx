import type { z } from 'zod';
import type { LegalBasisView } from '../../api/contract/participation.ts';
import { ask } from '../api.ts';
import { moments, shortDay } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { type Terms, useAct, useOwn, useTerms } from './participation-api.ts';
import { useSession } from './session.ts';

/** The terms of participation, what is accepted of them, and which legal bases are in force today. */
export function TermsPage() {
  const session = useSession();
  const terms = useTerms();
  const isSignedIn = session.data?.person !== undefined;
  return (
    <div className="stack-wide">
      <PageHeading lead={terms.data?.summary}>Terms of participation</PageHeading>
      {terms.error && <Failure error={terms.error} doing="read the terms" onRetry={() => terms.refetch()} />}
      {terms.data && (
        <>
          {isSignedIn && <Acceptance terms={terms.data} />}
          <div className="card stack">
            <p className="small soft">
              Version {terms.data.version}, {shortDay(terms.data.date)}. {terms.data.source}.
            </p>
            {terms.data.sections.map(({ id, title, says }) => (
              <section key={id} className="stack-tight" aria-labelledby={`terms-${id}`}>
                <h2 id={`terms-${id}`}>{title}</h2>
                <ul>
                  {says.map((sentence) => (
                    <li key={sentence}>{sentence}</li>
                  ))}
                </ul>
              </section>
            ))}
            <p className="small soft break-all">Digest of these words: {terms.data.digest}</p>
          </div>
          <Bases terms={terms.data} />
        </>
      )}
    </div>
  );
}

function Acceptance(props: { terms: Terms }) {
  const { version, digest } = props.terms;
  const session = useSession();
  const own = useOwn();
  const accept = useAct(() => ask<void>('/api/v1/terms/acceptances', { method: 'POST', body: { version, digest } }));
  if (own.error) return <Failure error={own.error} doing="see what was accepted" onRetry={() => own.refetch()} />;
  if (own.data === undefined) return null;
  const { organisation, isHost, acceptances, isTermsAsked } = own.data;
  // It runs the instance under its own terms; nobody asks it.
  if (isHost) return null;
  const current = acceptances.find((one) => one.digest === digest);
  if (!isTermsAsked && current !== undefined)
    return (
      <Notice kind="info" isQuiet>
        <p>
          {current.by.name} accepted version {version} for {organisation.name} on {moments(current.at)}.
        </p>
      </Notice>
    );
  const isAdministrator = session.data?.roles.includes('administrator') === true;
  const earlier = acceptances[0];
  return (
    <Notice kind="warning" heading={`Nobody has accepted version ${version} for ${organisation.name} yet`} isQuiet>
      {earlier && (
        <p>
          Accepted until now: version {earlier.version}, by {earlier.by.name} on {moments(earlier.at)}.
        </p>
      )}
      {isAdministrator ? (
        <>
          <p>You can accept it for your organisation. Your name, the version and the time are recorded.</p>
          <p>
            <button
              type="button"
              className="usa-button"
              disabled={accept.isPending}
              onClick={() =>
                accept.mutate(undefined, { onSuccess: () => announce('The terms are accepted. It is recorded.') })
              }
            >
              Accept version {version} for {organisation.name}
            </button>
          </p>
        </>
      ) : (
        <p>An administrator of your organisation can accept it.</p>
      )}
      {accept.error && <Failure error={accept.error} doing="accept the terms" />}
    </Notice>
  );
}

type Basis = z.infer<typeof LegalBasisView>;

const stateNames: Record<Basis['state'], string> = {
  in_force: 'In force',
  lapsed: 'Lapsed',
  not_yet: 'Not in force yet',
};

function Bases(props: { terms: Terms }) {
  const { legalBases, asOf } = props.terms;
  return (
    <section className="stack" aria-labelledby="bases">
      <h2 id="bases">On what sharing rests today</h2>
      <p>
        As of {moments(asOf)}. A list of what is known here, with its source; not legal advice, and no promise that it
        covers what you do. Ask your own counsel.
      </p>
      <ul className="card-list">
        {legalBases.map((basis) => (
          <li key={basis.id} className="card stack-tight">
            <div className="row spread">
              <h3>{basis.name}</h3>
              <span className={`tag ${basis.state === 'in_force' ? 'tag-pine' : 'tag-soon'}`}>
                {stateNames[basis.state]}
              </span>
            </div>
            <p>{basis.says}</p>
            <dl className="facts">
              <dt>Where</dt>
              <dd>{basis.where}</dd>
              <dt>First day</dt>
              <dd>{basis.validFrom === null ? 'not known here' : shortDay(basis.validFrom)}</dd>
              <dt>Last day</dt>
              <dd>{basis.validTo === null ? 'no end known' : shortDay(basis.validTo)}</dd>
              <dt>Source</dt>
              <dd>
                {basis.source.title} ({basis.source.date}
                {basis.validTo !== null && basis.source.sources === 1 && '; one source'})
              </dd>
            </dl>
            <p className="small soft">{basis.note}</p>
            {basis.state === 'lapsed' && (
              <p>
                {basis.intakePausesOnLapse
                  ? 'By the policy of this instance new findings wait until it is in force again. Everything else goes on.'
                  : 'Nothing here stops because of it. Whether you go on sharing is yours to decide.'}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
