import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { z } from 'zod';
import type { LogEntries, LogKey } from '../../api/contract/log.ts';
import * as checkpoint from '../../log/checkpoint.ts';
import * as note from '../../log/note.ts';
import { ask, query } from '../api.ts';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { startOwnWorker } from '../worker-url.ts';
import { EntryProof } from './EntryProof.tsx';
import type { Step, VerifyProgress } from './verify.ts';
import type { VerifyReply, VerifyRequest } from './verify-worker.ts';
import verifyWorkerUrl from './verify-worker.ts?worker&url';

/** The record that anybody may check: its head, a check of the whole of it in this browser, and the entries one may read. */
export function LogPage() {
  return (
    <div className="stack-wide">
      <PageHeading lead="Every act on this instance leaves an entry in a log that cannot be changed afterwards without anybody noticing. The entries are sealed: those who may read one hold its opening, all others see that something was recorded, in which hour.">
        Log
      </PageHeading>
      <div className="two-columns">
        <Head />
        <Verify />
      </div>
      <Entries />
      <Offline />
    </div>
  );
}

export function useLogKey() {
  return useQuery({
    queryKey: ['log-key'],
    queryFn: () => ask<z.infer<typeof LogKey>>('/api/v1/log/key'),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

async function readCheckpoint() {
  const response = await fetch('/log/checkpoint', { redirect: 'error' });
  if (!response.ok) throw new Error(`/log/checkpoint answered ${response.status}.`);
  const signed = await response.text();
  const { text, signatures } = note.parse(signed);
  return { signed, head: checkpoint.parse(text), signatures };
}

function Head() {
  const head = useQuery({ queryKey: ['checkpoint'], queryFn: readCheckpoint, refetchInterval: 30_000 });
  const key = useLogKey();
  return (
    <section className="card stack" aria-labelledby="head">
      <h2 id="head">Current checkpoint</h2>
      {head.error && <Failure error={head.error} doing="read the checkpoint" onRetry={() => head.refetch()} />}
      {head.data && (
        <dl className="facts">
          <dt>Log</dt>
          <dd className="mono break-all">{head.data.head.origin}</dd>
          <dt>Entries</dt>
          <dd>{count(head.data.head.size)}</dd>
          <dt>Root hash</dt>
          <dd className="mono break-all">{btoa(String.fromCharCode(...head.data.head.root))}</dd>
          <dt>Signed by</dt>
          <dd className="mono break-all">{head.data.signatures.map(({ name, id }) => `${name} (${id})`).join(', ')}</dd>
          {key.data && (
            <>
              <dt>Verifier key</dt>
              <dd className="mono break-all small">{key.data.key}</dd>
            </>
          )}
        </dl>
      )}
    </section>
  );
}

type Check =
  | { state: 'running'; progress?: VerifyProgress }
  | { state: 'done'; steps: Step[]; size: number; bytes: number }
  | { state: 'failed'; message: string };

function Verify() {
  const key = useLogKey();
  const [check, setCheck] = useState<Check>();
  const worker = useRef<Worker>(undefined);
  const start = () => {
    worker.current?.terminate();
    const current = startOwnWorker(verifyWorkerUrl);
    worker.current = current;
    setCheck({ state: 'running' });
    current.onmessage = ({ data }: MessageEvent<VerifyReply>) => {
      if (data.kind === 'progress') return setCheck({ state: 'running', progress: data });
      current.terminate();
      if (data.kind === 'done') setCheck({ state: 'done', steps: data.steps, size: data.size, bytes: data.bytes });
      else setCheck({ state: 'failed', message: data.message });
    };
    current.onerror = () => setCheck({ state: 'failed', message: 'The check stopped without saying why.' });
    current.postMessage({ key: key.data?.key } satisfies VerifyRequest);
  };
  const holds = check?.state === 'done' && check.steps.every((step) => step.outcome !== 'fails');
  return (
    <section className="card stack" aria-labelledby="verify">
      <h2 id="verify">Check it yourself</h2>
      <p className="soft">
        This browser fetches every entry and every tile, hashes them anew and compares the result with the signed
        checkpoint.
      </p>
      <p className="row">
        <button type="button" className="usa-button" disabled={check?.state === 'running'} onClick={start}>
          Verify the whole log
        </button>
      </p>
      {check?.state === 'running' && (
        <div role="status" className="stack-tight">
          <p>
            {check.progress
              ? `Hashed ${count(check.progress.entriesRead)} of ${counted(check.progress.entries, 'entry', 'entries')}…`
              : 'Fetching the checkpoint…'}
          </p>
          <progress
            className="progress"
            aria-label="Entries hashed"
            value={check.progress?.entriesRead ?? 0}
            max={check.progress?.entries || 1}
          />
        </div>
      )}
      {check?.state === 'failed' && (
        <Notice kind="error" heading="The check could not be finished">
          <p>{check.message}</p>
        </Notice>
      )}
      {check?.state === 'done' && (
        <Notice
          kind={holds ? 'success' : 'error'}
          heading={
            holds
              ? `${counted(check.size, 'entry', 'entries')}: the log is what its checkpoint says`
              : 'The log is not what its checkpoint says'
          }
        >
          <ol className="plain-list">
            {check.steps.map((step) => (
              <li key={step.text}>
                {step.text} {step.outcome !== 'holds' && <strong>({step.outcome})</strong>}
              </li>
            ))}
            <li>{size(check.bytes)} were read. To see later that nothing was rewritten, keep this checkpoint.</li>
          </ol>
        </Notice>
      )}
    </section>
  );
}

type Entry = z.infer<typeof LogEntries>['items'][number];

/** Who acted, and the name of what it was about where the entry tells it. Entries are text of others: nothing is relied on. */
function openingOf(body: string): { by?: string; name?: string } {
  try {
    const { by, name } = JSON.parse(body) as Record<string, unknown>;
    return { ...(typeof by === 'string' && { by }), ...(typeof name === 'string' && { name }) };
  } catch {
    return {};
  }
}

function Entries() {
  const { object, after } = useSearch({ from: '/record' });
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(object ?? '');
  const [isReadShown, setReadShown] = useState(false);
  const self = useSession().data?.person?.id;
  const entries = useQuery({
    queryKey: ['log-entries', object, after],
    queryFn: () => ask<z.infer<typeof LogEntries>>(`/api/v1/log/entries${query({ object, after, limit: 50 })}`),
  });
  const items = entries.data?.items ?? [];
  const isOwnRead = ({ type, body }: Entry) => type === 'access' && openingOf(body).by === self;
  const reads = self === undefined ? 0 : items.filter(isOwnRead).length;
  const shown = isReadShown || self === undefined ? items : items.filter((entry) => !isOwnRead(entry));
  return (
    <section className="stack" aria-labelledby="entries">
      <h2 id="entries">Entries you may read</h2>
      <search>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            navigate({ to: '/record', search: wanted.trim() ? { object: wanted.trim() } : {} });
          }}
        >
          <Field label="About the thing with this id">
            {(control) => (
              <input
                {...control}
                className="usa-input"
                value={wanted}
                onChange={(event) => setWanted(event.target.value)}
              />
            )}
          </Field>
          <button type="submit" className="usa-button usa-button--outline align-end">
            Show
          </button>
        </form>
      </search>
      {entries.error && <Failure error={entries.error} doing="read the entries" onRetry={() => entries.refetch()} />}
      {entries.data?.items.length === 0 && (
        <Empty heading="No entry that you may read">
          <p>
            {object
              ? 'Either nothing was recorded about this, or it is not shared with you. Both look the same on purpose.'
              : 'Entries are opened to the people concerned. Sign in to see yours. The check above needs no account.'}
          </p>
        </Empty>
      )}
      {reads > 0 && (
        <p className="row small">
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            aria-pressed={isReadShown}
            onClick={() => setReadShown(!isReadShown)}
          >
            Show reads
          </button>
          <span className="soft">{counted(reads, 'entry', 'entries')} on this page of what you read yourself</span>
        </p>
      )}
      {shown.length > 0 && (
        <ol className="entries card card-flush">
          {shown.map((entry) => (
            <li key={entry.index}>
              <div className="row spread">
                <p>
                  <strong>{entry.did.replaceAll('_', ' ')}</strong> {openingOf(entry.body).name}{' '}
                  <span className="mono small break-all">{entry.object}</span>
                </p>
                <span className="small soft">
                  #{count(entry.index)} · {moments(entry.at)}
                </span>
              </div>
              <EntryProof entry={entry} />
            </li>
          ))}
        </ol>
      )}
      {entries.data?.next && (
        <p>
          <Link
            to="/record"
            search={object ? { object, after: entries.data.next } : { after: entries.data.next }}
            className="usa-button usa-button--outline"
          >
            Earlier entries
          </Link>
        </p>
      )}
    </section>
  );
}

function Offline() {
  return (
    <section className="card stack" aria-labelledby="offline">
      <h2 id="offline">Take it with you</h2>
      <p>
        The export holds the checkpoint and every entry. Verify it on any machine, without this instance, or follow the
        live log from outside:
      </p>
      <ScrollArea label="Commands to verify the log offline" className="code">
        <pre>{`npx assay log verify assay-log.ndjson\nnpx assay log verify --server ${location.origin}`}</pre>
      </ScrollArea>
      <p>
        <a className="usa-button usa-button--outline" href="/api/v1/log/export" download>
          Download the export
        </a>
      </p>
    </section>
  );
}
