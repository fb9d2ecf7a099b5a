import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { type Submission, useSubmissions } from './submission-api.ts';

/** Early access: the files of models that this organisation offers or was let into, and what all this is for. */
export function EarlyAccessPage() {
  const session = useSession();
  const isSignedIn = session.data?.person !== undefined;
  const submissions = useSubmissions(isSignedIn);
  const roles = session.data?.roles ?? [];
  const mayOpen = roles.includes('release_manager') || roles.includes('security_lead');
  const items = submissions.data?.items ?? [];
  return (
    <div className="stack-wide">
      <PageHeading lead="A developer may let an authority look at a model before its release. One file a model holds what is said, who may know, and what became of it.">
        Early access
      </PageHeading>
      {submissions.error && (
        <Failure error={submissions.error} doing="list the files" onRetry={() => submissions.refetch()} />
      )}
      {items.length > 0 && (
        <section className="card card-flush" aria-label="Files">
          <ul className="entries">
            {items.map((item) => (
              <li key={item.id}>
                <h2 className="entry-name">
                  <Link to="/early-access/$id" params={{ id: item.id }}>
                    {item.model.name} {item.model.version}
                  </Link>
                </h2>
                <p className="soft small">
                  {item.capacity === 'developer' ? 'Your model' : `By ${item.developer.name}`} · last change{' '}
                  {moments(item.updatedAt)}
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {isSignedIn && (
        <p>
          <Link to="/early-access/invitations">Invitations to your organisation as a partner</Link>
        </p>
      )}
      <div className="two-columns">
        <About isSignedIn={isSignedIn} hasFiles={items.length > 0} />
        {mayOpen && <OpenForm />}
      </div>
    </div>
  );
}

function About(props: { isSignedIn: boolean; hasFiles: boolean }) {
  return (
    <section className="card stack" aria-labelledby="about">
      <h2 id="about">{props.hasFiles ? 'What this is' : 'No files yet: what this is'}</h2>
      <p>
        Early access is voluntary. A developer who wants to can show a model to an authority for at most thirty days
        before other trusted partners get it, so that what it can do in cybersecurity is known early.
      </p>
      <p>
        <strong>Nothing here is needed to release a model.</strong> No page, date or answer here permits a release or
        stops one; that decision is the developer's alone.
      </p>
      <p>
        A file starts closed: nobody outside the developer's organisation can tell that it exists until the developer
        names who may know.
      </p>
      {!props.isSignedIn && (
        <p>
          Files are shown to those who are <Link to="/sign-in">signed in</Link>.
        </p>
      )}
    </section>
  );
}

function OpenForm() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const open = useMutation({
    mutationFn: (model: Record<string, string>) =>
      ask<Submission>('/api/v1/submissions', { method: 'POST', body: { model }, key }),
    onSuccess: async (made) => {
      client.setQueryData(['submission', made.id], made);
      await client.invalidateQueries({ queryKey: ['submissions'] });
      await navigate({ to: '/early-access/$id', params: { id: made.id } });
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
      <h2 id="open">Open a file</h2>
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
