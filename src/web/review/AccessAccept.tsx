import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { z } from 'zod';
import type { People } from '../../api/contract/directory.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { AccessChoice } from './AccessChoice.tsx';
import { type Grant, grantPath, useAccessAct } from './access-api.ts';

/** The organisation that is given access takes the terms and says who is to use it. */
export function AccessAccept({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const act = useAccessAct();
  const session = useSession();
  const people = useQuery({
    queryKey: ['people', 'evaluators'],
    queryFn: () => ask<z.infer<typeof People>>('/api/v1/people?limit=200'),
  });
  const [isLimited, setLimited] = useState(false);
  const own = (people.data?.items ?? []).filter(
    ({ organisation, roles }) => organisation === session.data?.organisation?.id && roles.includes('evaluator'),
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const named = isLimited
      ? own
          .filter(({ id }) => said.get(`use-${id}`) !== null)
          .map(({ id, name }) => ({ person: id, shownAs: String(said.get(`as-${id}`) ?? '').trim() || name }))
      : [];
    const canaries = String(said.get('canaries') ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(0, 5);
    act.mutate(
      { path: grantPath(grant.id, '/acceptance'), body: { people: named, canaries }, said: 'Terms accepted.' },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal heading="Accept these terms" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          Your organisation may use the model for the purposes named in the grant, and for no other. Each request is
          recorded with who made it, when and for what; the developer sees that record.
        </p>
        <fieldset className="usa-fieldset stack-tight">
          <legend className="usa-legend">Who is to use it</legend>
          <AccessChoice kind="radio" name="who" checked={!isLimited} onChange={() => setLimited(false)}>
            Every evaluator of my organisation
          </AccessChoice>
          <AccessChoice kind="radio" name="who" checked={isLimited} onChange={() => setLimited(true)}>
            Only these, under the name that the developer sees
          </AccessChoice>
          {isLimited && (
            <ul className="plain-list stack-tight">
              {own.map(({ id, name }) => (
                <li key={id} className="row">
                  <AccessChoice kind="checkbox" name={`use-${id}`}>
                    {name}, shown as
                  </AccessChoice>
                  <input
                    className="usa-input"
                    name={`as-${id}`}
                    aria-label={`${name} is shown as`}
                    defaultValue={name}
                    maxLength={200}
                  />
                </li>
              ))}
            </ul>
          )}
        </fieldset>
        {grant.method === 'openai_compatible' && (
          <Field
            label="Questions of your own for the probe (optional)"
            hint="One a line, five at most. They are asked at the start and every day beside the usual ones; the developer does not see them here."
          >
            {(control) => (
              <textarea {...control} className="usa-textarea" name="canaries" rows={3} maxLength={10_000} />
            )}
          </Field>
        )}
        {act.error && <Failure error={act.error} doing="accept the terms" />}
        <p>
          <button type="submit" className="usa-button" disabled={act.isPending}>
            Accept
          </button>
        </p>
      </form>
    </Modal>
  );
}
