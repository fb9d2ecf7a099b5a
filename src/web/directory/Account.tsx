import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { announce } from '../shell/announce.ts';

/** One's own name and address. An address can be given and changed, not taken away. */
export function Account(props: { person: { id: string; name: string; email?: string | undefined } }) {
  const { person } = props;
  const client = useQueryClient();
  const [name, setName] = useState(person.name);
  const [email, setEmail] = useState(person.email ?? '');
  const change = useMutation({
    mutationFn: () =>
      ask(`/api/v1/people/${person.id}`, { method: 'PATCH', body: { name, ...(email.trim() ? { email } : {}) } }),
    onSuccess: () => {
      announce('Saved.');
      return Promise.all(['session', 'people'].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  return (
    <details>
      <summary>Change your name or address</summary>
      <form
        className="form form-inset"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Field label="Your name">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              required
              maxLength={200}
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Your address" hint="Sign-in links go there.">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="email"
              required={person.email !== undefined}
              maxLength={254}
              autoComplete="email"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        {change.error && <Failure error={change.error} doing="save" />}
        <div>
          <button type="submit" className="usa-button" disabled={change.isPending}>
            Save
          </button>
        </div>
      </form>
    </details>
  );
}
