import { type FormEvent, type ReactNode, useState } from 'react';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { type ClaimDetails, claimPath, useClaimAct } from './claim-api.ts';

/** After a conflict: asking to be introduced, answering others who ask, and who was met. */
export function ClaimIntroduction({ claim }: { claim: ClaimDetails }) {
  const act = useClaimAct();
  const { asked, waiting, introduced } = claim.introduction;
  const isOpen = claim.state === 'claimed';
  const hasConflict = claim.questions.some(({ answer }) => answer === 'conflict');
  if (!hasConflict && waiting.length === 0 && introduced.length === 0 && !claim.wasAsked) return null;
  return (
    <section className="card stack" aria-labelledby="introduction">
      <h2 id="introduction">Introduction</h2>
      {introduced.map((one) => (
        <div key={one.id} className="claim-met stack-tight">
          <p>
            You and <strong data-source="outside">{one.organisation}</strong> have been introduced.
          </p>
          <p>
            Contact: <span data-source="outside">{one.contact}</span>
          </p>
          <p className="small soft">{moments(one.at)}. They have your organisation’s name and the contact you gave.</p>
        </div>
      ))}
      {claim.wasAsked && introduced.length === 0 && waiting.length === 0 && (
        <p>
          Somebody with an overlapping claim has asked. You would learn the same by asking yourself; then you can ask to
          be introduced.
        </p>
      )}
      {isOpen &&
        waiting.map((one) => (
          <div key={one.id} className="stack-tight">
            <p>
              Somebody with an overlapping claim asks to be introduced, {moments(one.at)}. They learn who you are only
              if you consent, and you learn then who they are.
            </p>
            <Contact
              button="Consent, and be introduced"
              isPending={act.isPending}
              onSend={(contact) =>
                act.mutate({
                  path: `/api/v1/claim-introductions/${encodeURIComponent(one.id)}/answers`,
                  body: { answer: 'consent', contact },
                  said: 'You have been introduced.',
                })
              }
            >
              <button
                type="button"
                className="usa-button usa-button--outline"
                disabled={act.isPending}
                onClick={() =>
                  act.mutate({
                    path: `/api/v1/claim-introductions/${encodeURIComponent(one.id)}/answers`,
                    body: { answer: 'decline' },
                    said: 'Declined. Nobody is told.',
                  })
                }
              >
                Decline
              </button>
            </Contact>
            <p className="small soft">Whoever asked cannot tell that you declined from that you did not answer.</p>
          </div>
        ))}
      {isOpen && hasConflict && asked === null && waiting.length === 0 && introduced.length === 0 && (
        <>
          <p>
            Ask to be introduced to whoever holds the overlapping claim. If they consent, you both learn the other’s
            organisation and contact; until then you can take it back.
          </p>
          <Contact
            button="Ask to be introduced"
            isPending={act.isPending}
            onSend={(contact) =>
              act.mutate({ path: claimPath(claim.id, '/introduction'), body: { contact }, said: 'Asked.' })
            }
          />
        </>
      )}
      {asked !== null && introduced.length === 0 && (
        <>
          <p>
            You asked to be introduced, {moments(asked.at)}, with the contact{' '}
            <span data-source="outside">{asked.contact}</span>. Nobody has consented so far.
          </p>
          {isOpen && (
            <p>
              <button
                type="button"
                className="usa-button usa-button--outline"
                disabled={act.isPending}
                onClick={() =>
                  act.mutate({
                    path: claimPath(claim.id, '/introduction'),
                    method: 'DELETE',
                    said: 'Taken back.',
                  })
                }
              >
                Take it back
              </button>
            </p>
          )}
        </>
      )}
      {act.error && <Failure error={act.error} doing="do this" />}
    </section>
  );
}

function Contact(props: {
  button: string;
  isPending: boolean;
  onSend: (contact: string) => void;
  children?: ReactNode;
}) {
  const [contact, setContact] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSend(contact.trim());
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Field label="Contact that the other side gets" hint="An address that your colleagues read">
        {(control) => (
          <input
            {...control}
            className="usa-input"
            required
            maxLength={300}
            value={contact}
            onChange={(event) => setContact(event.target.value)}
          />
        )}
      </Field>
      <p className="row">
        <button type="submit" className="usa-button" disabled={props.isPending}>
          {props.button}
        </button>
        {props.children}
      </p>
    </form>
  );
}
