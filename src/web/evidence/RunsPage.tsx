import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type DragEvent, useEffect, useId, useRef, useState } from 'react';
import { useSession } from '../directory/session.ts';
import { moments } from '../parts/dates.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Notice } from '../parts/Notice.tsx';
import { counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { FileRefused } from '../send-file.ts';
import { EvidenceNav } from './EvidenceNav.tsx';
import { type Run, refreshRuns, sendLog, useRuns } from './run-api.ts';

/** Evaluation logs: those kept here and those shared with us, the place to bring in more, and the choice of two to compare. */
export function RunsPage() {
  const search = useSearch({ from: '/evidence' });
  const session = useSession();
  const isSignedIn = session.data?.person !== undefined;
  const runs = useRuns(search.after, isSignedIn);
  const items = runs.data?.items ?? [];
  const mayImport = session.data?.roles.some((role) =>
    ['evaluator', 'release_manager', 'security_lead'].includes(role),
  );
  return (
    <div className="stack-wide">
      <PageHeading lead="What a model did when it was evaluated: every attempt, every step, and what the scores are worth.">
        Evidence
      </PageHeading>
      <EvidenceNav />
      {session.data && !isSignedIn && (
        <Empty heading="Logs are shown to those who are signed in">
          <p>
            A log belongs to the organisation that brought it in. Others see it only when they are let in.{' '}
            <Link to="/sign-in">Sign in</Link>
          </p>
        </Empty>
      )}
      {mayImport && <Import />}
      {runs.error && <Failure error={runs.error} doing="list the logs" onRetry={() => runs.refetch()} />}
      {runs.data && items.length === 0 && (
        <Empty heading="No logs yet">
          <p>
            {mayImport
              ? 'Drop the log of an evaluation above. Inspect writes one for each run into its logs folder.'
              : 'None is kept by your organisation, and none is shared with it. Evaluators, release managers and security leads bring logs in.'}
          </p>
        </Empty>
      )}
      {items.length > 0 && <RunList items={items} next={runs.data?.next} />}
    </div>
  );
}

function RunList(props: { items: Run[]; next: string | undefined }) {
  const { items, next } = props;
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<string[]>([]);
  const toggle = (id: string) =>
    setChosen((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-2)));
  const [a, b] = chosen;
  return (
    <section className="stack" aria-labelledby="logs">
      <div className="row spread">
        <h2 id="logs">Logs</h2>
        <div className="row">
          <span className="small soft" id="compare-hint">
            {b ? 'Two logs chosen' : 'Choose two logs to set side by side'}
          </span>
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            aria-describedby="compare-hint"
            disabled={!b}
            onClick={() => a && b && navigate({ to: '/evidence/compare', search: { a, b } })}
          >
            Compare
          </button>
        </div>
      </div>
      <ul className="entries card card-flush">
        {items.map((run) => (
          <RunEntry key={run.id} run={run} isChosen={chosen.includes(run.id)} onToggle={() => toggle(run.id)} />
        ))}
      </ul>
      {next && (
        <p>
          <Link to="/evidence" search={{ after: next }} className="usa-button usa-button--outline">
            Older logs
          </Link>
        </p>
      )}
    </section>
  );
}

function RunEntry(props: { run: Run; isChosen: boolean; onToggle: () => void }) {
  const { run, isChosen, onToggle } = props;
  const id = useId();
  const name = run.task ?? run.fileName;
  return (
    <li className="run-entry">
      <div className="usa-checkbox">
        <input
          id={id}
          className="usa-checkbox__input"
          type="checkbox"
          checked={isChosen}
          disabled={run.state !== 'ready'}
          onChange={onToggle}
        />
        <label className="usa-checkbox__label" htmlFor={id}>
          <span className="visually-hidden">
            Choose {name}, {run.model} to compare
          </span>
        </label>
      </div>
      <div className="stack-tight">
        <div className="row spread">
          <h3>
            <Link to="/evidence/runs/$id" params={{ id: run.id }}>
              {name}
            </Link>
          </h3>
          <span className="row">
            {!run.isOwn && <span className="tag tag-later">Shared with you</span>}
            {run.state === 'importing' && <span className="tag tag-soon">Being read</span>}
            {run.state === 'refused' && <span className="tag tag-now">Not read</span>}
            {run.state === 'ready' && run.status !== 'success' && (
              <span className="tag tag-soon">{statusWords[run.status ?? ''] ?? 'ended early'}</span>
            )}
          </span>
        </div>
        <p className="work-meta meta-flush">
          {run.model && <span className="mono">{run.model}</span>}
          <span>{counted(run.samples, 'sample')}</span>
          <span>{counted(run.events, 'event')}</span>
          <span>{size(run.sizeBytes)}</span>
          <span>{moments(run.createdAt)}</span>
        </p>
        {run.state === 'refused' && <p className="small">{run.problems[0]?.message}</p>}
      </div>
    </li>
  );
}

