import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';
import { type File, submissionPath } from './submission-api.ts';

/** Intended dates, kept apart from the parts: in no version, no digest, no entry of the log (I20). */
export function SealedDates(props: { id: string; dates: File['dates']; onSaved: () => Promise<unknown> }) {
  const { id, dates, onSaved } = props;
  const save = useMutation({
    mutationFn: (next: Record<string, string | null>) =>
      ask(submissionPath(id, '/dates'), { method: 'PUT', body: next }),
    onSuccess: () => {
      announce('The dates are kept.');
      return onSaved();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const text = (name: string) => String(said.get(name)).trim() || null;
    save.mutate({ partnerRelease: text('partner'), publicRelease: text('public'), note: text('note') });
  };
  return (
    <section className="card stack" aria-labelledby="dates">
      <h2 id="dates">Intended dates, sealed</h2>
      <p className="soft">
        Only your organisation reads them, whoever reads the file. They are in no version, no export of others and no
        entry of the log.{' '}
        {dates !== undefined && dates.shownTo.length > 0 && (
          <strong>
            You show them to {dates.shownTo.length === 1 ? 'one party' : `${dates.shownTo.length} parties`}.{' '}
          </strong>
        )}
        <Link to="/early-access/$id/people" params={{ id }}>
          Who reads them
        </Link>
      </p>
      <form className="stack" onSubmit={submit} key={dates?.savedAt}>
        <div className="file-cells">
          <Field label="Release to other trusted partners">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="date"
                name="partner"
                defaultValue={dates?.partnerRelease ?? ''}
              />
            )}
          </Field>
          <Field label="Public release">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                type="date"
                name="public"
                defaultValue={dates?.publicRelease ?? ''}
              />
            )}
          </Field>
        </div>
        <Field label="Note">
          {(control) => (
            <textarea
              {...control}
              className="usa-textarea"
              name="note"
              maxLength={2000}
              defaultValue={dates?.note ?? ''}
            />
          )}
        </Field>
        {save.error && <Failure error={save.error} doing="keep the dates" />}
        <div>
          <button type="submit" className="usa-button usa-button--outline" disabled={save.isPending}>
            Keep the dates
          </button>
        </div>
      </form>
    </section>
  );
}
