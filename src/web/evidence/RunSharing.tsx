import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { z } from 'zod';
import type { Submissions } from '../../api/contract/submissions.ts';
import { ask, query } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Modal } from '../parts/Modal.tsx';
import { type RunView, runPath, type SharePreview } from './run-api.ts';

/** Who sees a run, and the acts that let the parties of a model's file see it, or no longer. */
export function RunSharing(props: { run: RunView }) {
  const { run } = props;
  const client = useQueryClient();
  const submissions = useQuery({
    queryKey: ['submissions', 'to share with'],
    queryFn: () => ask<z.infer<typeof Submissions>>('/api/v1/submissions?limit=200'),
  });
  const [chosen, setChosen] = useState('');
  const [isAsked, setAsked] = useState(false);
  const end = useMutation({
    mutationFn: (submission: string) =>
      ask(`${runPath(run.id)}/shares/${encodeURIComponent(submission)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['run', run.id], exact: true }),
  });
  const shared = new Set(run.shares.map(({ submission }) => submission));
  const items = submissions.data?.items ?? [];
  const nameOf = (id: string) => {
    const model = items.find((item) => item.id === id)?.model;
    return model === undefined ? id : `${model.name} ${model.version}`;
  };
  const open = items.filter((item) => !shared.has(item.id));
  return (
    <section className="card stack" aria-labelledby="audience">
      <h2 id="audience">Who sees this log</h2>
      <ul className="plain-list">
        {run.audience.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {run.shares.length > 0 && (
        <ul className="plain-list">
          {run.shares.map(({ submission, sharedAt }) => (
            <li key={submission}>
              Shared with the parties of{' '}
              <Link to="/early-access/$id" params={{ id: submission }}>
                {nameOf(submission)}
              </Link>{' '}
              on {moments(sharedAt)}{' '}
              <button
                type="button"
                className="usa-button usa-button--unstyled"
                disabled={end.isPending}
                onClick={() => end.mutate(submission)}
              >
                Take back
              </button>
            </li>
          ))}
        </ul>
      )}
      {end.error && <Failure error={end.error} doing="take the sharing back" />}
      {open.length > 0 ? (
        <div className="row">
          <Field label="Share with the parties of">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={chosen}
                onChange={(event) => setChosen(event.target.value)}
              >
                <option value="">Choose a model's file</option>
                {open.map(({ id, model }) => (
                  <option key={id} value={id}>
                    {model.name} {model.version}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <button
            type="button"
            className="usa-button usa-button--outline align-end"
            disabled={chosen === ''}
            onClick={() => setAsked(true)}
          >
            See who would learn of it
          </button>
        </div>
      ) : (
        <p className="soft small">
          A log is shared with the parties of a model's file. See <Link to="/early-access">Early access</Link>.
        </p>
      )}
      {isAsked && chosen !== '' && (
        <ShareModal
          run={run}
          submission={chosen}
          name={nameOf(chosen)}
          onClose={() => {
            setAsked(false);
            setChosen('');
          }}
        />
      )}
    </section>
  );
}

function ShareModal(props: { run: RunView; submission: string; name: string; onClose: () => void }) {
  const { run, submission, name, onClose } = props;
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ['run', run.id, 'share preview', submission],
    queryFn: () => ask<SharePreview>(`${runPath(run.id)}/shares/preview${query({ submission })}`),
    staleTime: 0,
    gcTime: 0,
  });
  const parties = preview.data?.parties ?? [];
  const share = useMutation({
    mutationFn: () =>
      ask(`${runPath(run.id)}/shares`, {
        method: 'POST',
        body: { submission, organisations: parties.map(({ organisation }) => organisation) },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['run', run.id], exact: true });
      onClose();
    },
    onError: () => preview.refetch(),
  });
  return (
    <Modal heading={`Share with the parties of ${name}`} onClose={onClose}>
      {preview.error && <Failure error={preview.error} doing="see who would learn of it" />}
      {preview.data && (
        <>
          <p>They will see the header, every sample and every transcript of this log:</p>
          <ul className="plain-list">
            {parties.map(({ organisation, name: party, isNew }) => (
              <li key={organisation}>
                {party}{' '}
                {isNew ? <span className="tag tag-soon">new</span> : <span className="soft">sees it already</span>}
              </li>
            ))}
          </ul>
          <p className="soft small">
            Each of their reads is put on your record. You can take this back; what they have read stays read. Who joins
            the file later does not see this log unless you share it again.
          </p>
          {share.error && <Failure error={share.error} doing="share it" />}
          <p className="row">
            <button type="button" className="usa-button" disabled={share.isPending} onClick={() => share.mutate()}>
              Share it
            </button>
            <button type="button" className="usa-button usa-button--outline" onClick={onClose}>
              Do not share
            </button>
          </p>
        </>
      )}
    </Modal>
  );
}
