import type { FormEvent } from 'react';
import { purposeNames } from '../../domain/review/grant.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { type Grant, useAccessAct } from './access-api.ts';
import { submissionPath } from './submission-api.ts';

const momentOf = (value: FormDataEntryValue | null) =>
  value === null || value === '' ? null : `${String(value).slice(0, 16)}:00.000Z`;

/** Reports a use that did not go through this instance. */
export function LedgerReport({ id, grant, onClose }: { id: string; grant: Grant; onClose: () => void }) {
  const act = useAccessAct();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const body = {
      grant: grant.id,
      purpose: String(said.get('purpose')),
      startedAt: momentOf(said.get('startedAt')),
      endedAt: momentOf(said.get('endedAt')),
      uses: Number(said.get('uses')),
      note: String(said.get('note') ?? '').trim(),
    };
    act.mutate({ path: submissionPath(id, '/uses'), body, said: 'The use is in the ledger.' }, { onSuccess: onClose });
  };
  return (
    <Modal heading="Report a use" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>It is kept in the ledger with your name, marked as reported. Both sides see it.</p>
        <Field label="For what">
          {(control) => (
            <select {...control} className="usa-select" name="purpose">
              {grant.purposes.map((purpose) => (
                <option key={purpose} value={purpose}>
                  {purposeNames[purpose]}
                </option>
              ))}
              <option value="other">Something that was not agreed (it is pointed out)</option>
            </select>
          )}
        </Field>
        <div className="two-columns">
          <Field label="Began (UTC)">
            {(control) => <input {...control} className="usa-input" type="datetime-local" name="startedAt" required />}
          </Field>
          <Field label="Ended (UTC)">
            {(control) => <input {...control} className="usa-input" type="datetime-local" name="endedAt" />}
          </Field>
        </div>
        <Field label="How many uses">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="number"
              name="uses"
              min={1}
              max={1_000_000}
              defaultValue={1}
              required
            />
          )}
        </Field>
        <Field label="Note" hint="No prompts, no answers, nothing classified.">
          {(control) => <textarea {...control} className="usa-textarea" name="note" rows={3} maxLength={2000} />}
        </Field>
        {act.error && <Failure error={act.error} doing="report the use" />}
        <p>
          <button type="submit" className="usa-button" disabled={act.isPending}>
            Report
          </button>
        </p>
      </form>
    </Modal>
  );
}
