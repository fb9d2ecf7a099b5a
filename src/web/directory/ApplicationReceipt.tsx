import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { wordsMax } from '../../domain/directory/application.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { type Standing, secretIn, useAct } from './participation-api.ts';

const stateWords: Record<Standing['state'], { name: string; says: string }> = {
  address_to_prove: {
    name: 'Your address is not proved yet',
    says: 'Open the link in the mail that was sent to it. It works for a day; after that, apply again.',
  },
  received: {
    name: 'Received',
    says: 'It waits for people of the organisation that runs this instance. You get a mail when there is news.',
  },
  more_asked: { name: 'More was asked', says: 'Answer the question below; then it waits for them again.' },
  admitted: {
    name: 'Your organisation takes part',
    says: 'A link to sign in was sent to your address. It works once, for a day; you can ask for another on the sign-in page.',
  },
  not_admitted: { name: 'Not let in', says: 'They wrote you why. You may apply again at any time.' },
  withdrawn: { name: 'Taken back', says: 'You took this application back. You may apply again at any time.' },
};

/** Where an application stands, for whoever has its link. */
export function ApplicationReceipt() {
  const receipt = secretIn(useLocation({ select: (location) => location.hash }), 'receipt');
  return (
    <div className="stack narrow">
      <PageHeading>Your application</PageHeading>
      {receipt === undefined ? (
        <Notice kind="info" heading="The link is not whole">
          <p>
            Open the whole link that you kept when you applied. You have none?{' '}
            <Link to="/apply">Apply to take part</Link>.
          </p>
        </Notice>
      ) : (
        <WithReceipt receipt={receipt} />
      )}
    </div>
  );
}

function WithReceipt(props: { receipt: string }) {
  const { receipt } = props;
  const client = useQueryClient();
  const key = ['application-standing', receipt];
  const standing = useQuery({
    queryKey: key,
    queryFn: () => ask<Standing>('/api/v1/applications/standing', { method: 'POST', body: { receipt } }),
    retry: false,
  });
  const show = (next: Standing) => client.setQueryData(key, next);
  const [text, setText] = useState('');
  const [isLeaving, setLeaving] = useState(false);
  const answer = useAct(() =>
    ask<Standing>('/api/v1/applications/answer', { method: 'POST', body: { receipt, answer: text.trim() } }),
  );
  const withdraw = useAct(() =>
    ask<Standing>('/api/v1/applications/withdrawal', { method: 'POST', body: { receipt } }),
  );
  if (standing.error)
    return <Failure error={standing.error} doing="find your application" onRetry={() => standing.refetch()} />;
  if (standing.data === undefined) return <p className="soft">Opening…</p>;
  const { state, name, question, words, receivedAt, updatedAt } = standing.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') answer.mutate(undefined, { onSuccess: show });
  };
  const isOpen = state === 'address_to_prove' || state === 'received' || state === 'more_asked';
  return (
    <section className="card stack" aria-labelledby="standing">
      <h2 id="standing">{stateWords[state].name}</h2>
      <p>{stateWords[state].says}</p>
      <dl className="facts">
        <dt>Organisation</dt>
        <dd data-source="outside">{name}</dd>
        <dt>Sent</dt>
        <dd>{moments(receivedAt)}</dd>
        <dt>Last change</dt>
        <dd>{moments(updatedAt)}</dd>
      </dl>
      {words !== undefined && (
        <blockquote data-source="outside" className="said">
          {words}
        </blockquote>
      )}
      {question !== undefined && (
        <form className="stack" onSubmit={submit}>
          <blockquote data-source="outside" className="said">
            {question}
          </blockquote>
          <Field label="Your answer">
            {(control) => (
              <textarea
                {...control}
                className="usa-textarea"
                required
                maxLength={wordsMax}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          {answer.error && <Failure error={answer.error} doing="send the answer" />}
          <div>
            <button type="submit" className="usa-button" disabled={answer.isPending}>
              Send the answer
            </button>
          </div>
        </form>
      )}
      {state === 'admitted' && (
        <p>
          <Link to="/sign-in" className="usa-button">
            Sign in
          </Link>
        </p>
      )}
      {isOpen && !isLeaving && (
        <p>
          <button type="button" className="usa-button usa-button--outline" onClick={() => setLeaving(true)}>
            Take it back
          </button>
        </p>
      )}
      {isOpen && isLeaving && (
        <Notice kind="warning" heading="Take the application back?">
          <p>Nobody decides on it then. What you wrote is forgotten after some time.</p>
          <p className="row">
            <button
              type="button"
              className="usa-button"
              disabled={withdraw.isPending}
              onClick={() => withdraw.mutate(undefined, { onSuccess: show })}
            >
              Take it back
            </button>
            <button type="button" className="usa-button usa-button--unstyled" onClick={() => setLeaving(false)}>
              Keep it
            </button>
          </p>
        </Notice>
      )}
      {withdraw.error && <Failure error={withdraw.error} doing="take it back" />}
    </section>
  );
}

/** The page of the link in the mail. A press of a button, not the mere opening, proves the address: mail scanners open links too. */
export function ApplicationProof() {
  const token = secretIn(useLocation({ select: (location) => location.hash }), 'token');
  const prove = useAct(() => ask<void>('/api/v1/applications/proof', { method: 'POST', body: { token } }));
  return (
    <div className="stack narrow">
      <PageHeading>Is this your address?</PageHeading>
      {prove.isSuccess ? (
        <Notice kind="success" heading="Your address is proved">
          <p>
            The application waits for people of the organisation that runs this instance now. The link that you kept
            when you applied shows where it stands; you get a mail when there is news.
          </p>
        </Notice>
      ) : (
        <div className="card stack">
          <p>
            Somebody gave this address when they applied to take part here. If it was you, say so: then somebody can
            decide. If not, close this page, and nothing happens.
          </p>
          {prove.error && <Failure error={prove.error} doing="prove the address" />}
          {token === undefined && <p>The link is not whole: open the one in the mail.</p>}
          <p>
            <button
              type="button"
              className="usa-button"
              disabled={token === undefined || prove.isPending}
              onClick={() => prove.mutate(undefined)}
            >
              Yes, I applied
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
