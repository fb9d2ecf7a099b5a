import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import type { WhoWouldLearn } from '../../api/contract/registrations.ts';
import { ask, query } from '../api.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { useOwnFiles } from './pack-api.ts';

/** Words for one kind of thing: `release a copy`, `take it back`. */
interface Words {
  /** What others would know then. */
  learn: string;
  heading: string;
  act: string;
}

/** Who may know of something, and the acts that widen that to the parties of a submission, after a preview (I6), or end it. */
export function ResultAudience(props: {
  /** Of the audience, in the API. */
  path: string;
  submission: string | null;
  isOwn: boolean;
  /** Why it cannot be shown now. */
  obstacle?: string | undefined;
  words: Words;
  onDone: () => Promise<unknown>;
}) {
  const { path, submission, isOwn, obstacle, words, onDone } = props;
  const submissions = useOwnFiles(isOwn);
  const [chosen, setChosen] = useState('');
  const [asking, setAsking] = useState<string>();
  const hide = useMutation({
    mutationFn: () => ask(path, { method: 'PUT', body: { submission: null } }),
    onSuccess: onDone,
  });
  const files = submissions.data?.items ?? [];
  const shownIn = files.find((one) => one.id === submission);
  return (
    <section className="card stack no-print" aria-labelledby="who">
      <h2 id="who">Who may know</h2>
      {submission === null ? (
        <p>Only {isOwn ? 'your' : 'its own'} organisation.</p>
      ) : (
        <p>
          The parties of{' '}
          <Link to="/early-access/$id" params={{ id: submission }}>
            {shownIn ? `${shownIn.model.name} ${shownIn.model.version}` : 'one model’s file'}
          </Link>
          .
        </p>
      )}
      {isOwn && submission !== null && (
        <>
          {hide.error && <Failure error={hide.error} doing="take it back" />}
          <div>
            <button
              type="button"
              className="usa-button usa-button--outline"
              disabled={hide.isPending}
              onClick={() => hide.mutate()}
            >
              Take it back
            </button>
          </div>
        </>
      )}
      {isOwn && submission === null && obstacle !== undefined && <p className="soft">{obstacle}</p>}
      {isOwn && submission === null && obstacle === undefined && files.length === 0 && (
        <p className="soft">It can be shown to the parties of a model’s file. Yours has none open.</p>
      )}
      {isOwn && submission === null && obstacle === undefined && files.length > 0 && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            setAsking(chosen);
          }}
        >
          <Field label={`${words.act} the parties of`}>
            {(control) => (
              <select
                {...control}
                className="usa-select"
                required
                value={chosen}
                onChange={(event) => setChosen(event.target.value)}
              >
                <option value="">Choose a model’s file</option>
                {files.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.model.name} {one.model.version}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <div>
            <button type="submit" className="usa-button usa-button--outline">
              See who would learn of it
            </button>
          </div>
        </form>
      )}
      {asking !== undefined && (
        <ShowDialog
          path={path}
          words={words}
          submission={asking}
          onDone={onDone}
          onClose={() => setAsking(undefined)}
        />
      )}
    </section>
  );
}

function ShowDialog(props: {
  path: string;
  words: Words;
  submission: string;
  onDone: () => Promise<unknown>;
  onClose: () => void;
}) {
  const { path, words, submission, onDone, onClose } = props;
  const preview = useQuery({
    queryKey: ['audience preview', path, submission],
    queryFn: () => ask<z.infer<typeof WhoWouldLearn>>(`${path}${query({ submission })}`),
    gcTime: 0,
  });
  const show = useMutation({
    mutationFn: () => ask(path, { method: 'PUT', body: { submission } }),
    onSuccess: async () => {
      await onDone();
      onClose();
    },
  });
  return (
    <Modal heading={words.heading} onClose={onClose}>
      {preview.error && <Failure error={preview.error} doing="find out who would learn of it" />}
      {preview.data && (
        <>
          <p>{words.learn}</p>
          <ul>
            {preview.data.parties.map((one) => (
              <li key={one.organisation}>{one.name}</li>
            ))}
          </ul>
          <p className="soft small">
            Whoever joins this file later learns of it as well. You can take it back at once.
          </p>
          {show.error && <Failure error={show.error} doing="do this" />}
          <div>
            <button type="button" className="usa-button" disabled={show.isPending} onClick={() => show.mutate()}>
              {words.act} them
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
