import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { claimPolicy } from '../../domain/intake/claim-policy.ts';
import { allVersions } from '../../domain/intake/scope.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';
import { ClaimIntroduction } from './ClaimIntroduction.tsx';
import { ClaimScope, ClaimTarget } from './ClaimScope.tsx';
import { ClaimTimeLeft } from './ClaimTimeLeft.tsx';
import { type Answer, type ClaimDetails, claimPath, useClaim, useClaimAct, useIntakePolicies } from './claim-api.ts';
import { answerWords, authorityWords, pathWords, stateWords, versionWords } from './claim-words.ts';
import { IntakeNav } from './IntakeNav.tsx';
import { IntakePolicyCard } from './IntakePolicyCard.tsx';

/** One claim: how long it runs, what was asked on it, who wants to be introduced. */
export function ClaimPage() {
  const { id } = useParams({ from: '/intake/claims/$id' });
  const loaded = useClaim(id);
  const claim = loaded.data;
  return (
    <div className="stack-wide">
      <PageHeading lead="Only your organisation reads this page." aside={<Link to="/intake/claims">All claims</Link>}>
        Scan claim
      </PageHeading>
      <IntakeNav />
      {loaded.error && !claim && (
        <Failure error={loaded.error} doing="open the claim" onRetry={() => loaded.refetch()} />
      )}
      {loaded.isLoading && <p className="soft">Opening the claim…</p>}
      {claim && (
        <div className="two-columns">
          <div className="stack">
            <Lease claim={claim} />
            {claim.messages.length > 0 && <Messages messages={claim.messages} />}
            <Wishes claim={claim} />
          </div>
          <div className="stack">
            <Question claim={claim} />
            <ClaimIntroduction claim={claim} />
          </div>
        </div>
      )}
    </div>
  );
}

function Lease({ claim }: { claim: ClaimDetails }) {
  const words = stateWords[claim.state];
  const { authority } = claim;
  return (
    <section className="card stack" aria-labelledby="lease">
      <div className="row spread">
        <h2 id="lease">
          <ClaimTarget scope={claim.scope} />
        </h2>
        <span className={`tag ${words.tone}`}>{words.name}</span>
      </div>
      <ClaimScope scope={claim.scope} />
      {claim.state === 'claimed' ? (
        <ClaimTimeLeft claim={claim} />
      ) : (
        <p className="soft">
          {words.name} {moments(claim.endedAt ?? claim.until)}. Nothing brings it back; claim anew where the work goes
          on.
        </p>
      )}
      <dl className="facts">
        <dt>Registered</dt>
        <dd>
          {moments(claim.registeredAt)} by {claim.by.agent !== null && `${claim.by.agent}, for `}
          {claim.by.person ?? 'somebody who has left'}
        </dd>
        <dt>Authority</dt>
        <dd>
          {authorityWords[authority.kind]}: <span data-source="outside">{authority.from}</span>
          {authority.reference !== undefined && (
            <span className="claim-line" data-source="outside">
              {authority.reference}
            </span>
          )}
          {authority.url !== undefined && (
            <span className="claim-line">
              <ReferenceLink url={authority.url} />
            </span>
          )}
          {authority.until !== undefined && <span className="claim-line">Holds until {moments(authority.until)}</span>}
        </dd>
        <dt>When others ask</dt>
        <dd>
          {claim.disclosure === 'answer' ? 'They are answered “conflict”.' : 'They are sent to the broker.'}
          {claim.isCounted && ' The coverage board may count it.'}
        </dd>
        {claim.note !== null && (
          <>
            <dt>Note</dt>
            <dd data-source="outside">{claim.note}</dd>
          </>
        )}
      </dl>
      {claim.state === 'claimed' && <Acts claim={claim} />}
    </section>
  );
}

function Acts({ claim }: { claim: ClaimDetails }) {
  const act = useClaimAct();
  const [days, setDays] = useState(String(claimPolicy.defaultDays));
  const renew = (event: FormEvent) => {
    event.preventDefault();
    act.mutate({ path: claimPath(claim.id, '/renewals'), body: { days: Number(days) }, said: 'Renewed.' });
  };
  const end = (as: 'finished' | 'cancelled') =>
    act.mutate({ path: claimPath(claim.id, '/end'), body: { as }, said: stateWords[as].name });
  return (
    <>
      <form className="row align-bottom" onSubmit={renew}>
        <Field label="Days from now">
          {(control) => (
            <input
              {...control}
              className="usa-input claim-days"
              type="number"
              min={1}
              max={claimPolicy.maxDays}
              required
              value={days}
              onChange={(event) => setDays(event.target.value)}
            />
          )}
        </Field>
        <button type="submit" className="usa-button" disabled={act.isPending}>
          Renew
        </button>
      </form>
      <p className="row">
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={act.isPending}
          onClick={() => end('finished')}
        >
          The work is finished
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={act.isPending}
          onClick={() => end('cancelled')}
        >
          Cancel the claim
        </button>
      </p>
      {act.error && <Failure error={act.error} doing="change the claim" />}
    </>
  );
}

