import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { AccessChoice } from './AccessChoice.tsx';
import { type Incident, useAccessAct } from './access-api.ts';
import { type Submission, submissionPath } from './submission-api.ts';

/** Raises a containment incident: the press cuts access, the words come after. */
export function IncidentRaise({ submission, onClose }: { submission: Submission; onClose: () => void }) {
  const act = useAccessAct<Incident>();
  const navigate = useNavigate();
  const others = submission.parties.filter(({ capacity }) => capacity === 'authority');
  const [told, setTold] = useState(() => new Set(others.map(({ organisation }) => organisation)));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const what = String(new FormData(event.currentTarget).get('what')).trim();
    act.mutate(
      {
        path: submissionPath(submission.id, '/incidents'),
        body: { what, organisations: [...told] },
        said: 'Access is cut. The incident is raised.',
      },
      {
        onSuccess: ({ id }) =>
          navigate({ to: '/early-access/$id/incidents/$incident', params: { id: submission.id, incident: id } }),
      },
    );
  };
  return (
    <Modal heading="Raise a containment incident" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          <strong>Access is cut when you press this.</strong> All access of everybody to {submission.model.name}{' '}
          {submission.model.version} ends, and the window pauses where it runs. All parties of the file see both, with
          “containment incident” as the reason of the pause. The developer gives access anew when it chooses to.
        </p>
        <Field label="What happened" hint="In a sentence or two. Those named below read it; it is not in the log.">
          {(control) => (
            <textarea {...control} className="usa-textarea" name="what" rows={4} required maxLength={4000} />
          )}
        </Field>
        <fieldset className="usa-fieldset">
          <legend className="usa-legend">Who will know</legend>
          <p className="usa-hint">{submission.developer.name} and your organisation always do.</p>
          {others.map(({ organisation, name }) => (
            <AccessChoice
              key={organisation}
              kind="checkbox"
              checked={told.has(organisation)}
              onChange={(event) => {
                const next = new Set(told);
                if (event.target.checked) next.add(organisation);
                else next.delete(organisation);
                setTold(next);
              }}
            >
              {name}
            </AccessChoice>
          ))}
        </fieldset>
        {act.error && <Failure error={act.error} doing="raise the incident" />}
        <p className="row">
          <button type="submit" className="usa-button usa-button--secondary" disabled={act.isPending}>
            Cut access and raise it
          </button>
          <button type="button" className="usa-button usa-button--outline" onClick={onClose}>
            Not now
          </button>
        </p>
      </form>
    </Modal>
  );
}
