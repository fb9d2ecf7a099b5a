import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ApiProblem, ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PageHeading } from '../parts/PageHeading.tsx';
import { save } from '../parts/save.ts';
import { type Left, type Preview, secretIn, useAct } from './participation-api.ts';

const fileName = 'assay-organisation.ndjson';

/** For an administrator: take what is one's own along, see what would end, and leave. */
export function Leaving(props: { organisation: string; onLeft: (left: Left) => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section className="card stack" aria-labelledby="leave">
      <h2 id="leave">Take along, and leave</h2>
      <p>
        The export holds everything that {props.organisation} owns here: people, agents, inventories, files of models,
        logs, findings, claims and the acts in the log that you may read. One line of JSON each.
      </p>
      <p className="row">
        <a className="usa-button usa-button--outline" href="/api/v1/participation/export" download={fileName}>
          Download the export
        </a>
        {!isOpen && (
          <button type="button" className="usa-button usa-button--outline" onClick={() => setOpen(true)}>
            Leave…
          </button>
        )}
      </p>
      {isOpen && <Confirm organisation={props.organisation} onLeft={props.onLeft} onKeep={() => setOpen(false)} />}
    </section>
  );
}

function Confirm(props: { organisation: string; onLeft: (left: Left) => void; onKeep: () => void }) {
  const { organisation, onLeft, onKeep } = props;
  const [isSure, setSure] = useState(false);
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ['leaving'],
    queryFn: () => ask<Preview>('/api/v1/participation/leaving'),
    gcTime: 0,
  });
  const leave = useAct(() => ask<Left>('/api/v1/participation/leaving', { method: 'POST', body: {} }));
  if (preview.error)
    return <Failure error={preview.error} doing="see what would end" onRetry={() => preview.refetch()} />;
  if (preview.data === undefined) return <p className="soft">Reading what would end…</p>;
  const { ends, stays, exportDays } = preview.data;
  return (
    <div className="stack">
      <Counted heading="Ends at once" rows={ends} none="Nothing is open." />
      <Counted heading="Stays with those who have it" rows={stays} none="Nobody has anything of yours." />
      <p>
        No reason is asked and nothing is held against you. It cannot be undone: to come back you apply again. For{' '}
        {exportDays} days a link fetches the export; then your inventories, which nobody else could read, are deleted.
        The release of a model that is not recorded yet is recorded here before you leave, or not at all.
      </p>
      <div className="usa-checkbox">
        <input
          className="usa-checkbox__input"
          id="leave-sure"
          type="checkbox"
          checked={isSure}
          onChange={(event) => setSure(event.target.checked)}
        />
        <label className="usa-checkbox__label" htmlFor="leave-sure">
          {organisation} leaves now
        </label>
      </div>
      {leave.error && <Failure error={leave.error} doing="leave" />}
      <p className="row">
        <button
          type="button"
          className="usa-button"
          disabled={!isSure || leave.isPending}
          onClick={() =>
            leave.mutate(undefined, {
              onSuccess: (answer) => {
                sessionStorage.clear();
                client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
                onLeft(answer);
              },
            })
          }
        >
          Leave
        </button>
        <button type="button" className="usa-button usa-button--unstyled" onClick={onKeep}>
          Stay
        </button>
      </p>
    </div>
  );
}

function Counted(props: { heading: string; rows: Preview['ends']; none: string }) {
  const rows = props.rows.filter(({ count }) => count > 0);
  return (
    <div className="stack-tight">
      <h3>{props.heading}</h3>
      {rows.length === 0 ? (
        <p className="soft">{props.none}</p>
      ) : (
        <table className="usa-table">
          <thead className="visually-hidden">
            <tr>
              <th scope="col">What</th>
              <th scope="col">How many</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ what, count }) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                <td className="number">{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** After leaving: what is left to do here. */
export function HasLeft(props: { left: Left }) {
  const { exportToken, exportUntil } = props.left;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="card stack" aria-labelledby="left">
      <h2 id="left" tabIndex={-1} ref={heading}>
        Your organisation has left
      </h2>
      <p>Nothing more reaches you from here, and nobody can sign in for you.</p>
      <Notice kind="warning" heading="Keep this link. It is shown once" isQuiet>
        <p>Until {moments(exportUntil)} it fetches the export of what is yours.</p>
        <p className="mono break-all">{`${location.origin}/left#token=${exportToken}`}</p>
      </Notice>
      <FetchExport token={exportToken} />
    </section>
  );
}

/** The page of that link. */
export function LeftPage() {
  const token = secretIn(useLocation({ select: (location) => location.hash }), 'token');
  return (
    <div className="stack narrow">
      <PageHeading>Export after leaving</PageHeading>
      {token === undefined ? (
        <Notice kind="info" heading="The link is not whole">
          <p>Open the whole link that was shown when your organisation left.</p>
        </Notice>
      ) : (
        <div className="card stack">
          <p>Everything that your organisation owned here, one line of JSON each.</p>
          <FetchExport token={token} />
        </div>
      )}
    </div>
  );
}

function FetchExport(props: { token: string }) {
  const fetchIt = useAct(async () => {
    const response = await fetch('/api/v1/participation/export', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ token: props.token }),
    });
    if (!response.ok) throw new ApiProblem({ ...(await response.json()), status: response.status });
    save(await response.blob(), fileName, 'application/x-ndjson');
  });
  return (
    <>
      {fetchIt.error && <Failure error={fetchIt.error} doing="fetch the export" />}
      <p>
        <button
          type="button"
          className="usa-button usa-button--outline"
          disabled={fetchIt.isPending}
          onClick={() => fetchIt.mutate(undefined)}
        >
          Download the export
        </button>
      </p>
    </>
  );
}
