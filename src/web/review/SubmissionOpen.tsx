import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { Parts } from '../../domain/review/submission.ts';
import { ask } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import type { Submission } from './submission-api.ts';

/** Opens the file of a model; with `parts` it begins with what was said elsewhere. */
export function OpenFile(props: { heading: string; parts?: Parts; onOpened?: () => void }) {
  const { heading, parts, onOpened } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const open = useMutation({
    mutationFn: (model: Record<string, string>) =>
      ask<Submission>('/api/v1/submissions', { method: 'POST', body: { model, ...(parts && { parts }) }, key }),
    onSuccess: async (made) => {
      onOpened?.();
      client.setQueryData(['submission', made.id], made);
      await client.invalidateQueries({ queryKey: ['submissions'] });
      await navigate({
        to: parts === undefined ? '/early-access/$id' : '/early-access/$id/file',
        params: { id: made.id },
      });
    },
    onError: () => setKey(crypto.randomUUID()),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget);
    const digest = String(said.get('digest')).trim();
    open.mutate({ name: String(said.get('name')), version: String(said.get('version')), ...(digest && { digest }) });
  };
  return (
    <section className="card stack" aria-labelledby="open">
      <h2 id="open">{heading}</h2>
      <p className="soft">Only your organisation knows of it until you say otherwise.</p>
      <form className="form" onSubmit={submit}>
        <Field label="Name of the model">
          {(control) => <input {...control} className="usa-input" name="name" required maxLength={200} />}
        </Field>
        <Field label="Version">
          {(control) => <input {...control} className="usa-input" name="version" required maxLength={100} />}
        </Field>
        <Field label="Digest of the weights or the build (optional)" hint="sha256: and 64 hex digits">
          {(control) => (
            <input
              {...control}
              className="usa-input mono"
              name="digest"
              pattern="sha256:[0-9a-f]{64}"
              spellCheck={false}
            />
          )}
        </Field>
        {open.error && <Failure error={open.error} doing="open the file" />}
        <div>
          <button type="submit" className="usa-button" disabled={open.isPending}>
            Open the file
          </button>
        </div>
      </form>
    </section>
  );
}
