import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ClaimScope, ClaimTarget } from './ClaimScope.tsx';
import { type IntakePolicy, type Overlap, useClaimAct, useIntakePolicies, useOverlaps } from './claim-api.ts';
import { IntakeNav } from './IntakeNav.tsx';
import { IntakePolicyCard } from './IntakePolicyCard.tsx';

/** For coordinators of the instance: what holders leave to the broker, and what maintainers state and nobody has looked at. */
export function ClaimBrokerPage() {
  const session = useSession();
  const isCoordinator = session.data?.roles.includes('coordinator') ?? false;
  const overlaps = useOverlaps(isCoordinator);
  const waiting = useIntakePolicies({ of: 'waiting' }, isCoordinator);
  const items = overlaps.data?.items ?? [];
  return (
    <div className="stack-wide">
      <PageHeading
        lead="Overlaps that holders leave to you, or that cannot be told. Every holder of an open claim sees in their log that you read this list, whether or not theirs is on it."
        aside={<Link to="/intake/claims">Claims</Link>}
      >
        The broker’s list
      </PageHeading>
      <IntakeNav />
      {session.data && !isCoordinator && (
        <Empty heading="For coordinators">
          <p>Coordinators of the organisation that runs this instance read this list.</p>
        </Empty>
      )}
      {overlaps.error && <Failure error={overlaps.error} doing="list overlaps" onRetry={() => overlaps.refetch()} />}
      {overlaps.data && (
        <section className="stack" aria-labelledby="overlaps">
          <h2 id="overlaps">Overlaps</h2>
          {items.length === 0 && <p className="card soft">No overlap is left to the broker at the moment.</p>}
          {items.map((one) => (
            <Pair key={one.sides.map(({ claim }) => claim).join()} pair={one} />
          ))}
          {overlaps.data.isCut && <p className="soft">There are more than are shown here.</p>}
        </section>
      )}
      {waiting.data && isCoordinator && (
        <section className="stack" aria-labelledby="stated">
          <h2 id="stated">Stated by maintainers, not looked at</h2>
          {waiting.data.items.length === 0 && <p className="card soft">Nothing waits.</p>}
          {waiting.data.items.map((one) => (
            <Stated key={one.id} stated={one} />
          ))}
        </section>
      )}
    </div>
  );
}

function Pair({ pair }: { pair: Overlap }) {
  return (
    <article className="card stack" aria-label="Two overlapping claims">
      <p>
        <span className={`tag ${pair.overlap === 'yes' ? 'tag-soon' : ''}`}>
          {pair.overlap === 'yes' ? 'They overlap' : 'It cannot be told'}
        </span>
      </p>
      <div className="two-columns">
        {pair.sides.map((side) => (
          <div key={side.claim} className="stack-tight">
            <h3 data-source="outside">{side.organisation}</h3>
            <p>
              <ClaimTarget scope={side.scope} />
            </p>
            <ClaimScope scope={side.scope} />
            <p className="small soft">
              Until {moments(side.until)}.{' '}
              {side.disclosure === 'answer' ? 'Answers questions itself.' : 'Leaves answers to you.'}
            </p>
            <Tell claim={side.claim} organisation={side.organisation} />
          </div>
        ))}
      </div>
    </article>
  );
}

function Tell({ claim, organisation }: { claim: string; organisation: string }) {
  const act = useClaimAct();
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.mutate(
      { path: '/api/v1/claim-overlaps/messages', body: { claim, text: text.trim() }, said: 'Sent.' },
      { onSuccess: () => setText('') },
    );
  };
  return (
    <details>
      <summary className="small">Write to {organisation}</summary>
      <form className="stack-tight claim-part" onSubmit={submit}>
        <Field
          label={`Message to ${organisation}`}
          hint="Shown as the broker’s. Name no other organisation, and nothing of what it claims, unless it has agreed."
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              rows={3}
              required
              maxLength={2000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {act.error && <Failure error={act.error} doing="send this" />}
        {act.isSuccess && <p className="small soft">Sent.</p>}
        <p>
          <button type="submit" className="usa-button usa-button--outline" disabled={act.isPending}>
            Send
          </button>
        </p>
      </form>
    </details>
  );
}

function Stated({ stated }: { stated: IntakePolicy }) {
  const act = useClaimAct();
  const decide = (as: 'confirmed' | 'removed', said: string) =>
    act.mutate({
      path: `/api/v1/intake-policies/${encodeURIComponent(stated.id)}/decisions`,
      body: { as },
      said,
    });
  return (
    <article className="card stack" aria-label={`Statement for ${stated.purl}`}>
      <IntakePolicyCard stated={stated} isProofShown />
      <p className="row">
        <button
          type="button"
          className="usa-button"
          disabled={act.isPending}
          onClick={() => decide('confirmed', 'Confirmed.')}
        >
          The proof shows a maintainer
        </button>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={act.isPending}
          onClick={() => decide('removed', 'Removed.')}
        >
          Remove the statement
        </button>
      </p>
      {act.error && <Failure error={act.error} doing="decide on it" />}
    </article>
  );
}
