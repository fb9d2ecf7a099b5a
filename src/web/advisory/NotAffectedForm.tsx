import { type FormEvent, useState } from 'react';
import { type Justification, justifications } from '../../domain/advisory/mark.ts';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';

/** Asks why an upgrade's advisories do not apply. The answer goes into the VEX export word for word. */
export function NotAffectedForm(props: {
  title: string;
  onClose: () => void;
  onSave: (justification: Justification, reason: string) => void;
}) {
  const [justification, setJustification] = useState<Justification | ''>('');
  const [reason, setReason] = useState('');
  const [isTried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (justification !== '' && reason.trim() !== '') props.onSave(justification, reason.trim());
  };
  return (
    <Modal heading="Not affected" onClose={props.onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <p>
          Say why the advisories of <strong>{props.title}</strong> do not apply here. The reason stays with the mark and
          goes into the VEX export; someone may have to defend it.
        </p>
        <Field
          label="Justification"
          hint="The labels are those of the VEX standards."
          error={isTried && justification === '' ? 'Choose the justification that fits.' : undefined}
        >
          {(control) => (
            <select
              {...control}
              className="usa-select"
              value={justification}
              onChange={(event) => setJustification(event.target.value as Justification)}
            >
              <option value="">Choose one</option>
              {Object.entries(justifications).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Reason in your words"
          error={isTried && reason.trim() === '' ? 'Write the reason, such as where you looked.' : undefined}
        >
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <div className="row">
          <button type="submit" className="usa-button">
            Mark as not affected
          </button>
          <button type="button" className="usa-button usa-button--outline" onClick={props.onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}
