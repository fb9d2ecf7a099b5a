import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type DragEvent, type FormEvent, useId, useRef, useState } from 'react';
import publishedUrl from '../../formats/runs/testdata/runs_human_cybench_adjusted.jsonl.gz?url';
import { moments } from '../parts/dates.ts';
import { Failure } from '../parts/Failure.tsx';
import { counted } from '../parts/numbers.ts';
import { ReferenceLink } from '../parts/ReferenceLink.tsx';
import { useRuns } from './run-api.ts';

/** Takes a file of runs, dropped or chosen. It hands the file on and sends nothing. */
export function HorizonDrop(props: { onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const published = useMutation({
    mutationFn: async () =>
      new File([await (await fetch(publishedUrl)).blob()], 'runs_human_cybench_adjusted.jsonl.gz'),
    onSuccess: props.onFile,
  });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) props.onFile(file);
  };
  return (
    <section className="stack-tight" aria-label="Runs from a file">
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
          <p className="drop-title">Drop a file of runs here</p>
          <p className="soft small" id={hint}>
            JSON lines (.jsonl, .jsonl.gz), one run each: model, task_id, task_family, human_minutes, score_binarized.
            The file is read and fitted in this browser. Nothing of it is sent.
          </p>
        </div>
        <div className="row drop-buttons">
          <button type="button" className="usa-button" aria-describedby={hint} onClick={() => input.current?.click()}>
            Choose a file
          </button>
          <button
            type="button"
            className="usa-button usa-button--outline"
            disabled={published.isPending}
            onClick={() => published.mutate()}
          >
            Try published runs
          </button>
        </div>
        <input
          ref={input}
          className="visually-hidden"
          type="file"
          accept=".jsonl,.gz,.ndjson,application/gzip,application/x-ndjson"
          tabIndex={-1}
          aria-label="Runs"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) props.onFile(file);
            // The same file may be chosen again.
            event.target.value = '';
          }}
        />
      </div>
      {published.error && <Failure error={published.error} doing="fetch the published runs" />}
      <p className="small soft">
        The published runs are 1,941 attempts of eight models at security tasks, by{' '}
        <ReferenceLink url="https://github.com/lyptus-research/cyber-task-horizons-data" text="Lyptus Research" />,
        under CC BY 4.0.
      </p>
    </section>
  );
}

const chosenMax = 20;

/** Logs kept here, to choose those to fit. The address then names them. */
export function HorizonKept() {
  const navigate = useNavigate();
  const [after, setAfter] = useState<string>();
  const runs = useRuns(after, true);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const ready = runs.data?.items.filter(({ state, samples }) => state === 'ready' && samples > 0) ?? [];
  if (runs.error) return <Failure error={runs.error} doing="list the logs" onRetry={() => runs.refetch()} />;
  if (ready.length === 0 && after === undefined) return null;
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const fit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen.size > 0) navigate({ to: '/evidence/horizon', search: { runs: [...chosen].join(',') } });
  };
  return (
    <form className="card stack" onSubmit={fit}>
      <fieldset className="usa-fieldset">
        <legend className="usa-legend">Or from logs kept here</legend>
        <p className="usa-hint">A log serves where the metadata of its samples says human_minutes.</p>
        <div className="horizon-kept">
          {ready.map((run) => (
            <div className="usa-checkbox" key={run.id}>
              <input
                id={`fit-${run.id}`}
                className="usa-checkbox__input"
                type="checkbox"
                checked={chosen.has(run.id)}
                disabled={!chosen.has(run.id) && chosen.size >= chosenMax}
                onChange={() => toggle(run.id)}
              />
              <label className="usa-checkbox__label" htmlFor={`fit-${run.id}`}>
                <span data-source="outside">
                  {run.task ?? run.fileName}, <span className="mono">{run.model}</span>
                </span>
                <span className="soft small">
                  {' '}
                  {counted(run.samples, 'sample')}, {moments(run.createdAt)}
                </span>
              </label>
            </div>
          ))}
        </div>
      </fieldset>
      <div className="row">
        <button type="submit" className="usa-button" disabled={chosen.size === 0}>
          Fit the {chosen.size > 0 ? counted(chosen.size, 'chosen log') : 'chosen logs'}
        </button>
        {runs.data?.next && (
          <button type="button" className="usa-button usa-button--outline" onClick={() => setAfter(runs.data?.next)}>
            Older logs
          </button>
        )}
      </div>
    </form>
  );
}
