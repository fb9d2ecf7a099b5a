import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { clustersWanted } from '../../domain/evidence/statistics/standard-error.ts';
import { ask, query } from '../api.ts';
import { Chart } from '../parts/Chart.tsx';
import { Failure } from '../parts/Failure.tsx';
import { Field } from '../parts/Field.tsx';
import { count, counted } from '../parts/numbers.ts';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { type RunView, runPath, type Statistics } from './run-api.ts';

/** Three digits after the point, as scores are compared. */
export const digits = (value: number | null | undefined): string =>
  value === null || value === undefined ? 'none' : value.toFixed(3);

const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

/** The scores of a run: what the header says beside what the samples give, and success with its uncertainty. */
export function RunScores(props: { run: RunView }) {
  const { run } = props;
  const scorers = run.scorers.filter(({ scored }) => scored > 0);
  const [scorer, setScorer] = useState(scorers[0]?.name ?? '');
  const [cluster, setCluster] = useState('');
  const groups = run.clusters.filter(({ groups }) => groups > 1 && groups < (run.report?.items ?? 0));
  return (
    <section className="stack" aria-labelledby="scores">
      <h2 id="scores">Scores</h2>
      <HeaderScores run={run} />
      {scorers.length === 0 ? (
        <p className="card soft">No sample has a score that stands for a number. Unscored is not zero.</p>
      ) : (
        <div className="card stack">
          <div className="row">
            <Field label="Score by">
              {(control) => (
                <select
                  {...control}
                  className="usa-select"
                  value={scorer}
                  onChange={(event) => setScorer(event.target.value)}
                >
                  {scorers.map(({ name, scored }) => (
                    <option key={name} value={name}>
                      {name} ({count(scored)} scored)
                    </option>
                  ))}
                </select>
              )}
            </Field>
            {groups.length > 0 && (
              <Field label="Items that resemble one another">
                {(control) => (
                  <select
                    {...control}
                    className="usa-select"
                    value={cluster}
                    onChange={(event) => setCluster(event.target.value)}
                  >
                    <option value="">Each item for itself</option>
                    {groups.map(({ key, groups }) => (
                      <option key={key} value={key}>
                        Grouped by {key} ({count(groups)} groups)
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            )}
          </div>
          <Success run={run.id} scorer={scorer} cluster={cluster} />
        </div>
      )}
    </section>
  );
}

function useStatistics(run: string, scorer: string, cluster: string) {
  return useQuery({
    queryKey: ['run', run, 'statistics', scorer, cluster],
    queryFn: () => ask<Statistics>(`${runPath(run)}/statistics${query({ scorer, cluster })}`),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Success(props: { run: string; scorer: string; cluster: string }) {
  const { run, scorer, cluster } = props;
  const alone = useStatistics(run, scorer, '');
  const grouped = useStatistics(run, scorer, cluster);
  if (alone.error) return <Failure error={alone.error} doing="work out the success" onRetry={() => alone.refetch()} />;
  if (grouped.error) return <Failure error={grouped.error} doing="work out the success" />;
  if (!alone.data || !grouped.data) return <p className="soft">Working it out…</p>;
  const rows = [
    { name: 'Each item for itself', ...alone.data },
    ...(cluster === '' ? [] : [{ name: `Grouped by ${cluster}`, ...grouped.data }]),
  ];
  const shown = cluster === '' ? alone.data : grouped.data;
  return (
    <>
      <p>
        <strong className="figure">{shown.mean === null ? 'Nothing scored' : percent(shown.mean)}</strong>{' '}
        {shown.interval && (
          <>
            of items, {percent(shown.interval.low)} to {percent(shown.interval.high)} (two-sided 95% interval, Wilson)
          </>
        )}
      </p>
      {shown.desk !== null && (
        <p>
          {counted(shown.desk.cheated, 'attempt')} {shown.desk.cheated === 1 ? 'was' : 'were'} found to be cheated at
          the{' '}
          <Link to="/evidence/desk" search={{ run, view: 'all' }}>
            desk
          </Link>
          ; with {shown.desk.cheated === 1 ? 'it as a failure' : 'them as failures'}:{' '}
          <strong>{shown.desk.mean === null ? 'nothing scored' : percent(shown.desk.mean)}</strong>. The other numbers
          here count {shown.desk.cheated === 1 ? 'it' : 'them'} as scored.
        </p>
      )}
      <p className="soft small">
        {count(shown.items)} items, {count(shown.scored)} scored attempts
        {shown.unscored > 0 && `, ${count(shown.unscored)} unscored and left out`}. The interval counts{' '}
        {count(shown.clusters)} {cluster === '' ? 'items' : 'groups'} (C = {count(shown.clusters)}): how far the mean
        would move with other items like these.
        {cluster !== '' &&
          shown.clusters < clustersWanted &&
          ` With fewer than ${clustersWanted} groups an interval is a rough guide: it can be too narrow.`}
      </p>
      <SuccessChart rows={rows} />
    </>
  );
}

type SuccessRow = Statistics & { name: string };

function SuccessChart(props: { rows: SuccessRow[] }) {
  const { rows } = props;
  const bars = useMemo(
    () =>
      rows.flatMap(({ name, mean, interval }) =>
        mean === null ? [] : [{ name, mean, low: interval?.low ?? mean, high: interval?.high ?? mean }],
      ),
    [rows],
  );
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: 52 + bars.length * 36,
        marginLeft: 148,
        marginRight: 24,
        x: {
          label: null,
          domain: [0, 1],
          ticks: width < 480 ? [0, 0.5, 1] : 5,
          tickFormat: (tick: number) => `${Math.round(tick * 100)}%`,
          grid: true,
        },
        y: { label: null, domain: bars.map(({ name }) => name), tickSize: 0 },
        marks: [
          plot.ruleY(bars, { y: 'name', x1: 'low', x2: 'high', stroke: '#0b4b3f', strokeWidth: 3 }),
          plot.tickX(bars, { y: 'name', x: 'low', stroke: '#0b4b3f', inset: 9 }),
          plot.tickX(bars, { y: 'name', x: 'high', stroke: '#0b4b3f', inset: 9 }),
          plot.dot(bars, { y: 'name', x: 'mean', fill: '#0b4b3f', r: 6 }),
          plot.ruleX([0], { stroke: '#73807c' }),
        ],
      }),
    [bars],
  );
  if (bars.length === 0) return null;
  return (
    <Chart
      caption="Success over items, with 95% intervals"
      draw={draw}
      table={
        <div className="table-wide">
          <table className="usa-table">
            <thead>
              <tr>
                <th scope="col">Counted</th>
                <th scope="col" className="number">
                  Mean
                </th>
                <th scope="col" className="number">
                  Low
                </th>
                <th scope="col" className="number">
                  High
                </th>
                <th scope="col" className="number">
                  C
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  <td className="number">{digits(row.mean)}</td>
                  <td className="number">{digits(row.interval?.low)}</td>
                  <td className="number">{digits(row.interval?.high)}</td>
                  <td className="number">{count(row.clusters)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      }
    />
  );
}

/** What the log's header says, beside the same worked out from the samples. */
function HeaderScores(props: { run: RunView }) {
  const scores = props.run.report?.scores ?? [];
  const rows = scores.flatMap(({ name, reducer, metrics, recomputed }) =>
    Object.entries(metrics).map(([metric, said]) => ({ name, reducer, metric, said, own: recomputed[metric] })),
  );
  if (rows.length === 0) return null;
  return (
    <ScrollArea label="Scores in the header" className="card table-wide">
      <table className="usa-table">
        <caption>In the header of the log, and worked out from its samples again</caption>
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">Metric</th>
            <th scope="col" className="number">
              Header
            </th>
            <th scope="col" className="number">
              From the samples
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, reducer, metric, said, own }) => (
            <tr key={`${name} ${reducer} ${metric}`}>
              <th scope="row">
                {name}
                {reducer && <span className="soft"> ({reducer})</span>}
              </th>
              <td>{metric}</td>
              <td className="number">{digits(said)}</td>
              <td className="number">
                {own === undefined ? (
                  <span className="soft">not worked out</span>
                ) : (
                  <>
                    {digits(own)}
                    {said !== null && Math.abs(own - said) > 1e-6 * Math.max(1, Math.abs(said)) && (
                      <>
                        {' '}
                        <span className="tag tag-soon">differs</span>
                      </>
                    )}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
