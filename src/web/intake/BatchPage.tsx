import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { fieldOf, isFinal } from '../../domain/intake/batch.ts';
import { ApiProblem } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { announce } from '../shell/announce.ts';
import { NotFound } from '../shell/NotFound.tsx';
import { numbersOf } from './BatchesPage.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import {
  type Batch,
  batchPath,
  batchWords,
  changeBatch,
  refreshIntake,
  titleOf,
  useBatch,
  useRefused,
} from './intake-api.ts';

/** One batch: how far it is, pausing and going on, and each row that was refused with its reason. */
export function BatchPage() {
  const { id } = useParams({ from: '/intake/batches/$id' });
  const batch = useBatch(id);
  if (batch.error instanceof ApiProblem && batch.error.status === 404) return <NotFound />;
  const view = batch.data;
  return (
    <div className="stack-wide">
      <PageHeading
        aside={view && <span className={`tag ${batchWords[view.state].tone}`}>{batchWords[view.state].name}</span>}
      >
        Batch
      </PageHeading>
      <IntakeNav />
      {batch.error && <Failure error={batch.error} doing="open this batch" onRetry={() => batch.refetch()} />}
      {batch.isLoading && <p className="soft">Opening the batch…</p>}
      {view && (
        <>
          <Progress batch={view} />
          {view.problems.length > 0 && (
            <Notice kind="error" heading="The file could not be read" isQuiet>
              <ul className="plain-list">
                {view.problems.map((problem) => (
                  <li key={`${problem.path} ${problem.message}`}>{problem.message}</li>
                ))}
              </ul>
            </Notice>
          )}
          <Refused batch={view} />
        </>
      )}
    </div>
  );
}

function Progress({ batch }: { batch: Batch }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>();
  const act = async (to: 'paused' | 'resumed' | 'cancelled') => {
    setError(undefined);
    try {
      client.setQueryData(['batch', batch.id], await changeBatch(batch.id, to));
      announce(to === 'paused' ? 'Paused' : to === 'resumed' ? 'Goes on' : 'Cancelled');
      await refreshIntake(client);
    } catch (problem) {
      setError(problem);
    }
  };
  const { state, rowsRead, rowsTotal, accepted, screened } = batch;
  const isOpen = !isFinal(state);
  const { title, digest } = titleOf(batch);
  return (
    <section className="card stack" aria-labelledby="progress">
      <div className="stack-tight">
        <h2 id="progress" data-source="outside">
          {title}
        </h2>
        {digest !== undefined && <p className="mono small soft">{digest}</p>}
      </div>
      <progress
        className="progress"
        aria-label="Rows read"
        {...(rowsTotal !== null || !isOpen ? { max: Math.max(rowsTotal ?? rowsRead, 1), value: rowsRead } : {})}
      />
      <p>
        {counted(rowsRead, 'row')} read{rowsTotal !== null && rowsTotal > rowsRead && ` of ${count(rowsTotal)}`}:{' '}
        {numbersOf(batch)}.
        {accepted > 0 &&
          (screened < accepted
            ? ` ${count(screened)} of ${count(accepted)} looked through so far.`
            : ' All were looked through.')}
      </p>
      {batch.reason !== null && (
        <Notice kind={state === 'slowed' ? 'info' : 'warning'} isQuiet>
          <p>
            {batch.reason}
            {batch.resumesAt !== null && ` It goes on by itself ${moments(batch.resumesAt)}.`}
          </p>
        </Notice>
      )}
      {error !== undefined && <Failure error={error} doing="change the batch" />}
      {isOpen && (
        <p className="row">
          {state === 'paused' || state === 'slowed' ? (
            <button type="button" className="usa-button" onClick={() => act('resumed')}>
              Go on
            </button>
          ) : (
            <button type="button" className="usa-button" onClick={() => act('paused')}>
              Pause
            </button>
          )}
          <button type="button" className="usa-button usa-button--outline" onClick={() => act('cancelled')}>
            Cancel the rest
          </button>
          <span className="small soft">What was taken stays either way.</span>
        </p>
      )}
      <dl className="facts">
        {batch.format !== 'auto' && (
          <>
            <dt>Format</dt>
            <dd>{batch.format}</dd>
          </>
        )}
        <dt>Begun</dt>
        <dd>{moments(batch.createdAt)}</dd>
        <dt>Last change</dt>
        <dd>{moments(batch.updatedAt)}</dd>
        {batch.sizeBytes > 0 && (
          <>
            <dt>Size</dt>
            <dd>{size(batch.sizeBytes)}</dd>
          </>
        )}
        {batch.digest !== null && (
          <>
            <dt>SHA-256</dt>
            <dd className="mono">{batch.digest}</dd>
          </>
        )}
      </dl>
      {accepted > 0 && (
        <p>
          <Link to="/intake" search={{ batch: batch.id }} className="usa-button usa-button--outline">
            Open its findings
          </Link>
        </p>
      )}
    </section>
  );
}

function Refused({ batch }: { batch: Batch }) {
  const refused = useRefused(batch.id, batch.refused);
  if (batch.refused === 0) return null;
  return (
    <section className="card stack" aria-labelledby="refused">
      <div className="row spread">
        <h2 id="refused">{counted(batch.refused, 'row')} refused</h2>
        <span className="row">
          <a href={`${batchPath(batch.id)}/refused/refused.csv`} download>
            All as CSV
          </a>
          <a href={`${batchPath(batch.id)}/refused/refused.ndjson`} download>
            as NDJSON
          </a>
        </span>
      </div>
      {refused.error && (
        <Failure error={refused.error} doing="list the refused rows" onRetry={() => refused.refetch()} />
      )}
      {refused.data && (
        <ScrollArea label="Refused rows" className="table-wide">
          <table className="usa-table">
            <caption className="visually-hidden">Rows that were refused, with the reasons</caption>
            <thead>
              <tr>
                <th scope="col" className="number">
                  Row
                </th>
                <th scope="col">Field</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {refused.data.items.flatMap(({ row, problems }) =>
                problems.slice(0, 3).map((problem) => (
                  <tr key={`${row} ${problem.path} ${problem.message}`}>
                    <td className="number">{count(row)}</td>
                    <td className="mono">{fieldOf(row, problem.path)}</td>
                    <td data-source="outside">{problem.message}</td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </ScrollArea>
      )}
      {batch.refused > (refused.data?.items.length ?? 0) && refused.data && (
        <p className="small soft">The first {count(refused.data.items.length)}; the files hold all.</p>
      )}
    </section>
  );
}
