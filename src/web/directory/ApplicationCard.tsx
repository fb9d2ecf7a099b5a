import { kindNames } from '../../domain/directory/application.ts';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { namesOf } from './application-words.ts';
import { type Application, useAct } from './participation-api.ts';
import { WordsForm } from './WordsForm.tsx';

const stateNames: Partial<Record<Application['state'], string>> = {
  received: 'Waits for somebody',
  asked: 'Waits for the applicant',
  proposed: 'Waits for a second person',
};

/** One application: what was said, what was asked, and what this person may do with it. */
export function ApplicationCard(props: { application: Application; self: string; onDone: (sentence: string) => void }) {
  const { application, self, onDone } = props;
  const { id, state, said, exchanges, proposal, mayConfirm, alike, receivedAt } = application;
  const path = `/api/v1/applications/${id}`;
  const ask1 = useAct((question: string) => ask(`${path}/questions`, { method: 'POST', body: { question } }));
  const propose = useAct((reason: string) => ask(`${path}/proposal`, { method: 'POST', body: { reason } }));
  const sendBack = useAct(() => ask(`${path}/proposal`, { method: 'DELETE' }));
  const confirm = useAct(() => ask(`${path}/confirmation`, { method: 'POST', body: {} }));
  const refuse = useAct((words: string) => ask(`${path}/refusal`, { method: 'POST', body: { words } }));
  const mayThis = mayConfirm.some((one) => one.id === self);
  return (
    <details className="card application-card">
      <summary className="application">
        <span className="row spread">
          <strong data-source="outside">{said.name}</strong>
          <span className={`tag ${state === 'proposed' && mayThis ? 'tag-now' : 'tag-later'}`}>
            {state === 'proposed' && mayThis ? 'Waits for you' : stateNames[state]}
          </span>
        </span>
        <span className="small soft">
          {said.kind === undefined ? 'Proposed here' : kindNames[said.kind]}
          {said.country !== undefined && <span data-source="outside"> · {said.country}</span>} · {moments(receivedAt)}
        </span>
      </summary>
      <div className="stack">
        <dl className="facts">
          <dt>Wants to</dt>
          <dd data-source="outside" className="said">
            {said.purpose}
          </dd>
          <dt>Contact</dt>
          <dd data-source="outside" className="break-all">
            {said.contact.name}, {said.contact.email}
          </dd>
          <dt>Domain</dt>
          <dd data-source="outside" className="break-all">
            {said.domain ?? 'not given'}
          </dd>
          <dt>security.txt</dt>
          <dd data-source="outside" className="break-all">
            {said.securityTxt ?? 'not given'}
          </dd>
          <dt>Terms read</dt>
          <dd>{said.termsVersion === undefined ? 'not said' : `Version ${said.termsVersion}`}</dd>
        </dl>
        <p className="small soft">
          All of it is the applicant's own word, save the mail address, which is proved
          {said.kind === undefined && ' only where they applied themselves'}.
        </p>
        {alike.length > 0 && (
          <Notice kind="warning" isQuiet>
            <ul>
              {alike.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Notice>
        )}
        {exchanges.map(({ question, by, at, answer }) => (
          <div key={at} className="stack-tight">
            <p className="small soft">
              {by.name} asked on {moments(at)}
            </p>
            <blockquote className="said">{question}</blockquote>
            {answer && (
              <>
                <p className="small soft">Answered on {moments(answer.at)}</p>
                <blockquote data-source="outside" className="said">
                  {answer.text}
                </blockquote>
              </>
            )}
          </div>
        ))}
        {proposal && (
          <div className="stack-tight">
            <p>
              {proposal.by.name} proposed on {moments(proposal.at)} to let it in:
            </p>
            <blockquote className="said">{proposal.reason}</blockquote>
            {mayThis ? (
              <p>
                {proposal.by.id === self
                  ? 'Nobody else could confirm it, so you may; the record says that one person did both.'
                  : 'You may confirm it: the organisation takes part from then on, and its contact gets a link to sign in.'}
              </p>
            ) : (
              <p>It needs a second person: {namesOf(mayConfirm)} may confirm it.</p>
            )}
            <p className="row">
              {mayThis && (
                <button
                  type="button"
                  className="usa-button"
                  disabled={confirm.isPending}
                  onClick={() =>
                    confirm.mutate(undefined, {
                      onSuccess: () => onDone(`${said.name} takes part. Its contact is sent a link to sign in.`),
                    })
                  }
                >
                  Confirm, let it in
                </button>
              )}
              <button
                type="button"
                className="usa-button usa-button--outline"
                disabled={sendBack.isPending}
                onClick={() => sendBack.mutate(undefined)}
              >
                {proposal.by.id === self ? 'Take the proposal back' : 'Send it back'}
              </button>
            </p>
          </div>
        )}
        {!proposal && (
          <WordsForm
            summary="Propose to let it in"
            about={said.name}
            label="Why it should take part"
            hint="Read by the second person, and kept in the record."
            action="Propose"
            isPending={propose.isPending}
            onSend={(reason) => propose.mutate(reason)}
          />
        )}
        {state === 'received' && said.kind !== undefined && (
          <WordsForm
            summary="Ask for more"
            about={said.name}
            label="Your question"
            hint="The applicant gets a mail that says only that there is news."
            action="Ask"
            isPending={ask1.isPending}
            onSend={(question) => ask1.mutate(question)}
          />
        )}
        <WordsForm
          summary="Do not let it in"
          about={said.name}
          label="Words for the applicant"
          hint="One person is enough for this; they may apply again."
          action="Do not let it in"
          isPending={refuse.isPending}
          onSend={(words) => refuse.mutate(words, { onSuccess: () => onDone(`${said.name} was not let in.`) })}
        />
        {[ask1, propose, sendBack, confirm, refuse].map(
          ({ error }) => error && <Failure key={error.message} error={error} doing="do that" />,
        )}
      </div>
    </details>
  );
}
