import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import { rowsOfSamples } from '../../domain/evidence/model-horizon.ts';
import { useSession } from '../directory/session.ts';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { Notice } from '../parts/Notice.tsx';
import { count, counted, size } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { save } from '../parts/save.ts';
import { EvidenceNav } from './EvidenceNav.tsx';
import { HorizonExplained } from './HorizonExplained.tsx';
import { HorizonResults } from './HorizonResults.tsx';
import { HorizonDrop, HorizonKept } from './HorizonStart.tsx';
import { type KeptRuns, loadKept, scorersOf } from './horizon-kept.ts';

/** Beyond this a file is refused unread; the command line reads files of any size. */
const fileSizeMax = 512 * 1024 * 1024;

/** Time horizons from a file, which stays in this browser, or from logs kept here. */
export function HorizonPage() {
  const { runs } = useSearch({ from: '/evidence/horizon' });
  const navigate = useNavigate();
  const session = useSession();
  const [file, setFile] = useState<File>();
  const [refused, setRefused] = useState<File>();
  const isSignedIn = session.data?.person !== undefined;
  const take = (chosen: File) => {
    const isTaken = chosen.size <= fileSizeMax;
    setFile(isTaken ? chosen : undefined);
    setRefused(isTaken ? undefined : chosen);
  };
  const startAnew = () => {
    setFile(undefined);
    if (runs !== undefined) navigate({ to: '/evidence/horizon', search: {} });
  };
  const isAtStart = runs === undefined && file === undefined;
  return (
    <div className="stack-wide">
      <EvidenceNav />
      <PageHeading lead="How long are the tasks that a model solves? From runs at tasks of known length, worked out in this browser.">
        Time horizon
      </PageHeading>
      {refused && (
        <Notice kind="error" heading={`${refused.name} is too large for a browser`}>
          <p>
            It has {size(refused.size)}; this page takes up to {size(fileSizeMax)}. The command line reads it:{' '}
            <code>assay horizon {refused.name}</code>
          </p>
        </Notice>
      )}
      {isAtStart && (
        <>
          <HorizonDrop onFile={take} />
          {isSignedIn && <HorizonKept />}
          <HorizonExplained />
        </>
      )}
      {runs !== undefined && session.data && !isSignedIn && (
        <Empty heading="Logs are shown to those who are signed in">
          <p>
            <Link to="/sign-in">Sign in</Link>, then open this address again.
          </p>
        </Empty>
      )}
      {runs !== undefined && isSignedIn && (
        <FromKept key={runs} ids={runs.split(',').slice(0, 20)} onOther={startAnew} />
      )}
      {runs === undefined && file && (
        <>
          <From onOther={startAnew}>
            <p>
              <strong data-source="outside">{file.name}</strong> <span className="soft">stays on this computer.</span>
            </p>
          </From>
          <HorizonResults source={file} fileName={file.name} />
        </>
      )}
    </div>
  );
}

/** Where the runs are from, and the way to others. */
function From(props: { onOther: () => void; children: ReactNode }) {
  return (
    <div className="row spread horizon-from">
      <div className="stack-tight">{props.children}</div>
      <button type="button" className="usa-button usa-button--outline button-small" onClick={props.onOther}>
        Other runs
      </button>
    </div>
  );
}

function FromKept({ ids, onOther }: { ids: string[]; onOther: () => void }) {
  const [read, setRead] = useState(0);
  const kept = useQuery({
    queryKey: ['horizon', ids],
    queryFn: ({ signal }) => loadKept(ids, setRead, signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (kept.error) return <Failure error={kept.error} doing="read the logs" onRetry={() => kept.refetch()} />;
  if (!kept.data)
    return (
      <div className="horizon-working">
        <div className="drop drop-low">
          <p className="drop-title">Fetching samples…</p>
          <p className="soft small">{counted(read, 'sample')} so far</p>
        </div>
      </div>
    );
  return <Kept runs={kept.data} onOther={onOther} />;
}

/** The name under which the runs of kept logs are saved. */
const savedName = 'kept-runs.jsonl';

function Kept({ runs, onOther }: { runs: KeptRuns[]; onOther: () => void }) {
  const scorers = useMemo(() => scorersOf(runs), [runs]);
  const [scorer, setScorer] = useState(scorers[0]);
  const made = useMemo(() => runs.map((one) => rowsOfSamples(one, scorer ?? '')), [runs, scorer]);
  const rows = useMemo(() => made.flatMap((one) => one.rows), [made]);
  const left = (of: keyof (typeof made)[number]['leftOut']) => made.reduce((sum, { leftOut }) => sum + leftOut[of], 0);
  const leftOut = [
    [left('withoutMinutes'), 'whose metadata names no human_minutes'],
    [left('unscored'), 'without a score'],
    [left('outsideRange'), 'with a score that is not from 0 to 1'],
  ] as const;
  const saveRuns = () => {
    const lines = rows.map(({ model, task, family, minutes, score }) =>
      JSON.stringify({ model, task_id: task, task_family: family, human_minutes: minutes, score_cont: score }),
    );
    save(`${lines.join('\n')}\n`, savedName, 'application/x-ndjson');
  };
  if (rows.length === 0)
    return (
      <Empty heading="These logs do not say how long their tasks are">
        <p>
          A horizon needs, in the metadata of each sample, <code>human_minutes</code>: how long the task takes a human
          expert. Where tasks resemble one another, <code>family</code> says which belong together.
        </p>
      </Empty>
    );
  return (
    <>
      <From onOther={onOther}>
        <ul className="plain-list">
          {runs.map((run) => (
            <li key={run.id}>
              <Link to="/evidence/runs/$id" params={{ id: run.id }}>
                <span data-source="outside">{run.task}</span>
              </Link>
              ,{' '}
              <span className="mono" data-source="outside">
                {run.model}
              </span>
              , {counted(run.samples.length, 'sample')}
            </li>
          ))}
        </ul>
        <p className="small soft">
          Runs of one model are taken together.
          {leftOut.filter(([number]) => number > 0).map(([number, words]) => ` Left out: ${count(number)} ${words}.`)}
        </p>
        {scorers.length > 1 && (
          <Field label="Score by">
            {(control) => (
              <select
                {...control}
                className="usa-select"
                value={scorer}
                onChange={(event) => setScorer(event.target.value)}
              >
                {scorers.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            )}
          </Field>
        )}
      </From>
      <HorizonResults source={rows} fileName={savedName} onSaveRuns={saveRuns} />
    </>
  );
}
