import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ask } from '../api.ts';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { Modal } from '../parts/Modal.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { DeskRun } from './DeskRun.tsx';
import { RunMarks } from './RunMarks.tsx';
import { RunSamples } from './RunSamples.tsx';
import { RunScores } from './RunScores.tsx';
import { RunSharing } from './RunSharing.tsx';
import { statusWords } from './RunsPage.tsx';
import { type RunView, refreshRuns, runPath, useRun } from './run-api.ts';

/** One run: what its log says of itself, what its samples say, and every attempt. */
export function RunPage() {
  const { id } = useParams({ from: '/evidence/runs/$id' });
  const run = useRun(id);
  if (run.error) {
    return (
      <div className="stack">
        <PageHeading>Run</PageHeading>
        <Failure error={run.error} doing="open the run" onRetry={() => run.refetch()} />
      </div>
    );
  }
  if (!run.data) return <p className="soft">Opening the run…</p>;
  return <Loaded run={run.data} />;
}

function Loaded(props: { run: RunView }) {
  const { run } = props;
  return (
    <div className="stack-wide">
      <div className="stack">
        <p className="small soft eyebrow">
          <Link to="/evidence">Evidence</Link> / {run.fileName}
        </p>
        <PageHeading aside={run.isOwn ? <Forget run={run} /> : undefined}>{run.task ?? run.fileName}</PageHeading>
        <p className="row">
          {run.model && <strong className="mono">{run.model}</strong>}
          <span className="tag tag-pine">
            Audience: {run.audience.length === 1 ? run.audience[0]?.name : counted(run.audience.length, 'organisation')}
          </span>
          {run.state === 'ready' && run.status !== 'success' && (
            <span className="tag tag-soon">{statusWords[run.status ?? ''] ?? run.status}</span>
          )}
        </p>
      </div>
      {run.state === 'importing' && (
        <Notice kind="info" heading="This log is being read">
          <p>
            {counted(run.samples, 'sample')} and {counted(run.events, 'event')} so far. Nothing of it is shown until all
            of it is here; you may leave this page.
          </p>
        </Notice>
      )}
      {run.state === 'refused' && (
        <Notice kind="error" heading="This log could not be read">
          <ul className="plain-list">
            {run.problems.map((problem) => (
              <li key={`${problem.path} ${problem.message}`}>{problem.message}</li>
            ))}
          </ul>
        </Notice>
      )}
      {run.state === 'ready' && run.header && run.report && (
        <>
          <RunMarks marks={run.report.marks} />
          <RunScores run={run} />
          <RunSamples run={run} />
          <DeskRun run={run.id} samples={run.samples} />
          <div className="two-columns">
            <HeaderFacts run={run} />
            {run.isOwn && <RunSharing run={run} />}
          </div>
        </>
      )}
    </div>
  );
}

function HeaderFacts(props: { run: RunView }) {
  const { run } = props;
  const { header } = run;
  if (!header) return null;
  const facts: [string, string | null][] = [
    ['Task', `${header.task}${header.taskVersion === null ? '' : `, version ${header.taskVersion}`}`],
    ['Model asked for', header.model],
    [
      'Other models',
      Object.entries(header.modelRoles)
        .map(([role, model]) => `${role}: ${model}`)
        .join(', ') || null,
    ],
    ['Dataset', header.dataset.name],
    ['Solver', header.solver ?? (header.steps.join(', ') || null)],
    ['Attempts at each item', String(header.epochs)],
    [
      'Limits',
      Object.entries(header.limits)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ') || null,
    ],
    ['Sandbox', header.sandbox],
    ['Code', header.revision?.commit ? `${header.revision.commit}${header.revision.dirty ? ', changed' : ''}` : null],
    ['Ran', header.startedAt && `${moments(header.startedAt)}`],
    ['Ended', header.completedAt && `${moments(header.completedAt)}`],
    ['File', `${run.fileName}, ${size(run.sizeBytes)}, ${run.format}`],
    ['Digest of the file', run.digest],
    ['Digest of the manifest', run.manifestDigest],
    ['Brought in', moments(run.createdAt)],
  ];
  return (
    <section className="card stack" aria-labelledby="facts">
      <h2 id="facts">What the log says of itself</h2>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div className="fact" key={name}>
                <dt>{name}</dt>
                <dd className={value.startsWith('sha256:') ? 'mono break-all' : 'break-all'}>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <p className="row small">
        <a href={`${runPath(run.id)}/manifest`}>Manifest (JSON)</a>
        <a href={`${runPath(run.id)}/export?as=every-eval-ever`}>Every Eval Ever (JSON)</a>
        {run.scorers.length > 0 && <a href={`${runPath(run.id)}/export?as=attempts`}>Attempts (CSV)</a>}
      </p>
    </section>
  );
}

function Forget(props: { run: RunView }) {
  const { run } = props;
  const [isAsked, setAsked] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const forget = useMutation({
    mutationFn: () => ask<void>(runPath(run.id), { method: 'DELETE' }),
    onSuccess: async () => {
      await refreshRuns(client);
      await navigate({ to: '/evidence' });
    },
  });
  return (
    <>
      <button type="button" className="usa-button usa-button--outline button-small" onClick={() => setAsked(true)}>
        Forget this log
      </button>
      {isAsked && (
        <Modal heading="Forget this log?" onClose={() => setAsked(false)}>
          <p>
            Its {count(run.samples)} samples and their transcripts go from this instance, for everybody who sees them.
            That it was here stays on record. The file itself stays where you have it.
          </p>
          {forget.error && <Failure error={forget.error} doing="forget the log" />}
          <p className="row">
            <button type="button" className="usa-button" disabled={forget.isPending} onClick={() => forget.mutate()}>
              Forget it
            </button>
            <button type="button" className="usa-button usa-button--outline" onClick={() => setAsked(false)}>
              Keep it
            </button>
          </p>
        </Modal>
      )}
    </>
  );
}
