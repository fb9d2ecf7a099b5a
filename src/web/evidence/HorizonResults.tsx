import { useEffect, useMemo, useState } from 'react';
import { type HorizonChoices, usualChoices } from '../../domain/evidence/model-horizon.ts';
import { Notice } from '../parts/Notice.tsx';
import { count } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { save } from '../parts/save.ts';
import { announce } from '../shell/announce.ts';
import { HorizonChart } from './HorizonChart.tsx';
import { HorizonForm } from './HorizonForm.tsx';
import { looks } from './HorizonMark.tsx';
import { HorizonTable } from './HorizonTable.tsx';
import { HorizonTrend } from './HorizonTrend.tsx';
import { commandOf, csvTable, jsonLines, progressWords } from './horizon-words.ts';
import { type Progress, type RunSource, stopWork, type Worked, work } from './horizon-work.ts';

/** Everything that is worked out from one source: picture, models, choices, and how to get the same numbers elsewhere. */
export function HorizonResults(props: {
  source: RunSource;
  fileName: string;
  /** Saves the runs under `fileName`, where they are not a file already. */
  onSaveRuns?: () => void;
}) {
  const { source, fileName, onSaveRuns } = props;
  const [choices, setChoices] = useState<HorizonChoices>(usualChoices);
  const [worked, setWorked] = useState<Worked>();
  const [progress, setProgress] = useState<Progress>();
  const [failure, setFailure] = useState<string>();
  const [chosen, setChosen] = useState<readonly string[]>();

  useEffect(() => stopWork, []);
  useEffect(() => {
    const controller = new AbortController();
    setFailure(undefined);
    setProgress({ phase: 'reading', share: 0 });
    work(source, choices, setProgress, controller.signal).then(
      (made) => {
        setWorked(made);
        setProgress(undefined);
        announce(made.models.length === 0 ? 'No runs could be read.' : `${made.models.length} models fitted.`);
      },
      (error: Error) => {
        if (controller.signal.aborted) return;
        setFailure(error.message);
        setProgress(undefined);
      },
    );
    return () => controller.abort();
  }, [source, choices]);

  const names = chosen ?? firstChoice(worked);
  const shown = useMemo(
    () =>
      names.flatMap((name, index) => {
        const found = worked?.models.find(({ horizon }) => horizon.model === name);
        return found ? [{ ...found, look: looks[index % looks.length]! }] : [];
      }),
    [names, worked],
  );
  if (failure !== undefined)
    return (
      <Notice kind="error" heading="The runs could not be worked out">
        <p>{failure}</p>
      </Notice>
    );
  if (worked === undefined) return <Working progress={progress} />;
  const horizons = worked.models.map(({ horizon }) => horizon);
  const [first] = horizons;
  if (first === undefined)
    return (
      <>
        <Notice kind="error" heading={`There are no runs in ${fileName}`}>
          <p>
            Wanted is one JSON object a line with <code>model</code> (or <code>alias</code>), <code>task_id</code>,{' '}
            <code>human_minutes</code> and <code>score_binarized</code> (or <code>score_cont</code>).
          </p>
        </Notice>
        <Refused worked={worked} />
      </>
    );
  const command = commandOf(fileName, choices);
  const stem = fileName.replace(/(\.jsonl|\.ndjson)?(\.gz)?$/, '');
  return (
    <>
      <section className="stack" aria-label="Horizons" aria-busy={progress !== undefined}>
        <div className="card">
          <HorizonChart caption="Success against length of task" span={worked.span} models={shown} />
        </div>
        <HorizonTable models={worked.models} shown={shown} onChoose={setChosen} />
        <div className="row">
          <button
            type="button"
            className="usa-button usa-button--outline"
            onClick={() => save(csvTable(horizons), `${stem}.horizons.csv`, 'text/csv')}
          >
            Save as CSV
          </button>
          <button
            type="button"
            className="usa-button usa-button--outline"
            onClick={() => save(jsonLines(horizons), `${stem}.horizons.jsonl`, 'application/x-ndjson')}
          >
            Save as JSON lines
          </button>
        </div>
      </section>
      <HorizonTrend models={worked.models} shown={shown} />
      <HorizonForm choices={choices} progress={progress} onChange={setChoices} />
      <section className="card stack" aria-labelledby="same">
        <h2 id="same">The same numbers on the command line</h2>
        <ScrollArea label="Command" className="code">
          <pre>{command}</pre>
        </ScrollArea>
        <div className="row">
          <button
            type="button"
            className="usa-button usa-button--outline button-small"
            onClick={async () => {
              await navigator.clipboard.writeText(command);
              announce('Command copied.');
            }}
          >
            Copy the command
          </button>
          {onSaveRuns && (
            <button type="button" className="usa-button usa-button--outline button-small" onClick={onSaveRuns}>
              Save these runs as {fileName}
            </button>
          )}
        </div>
      </section>
      <Refused worked={worked} />
    </>
  );
}

/** All models where there are few; else those with the longest horizons. */
function firstChoice(worked: Worked | undefined): readonly string[] {
  const horizons = worked?.models.map(({ horizon }) => horizon) ?? [];
  const most = 4;
  if (horizons.length <= most) return horizons.map(({ model }) => model);
  return horizons
    .toSorted((left, right) => (right.p50Minutes ?? Number.MAX_VALUE) - (left.p50Minutes ?? Number.MAX_VALUE))
    .slice(0, most)
    .map(({ model }) => model);
}

function Working({ progress }: { progress: Progress | undefined }) {
  const { text, value } = progressWords(progress);
  return (
    <div className="horizon-working">
      <div className="drop drop-low working">
        <p className="drop-title">{text}</p>
        <progress className="progress" value={value} max={1} aria-label="Progress" />
        <p className="soft small">Nothing of the runs is sent.</p>
      </div>
    </div>
  );
}

/** Lines that were refused, by number and reason. */
function Refused({ worked: { problems } }: { worked: Worked }) {
  if (problems.length === 0) return null;
  return (
    <section className="card stack" aria-labelledby="refused">
      <h2 id="refused">Lines that were refused</h2>
      <p>They are left out of every number above, never counted as failures.</p>
      <ScrollArea label="Refused lines" className="horizon-refused">
        <ul className="plain-list">
          {problems.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path !== '' && <strong>{path}: </strong>}
              {message}
            </li>
          ))}
        </ul>
      </ScrollArea>
      <p className="small soft">{count(problems.length)} shown.</p>
    </section>
  );
}