/** How a run ended, as its log says; nothing is said of a good end. */
export const statusWords: Record<string, string> = {
  started: 'not finished',
  cancelled: 'cancelled',
  error: 'ended in an error',
  unknown: 'end unknown',
};

interface Sending {
  name: string;
  share: number;
}

function Import() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isOver, setOver] = useState(false);
  const [sending, setSending] = useState<Sending>();
  const [failures, setFailures] = useState<{ name: string; error: unknown }[]>([]);
  const [known, setKnown] = useState<{ name: string; run: Run }[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController>(undefined);
  const hint = useId();
  useEffect(() => () => stop.current?.abort(), []);

  const send = async (files: File[]) => {
    if (sending || files.length === 0) return;
    const controller = new AbortController();
    stop.current = controller;
    setFailures([]);
    setKnown([]);
    let last: Run | undefined;
    for (const file of files) {
      if (controller.signal.aborted) break;
      setSending({ name: file.name, share: 0 });
      try {
        const { run, isNew } = await sendLog(
          file,
          (share) => setSending({ name: file.name, share }),
          controller.signal,
        );
        if (isNew) last = run;
        else setKnown((before) => [...before, { name: file.name, run }]);
      } catch (error) {
        setFailures((before) => [...before, { name: file.name, error }]);
      }
      await refreshRuns(client);
    }
    setSending(undefined);
    if (files.length === 1 && last !== undefined) navigate({ to: '/evidence/runs/$id', params: { id: last.id } });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    send([...event.dataTransfer.files]);
  };

  return (
    <div className="stack">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same by keyboard. */}
      <div
        className={`drop drop-low ${isOver ? 'drop-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <div className="stack-tight">
          <p className="drop-title">Drop evaluation logs here</p>
          <p className="soft small" id={hint}>
            Inspect logs (.eval, .json), Every Eval Ever (.json), or a table of item, attempt and score (.csv, .jsonl).
            They are sent to this instance and kept for your organisation only.
          </p>
        </div>
        {sending ? (
          <div className="sending">
            <p aria-live="polite">{sending.share < 1 ? `Sending ${sending.name}` : `Reading ${sending.name}`}</p>
            <progress className="progress" max={1} value={sending.share} aria-label={`Sending ${sending.name}`} />
            <button
              type="button"
              className="usa-button usa-button--outline button-small"
              onClick={() => stop.current?.abort()}
            >
              Stop
            </button>
          </div>
        ) : (
          <button type="button" className="usa-button" aria-describedby={hint} onClick={() => input.current?.click()}>
            Choose files
          </button>
        )}
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          multiple
          tabIndex={-1}
          aria-label="Evaluation logs"
          onChange={(event) => {
            send([...(event.target.files ?? [])]);
            // The same file may be chosen again.
            event.target.value = '';
          }}
        />
      </div>
      {known.map(({ name, run }) => (
        <Notice key={name} kind="info" heading={`This log was here already, since ${moments(run.createdAt)}`}>
          <p>
            The bytes of {name} are the same, so nothing was added.{' '}
            <Link to="/evidence/runs/$id" params={{ id: run.id }}>
              Open the log that is here
            </Link>
          </p>
        </Notice>
      ))}
      {failures.map(({ name, error }) => (
        <Notice key={name} kind="error" heading={`${name} was not taken`}>
          {error instanceof FileRefused && error.problems.length > 0 ? (
            <ul className="plain-list">
              {error.problems.slice(0, 10).map((problem) => (
                <li key={`${problem.path} ${problem.message}`}>{problem.message}</li>
              ))}
            </ul>
          ) : (
            <p>{error instanceof Error ? error.message : String(error)}</p>
          )}
        </Notice>
      ))}
    </div>
  );
}
