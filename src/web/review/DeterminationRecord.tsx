import { type FormEvent, useState } from 'react';
import { type Outcome, standingWords } from '../../domain/review/determination.ts';
import { markingIn } from '../../domain/review/marking.ts';
import { useSession } from '../directory/session.ts';
import { shortDay, today } from '../parts/dates.ts';
import { Field } from '../parts/Field.tsx';

export interface Saying {
  outcome: Outcome;
  decidedOn: string;
  sentence?: string;
  reference: string;
}

/** What the developer reads of an outcome: the same before it is recorded, as a preview, and after. */
export function DeterminationWords(props: {
  saying: {
    outcome: Outcome;
    decidedOn: string;
    delegate: string;
    sentence: string | null;
    sealedAt?: string | undefined;
  };
  authority: string;
}) {
  const { saying, authority } = props;
  return (
    <blockquote className="determination-words stack-tight">
      <p>
        <strong>{standingWords[saying.outcome].name}</strong>, decided on {shortDay(saying.decidedOn)}
      </p>
      {saying.sentence && <p className="details">{saying.sentence}</p>}
      {saying.sealedAt && (
        <p className="soft">The sentence was sealed on {shortDay(saying.sealedAt)}: nobody can read it.</p>
      )}
      <p className="soft small">
        Recorded by {saying.delegate}, {authority}
      </p>
    </blockquote>
  );
}

/** The form of a delegate, beside it what the developer will read. */
export function DeterminationRecord(props: {
  outcomes: readonly Outcome[];
  action: string;
  previewHeading: string;
  isBusy: boolean;
  onRecord: (saying: Saying) => unknown;
}) {
  const { outcomes, action, previewHeading, isBusy, onRecord } = props;
  const session = useSession();
  const [outcome, setOutcome] = useState<Outcome>();
  const [decidedOn, setDecidedOn] = useState(today());
  const [sentence, setSentence] = useState('');
  const [reference, setReference] = useState('');
  const marking = markingIn(sentence);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (outcome === undefined || marking !== undefined) return;
    onRecord({
      outcome,
      decidedOn,
      reference: reference.trim(),
      ...(sentence.trim() && { sentence: sentence.trim() }),
    });
  };
  return (
    <div className="two-columns">
      <form className="form" onSubmit={submit}>
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">What the authority has determined</legend>
          {outcomes.map((one) => (
            <div className="usa-radio" key={one}>
              <label className="usa-radio__label determination-choice">
                <input
                  type="radio"
                  name="outcome"
                  required
                  checked={outcome === one}
                  onChange={() => setOutcome(one)}
                />{' '}
                {standingWords[one].name}
              </label>
            </div>
          ))}
        </fieldset>
        <Field label="Day of the decision" hint="In UTC">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="date"
              required
              max={today()}
              value={decidedOn}
              onChange={(event) => setDecidedOn(event.target.value)}
            />
          )}
        </Field>
        <Field
          label="Sentence for the developer (optional)"
          hint="This side is open: nothing classified, no method, no score. At most 500 characters."
          error={marking && `“${marking}” looks like a classification or control marking. Such a text is not kept.`}
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={500}
              value={sentence}
              onChange={(event) => setSentence(event.target.value)}
            />
          )}
        </Field>
        <Field label="Your reference number" hint="Of the file that stays with you. The developer never reads it.">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              required
              maxLength={64}
              pattern="[A-Za-z0-9](?:[A-Za-z0-9 .\/_\-]{0,62}[A-Za-z0-9])?"
              title="Letters, digits, spaces and . / _ -"
              spellCheck={false}
              value={reference}
              onChange={(event) => setReference(event.target.value)}
            />
          )}
        </Field>
        <div>
          <button type="submit" className="usa-button" disabled={isBusy || marking !== undefined}>
            {action}
          </button>
        </div>
      </form>
      <section className="stack-tight" aria-label="Preview">
        <h3>{previewHeading}</h3>
        {outcome === undefined ? (
          <p className="soft">Choose an outcome to see it.</p>
        ) : (
          <DeterminationWords
            saying={{
              outcome,
              decidedOn,
              delegate: session.data?.person?.name ?? '',
              sentence: sentence.trim() || null,
            }}
            authority={session.data?.organisation?.name ?? ''}
          />
        )}
      </section>
    </div>
  );
}
