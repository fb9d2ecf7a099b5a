import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { deskStates } from '../../domain/evidence/reading.ts';
import { ask } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { counted } from '../parts/numbers.ts';
import { stateWords, useColleagues, useDeskSummary } from './desk-api.ts';

/** How the reading of a run stands, and the form that puts attempts of it on the desk. */
export function DeskRun(props: { run: string; samples: number }) {
  const session = useSession();
  const mayRead = session.data?.roles.some((role) => ['evaluator', 'security_lead', 'release_manager'].includes(role));
  return mayRead ? <Reading {...props} self={session.data?.person?.id} /> : null;
}

function Reading(props: { run: string; samples: number; self: string | undefined }) {
  const { run, samples, self } = props;
  const client = useQueryClient();
  const summary = useDeskSummary(run);
  const people = useColleagues();
  const sign = useMutation({
    mutationFn: () => ask<void>(`/api/v1/runs/${encodeURIComponent(run)}/sign-offs`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['desk-summary', run] }),
  });
  const { counts = {}, signOffs = [], signed = 'none', cheated = [], agreement } = summary.data ?? {};
  const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
  const open = (counts.wanting ?? 0) + (counts.reading ?? 0) + (counts.differing ?? 0);
  const isMine = signOffs.some(({ by }) => by === self) && signed !== 'none';
  const nameOf = (id: string) => people.data?.items.find((one) => one.id === id)?.name ?? 'Somebody';
  return (
    <section className="card stack" aria-labelledby="reading">
      <h2 id="reading">Read by people</h2>
      {summary.error && <Failure error={summary.error} doing="ask how the reading stands" />}
      {total === 0 ? (
        <p className="soft">
          No attempt of this run is on the desk of your organisation. Two people read each one that you put there, and
          say whether it was cheated.
        </p>
      ) : (
        <>
          <p className="row">
            {deskStates
              .filter((state) => (counts[state] ?? 0) > 0)
              .map((state) => (
                <span key={state} className={`tag ${state === 'differing' ? 'tag-soon' : ''}`}>
                  {stateWords[state]}: {counts[state]}
                </span>
              ))}
            <Link to="/evidence/desk" search={{ run, view: 'all' }}>
              Open the desk
            </Link>
          </p>
          {agreement && agreement.pairs > 0 && (
            <p className="small soft">
              Both readers said the same of cheating in {agreement.same} of {agreement.pairs}
              {agreement.alpha !== null && ` (Krippendorff’s alpha ${agreement.alpha.toFixed(2)})`}.
            </p>
          )}
          <p>
            {cheated.length === 0 ? (
              'None of those that are settled was found to be cheated.'
            ) : (
              <>
                Found to be cheated:{' '}
                {cheated.map((sample, at) => (
                  <span key={sample}>
                    {at > 0 && ', '}
                    <Link to="/evidence/runs/$id/samples/$sample" params={{ id: run, sample: String(sample) }}>
                      sample {sample}
                    </Link>
                  </span>
                ))}
              </>
            )}
          </p>
          <p className="small soft">
            {signed === 'none'
              ? 'Nobody has signed for these outcomes.'
              : `Signed by ${signOffs.map(({ by, at }) => `${nameOf(by)} (${moments(at)})`).join(' and ')}.`}
            {signed === 'one' && ' A second person signs too.'}
          </p>
          {sign.error && <Failure error={sign.error} doing="sign" />}
          {open === 0 && signed !== 'both' && !isMine && (
            <div>
              <button
                type="button"
                className="usa-button usa-button--outline"
                disabled={sign.isPending}
                onClick={() => sign.mutate()}
              >
                Sign for these outcomes
              </button>
            </div>
          )}
        </>
      )}
      <PutForm run={run} samples={samples} />
    </section>
  );
}

function PutForm(props: { run: string; samples: number }) {
  const { run, samples } = props;
  const client = useQueryClient();
  const [random, setRandom] = useState(String(Math.min(10, samples)));
  const [reason, setReason] = useState('');
  const put = useMutation({
    mutationFn: () =>
      ask<{ added: number }>(`/api/v1/runs/${encodeURIComponent(run)}/readings`, {
        method: 'POST',
        body: { chosen: { random: Number(random) }, reason },
      }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['desk-summary', run] }),
        client.invalidateQueries({ queryKey: ['desk'] }),
      ]),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <details>
      <summary>Put attempts on the desk</summary>
      <form className="form" onSubmit={submit}>
        <Field
          label="How many, drawn by lot"
          hint={`Of ${counted(samples, 'sample')}; the draw can be repeated by others.`}
        >
          {(control) => (
            <input
              {...control}
              className="usa-input"
              type="number"
              required
              min={1}
              max={Math.min(samples, 2000)}
              value={random}
              onChange={(event) => setRandom(event.target.value)}
            />
          )}
        </Field>
        <Field label="Why these are to be read">
          {(control) => (
            <input
              {...control}
              className="usa-input"
              required
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        {put.error && <Failure error={put.error} doing="put them on the desk" />}
        {put.data && <p role="status">{counted(put.data.added, 'attempt')} put on the desk.</p>}
        <div>
          <button type="submit" className="usa-button usa-button--outline" disabled={put.isPending}>
            Put them on the desk
          </button>
        </div>
      </form>
    </details>
  );
}

/** Puts one attempt on the desk, from its transcript. */
export function DeskPut(props: { run: string; sample: number }) {
  const { run, sample } = props;
  const session = useSession();
  const client = useQueryClient();
  const put = useMutation({
    mutationFn: () =>
      ask<{ added: number }>(`/api/v1/runs/${encodeURIComponent(run)}/readings`, {
        method: 'POST',
        body: { chosen: { samples: [sample] }, reason: 'Chosen while reading the transcript' },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['desk'] }),
  });
  if (!session.data?.roles.some((role) => ['evaluator', 'security_lead', 'release_manager'].includes(role)))
    return null;
  return (
    <p className="row">
      <button
        type="button"
        className="usa-button usa-button--outline button-small"
        disabled={put.isPending || put.data !== undefined}
        onClick={() => put.mutate()}
      >
        Put it on the desk
      </button>
      {put.data && (
        <span role="status">
          {put.data.added === 1 ? 'It is on the desk.' : 'It was there already.'}{' '}
          <Link to="/evidence/desk">Open the desk</Link>
        </span>
      )}
      {put.error && <Failure error={put.error} doing="put it on the desk" />}
    </p>
  );
}
