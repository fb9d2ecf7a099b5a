import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { deciderRoles } from '../../domain/directory/application.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { announce } from '../shell/announce.ts';
import { HasLeft, Leaving } from './Leaving.tsx';
import { ParticipationBoard } from './ParticipationBoard.tsx';
import { type Left, type Own, useAct, useOwn } from './participation-api.ts';
import { useSession } from './session.ts';

/** How one's own organisation stands; for those who decide in the one that runs the instance, also who waits to be let in. */
export function ParticipationPage() {
  const session = useSession();
  const [left, setLeft] = useState<Left>();
  const { person, roles = [] } = session.data ?? {};
  const own = useOwn(person !== undefined);
  const isDecider = own.data?.isHost === true && roles.some((role) => deciderRoles.includes(role));
  return (
    <div className="stack-wide">
      <PageHeading>Participation</PageHeading>
      {session.error && (
        <Failure error={session.error} doing="ask who is signed in" onRetry={() => session.refetch()} />
      )}
      {left !== undefined && <HasLeft left={left} />}
      {left === undefined && session.data && person === undefined && (
        <Notice kind="info" heading="You are not signed in">
          <p>
            <Link to="/sign-in">Sign in</Link> to see how your organisation stands. Your organisation is not here yet?{' '}
            <Link to="/apply">Apply to take part</Link>.
          </p>
        </Notice>
      )}
      {left === undefined && person !== undefined && (
        <>
          {own.error && (
            <Failure error={own.error} doing="see how your organisation stands" onRetry={() => own.refetch()} />
          )}
          {isDecider && <ParticipationBoard self={person.id} />}
          {own.data && <OwnCard own={own.data} />}
          {own.data && !own.data.isHost && roles.includes('administrator') && (
            <Leaving organisation={own.data.organisation.name} onLeft={setLeft} />
          )}
        </>
      )}
    </div>
  );
}

function OwnCard(props: { own: Own }) {
  const { organisation, isHost, state, suspension, acceptances, isTermsAsked, models } = props.own;
  const accepted = acceptances[0];
  return (
    <section className="card stack" aria-labelledby="own">
      <h2 id="own">{organisation.name}</h2>
      {suspension && (
        <Notice kind="warning" heading="The participation of your organisation is suspended" isQuiet>
          <p>
            Since {moments(suspension.at)}
            {suspension.endsAt === undefined
              ? ', until the organisation that runs this instance ends it.'
              : `. It ends by itself on ${moments(suspension.endsAt)} unless a second person confirms it.`}
          </p>
          <blockquote data-source="outside" className="said">
            {suspension.reason}
          </blockquote>
          <p>
            You can read the terms, take your export along, record the release of a model, and leave. Nothing else is
            done or read here meanwhile, by your agents neither.
          </p>
        </Notice>
      )}
      <dl className="facts">
        <dt>Stands</dt>
        <dd>
          {state === 'suspended' ? 'Suspended' : 'Takes part'}
          {isHost && '; runs this instance'}
        </dd>
        {!isHost && (
          <>
            <dt>Terms accepted</dt>
            <dd>
              {accepted
                ? `Version ${accepted.version}, by ${accepted.by.name} on ${moments(accepted.at)}`
                : 'Not by anybody yet'}
              {isTermsAsked && (
                <>
                  . <Link to="/terms">Read the version in use</Link>
                </>
              )}
            </dd>
          </>
        )}
      </dl>
      {models.length > 0 && <Releases models={models} />}
    </section>
  );
}

/** What a suspension never holds up. */
function Releases(props: { models: Own['models'] }) {
  const [asked, setAsked] = useState<string>();
  const release = useAct((submission: string) =>
    ask(`/api/v1/submissions/${submission}/window/events`, { method: 'POST', body: { act: 'release' } }),
  );
  return (
    <div className="stack-tight">
      <h3>Your models</h3>
      <p className="soft">You record a release here as always; nobody's word is needed for it.</p>
      <ul className="settings-list">
        {props.models.map(({ submission, name, version, isReleased }) => (
          <li key={submission}>
            <strong>
              {name} {version}
            </strong>
            {isReleased ? (
              <span className="soft">Release recorded</span>
            ) : asked === submission ? (
              <span className="row">
                <button
                  type="button"
                  className="usa-button button-small"
                  disabled={release.isPending}
                  onClick={() => release.mutate(submission, { onSuccess: () => announce('The release is recorded.') })}
                >
                  Record that {name} {version} is released
                </button>
                <button type="button" className="usa-button usa-button--unstyled" onClick={() => setAsked(undefined)}>
                  Not now
                </button>
              </span>
            ) : (
              <button
                type="button"
                className="usa-button usa-button--outline button-small"
                onClick={() => setAsked(submission)}
              >
                Record its release<span className="visually-hidden"> ({name})</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {release.error && <Failure error={release.error} doing="record the release" />}
    </div>
  );
}