function Question({ claim }: { claim: ClaimDetails }) {
  const act = useClaimAct<{ answer: Answer }>();
  const [versions, setVersions] = useState('');
  const [path, setPath] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      claim: claim.id,
      ...(versions.trim() !== '' && { versions: versions.trim() }),
      ...(path.trim() !== '' && { path: path.trim() }),
    };
    act.mutate({ path: '/api/v1/claim-queries', body, said: 'Answered.' });
  };
  const answer = act.data?.answer;
  const isOpen = claim.state === 'claimed';
  return (
    <section className="card stack" aria-labelledby="question">
      <h2 id="question">Has somebody else claimed this?</h2>
      <p className="soft">
        There are three answers, and no other. They are about claims and maintainers’ wishes alone: what was found or
        reported never answers here.
      </p>
      <dl className="claim-answers">
        {(Object.keys(answerWords) as Answer[]).map((one) => (
          <div key={one} className={one === answer ? 'claim-answer is-given' : 'claim-answer'}>
            <dt>
              {answerWords[one].name}
              {one === answer && <span className="tag tag-pine">the answer</span>}
            </dt>
            <dd>{answerWords[one].says}</dd>
          </div>
        ))}
      </dl>
      {isOpen && (
        <form className="stack" onSubmit={submit}>
          <details>
            <summary>Ask about a part only</summary>
            <div className="stack claim-part">
              {claim.scope.target.kind === 'package' && (
                <Field label="Versions" hint={`Within ${versionWords(claim.scope.versions)}`}>
                  {(control) => (
                    <input
                      {...control}
                      className="usa-input mono"
                      maxLength={2000}
                      value={versions}
                      onChange={(event) => setVersions(event.target.value)}
                    />
                  )}
                </Field>
              )}
              <Field label="Path" hint={`Within ${pathWords(claim.scope).replace(/^under /, '')}`}>
                {(control) => (
                  <input
                    {...control}
                    className="usa-input mono"
                    maxLength={500}
                    value={path}
                    onChange={(event) => setPath(event.target.value)}
                  />
                )}
              </Field>
            </div>
          </details>
          <p className="row">
            <button type="submit" className="usa-button" disabled={act.isPending}>
              Ask
            </button>
            <span className="small soft">
              {claimPolicy.queriesPerTargetPerDay} questions a day and target, about{' '}
              {claimPolicy.scopesPerTargetPerWeek} different parts a week.
            </span>
          </p>
          {act.error && <Failure error={act.error} doing="ask" />}
        </form>
      )}
      {claim.questions.length > 0 && (
        <details open={claim.questions.length <= 3}>
          <summary className="small">Asked so far</summary>
          <ul className="plain-list small claim-part">
            {claim.questions.map((one) => (
              <li key={one.at + one.versions + one.path}>
                {moments(one.at)}: <strong>{answerWords[one.answer].name}</strong>
                {(one.versions !== claim.scope.versions || one.path !== claim.scope.path) && (
                  <span className="soft">
                    {' '}
                    for {one.versions === allVersions ? 'all versions' : versionWords(one.versions)}
                    {one.path !== '' && ` under ${one.path}`}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Messages({ messages }: { messages: ClaimDetails['messages'] }) {
  return (
    <section className="card stack" aria-labelledby="broker">
      <h2 id="broker">From the broker</h2>
      <ul className="claim-list">
        {messages.map(({ at, text }) => (
          <li key={at + text} className="stack-tight">
            <p className="small soft">{moments(at)}</p>
            <p className="pre-line" data-source="outside">
              {text}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Wishes({ claim }: { claim: ClaimDetails }) {
  const purl = claim.scope.target.kind === 'package' ? claim.scope.target.purl : undefined;
  const policies = useIntakePolicies({ purl }, purl !== undefined);
  if (purl === undefined) return null;
  const items = policies.data?.items ?? [];
  return (
    <section className="card stack" aria-labelledby="wishes">
      <h2 id="wishes">What its maintainers ask</h2>
      {policies.data && items.length === 0 && (
        <p className="soft">Nothing is stated here for this package. Look for a security.txt of its project.</p>
      )}
      {items.map((one) => (
        <IntakePolicyCard key={one.id} stated={one} />
      ))}
    </section>
  );
}
