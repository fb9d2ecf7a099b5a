import { Link, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { Chart } from '../parts/Chart.tsx';
import { Empty } from '../parts/Empty.tsx';
import { Failure } from '../parts/Failure.tsx';
import { count, duration } from '../parts/numbers.ts';
import { PageHeading } from '../parts/PageHeading.tsx';
import { ScrollArea } from '../parts/ScrollArea.tsx';
import { IntakeNav } from './IntakeNav.tsx';
import { type SourceRow, useSources } from './queue-api.ts';

/** How many of each source's decided findings were confirmed, and the room that follows from it. */
export function SourcesPage() {
  const search = useSearch({ from: '/intake/sources' });
  const sources = useSources(search.after);
  const items = sources.data?.items ?? [];
  const measured = items.filter((row) => row.precision !== null);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot'), width: number, document: Document) =>
      plot.plot({
        document,
        width,
        height: measured.length * 44 + 72,
        marginBottom: 44,
        marginLeft: 12,
        marginRight: 20,
        x: {
          domain: [0, 100],
          label: 'Confirmed among decided, %',
          labelArrow: 'none',
          labelOffset: 38,
          percent: true,
        },
        y: { axis: null },
        marks: [
          plot.ruleX([0, 1]),
          // Names stand above their lines: beside them they would take half of a phone.
          plot.text(measured, { x: 0, y: nameOf, text: nameOf, textAnchor: 'start', dx: 6, dy: -14 }),
          plot.link(measured, {
            x1: (row: SourceRow) => row.precision?.low,
            x2: (row: SourceRow) => row.precision?.high,
            y1: nameOf,
            y2: nameOf,
            stroke: '#0b4b3f',
            strokeWidth: 3,
          }),
          plot.dot(measured, { x: (row: SourceRow) => row.precision?.value, y: nameOf, fill: '#0b4b3f', r: 5 }),
        ],
      }),
    [measured],
  );
  return (
    <div className="stack-wide">
      <PageHeading lead="A source whose findings are confirmed gets more room; one that floods is slowed. The numbers say why.">
        Sources
      </PageHeading>
      <IntakeNav />
      {sources.error && <Failure error={sources.error} doing="list the sources" onRetry={() => sources.refetch()} />}
      {sources.isLoading && <p className="soft">Opening the board…</p>}
      {sources.data && items.length === 0 && (
        <Empty heading="No source yet">
          <p>A source stands here from its first finding on.</p>
        </Empty>
      )}
      {measured.length > 0 && (
        <Chart
          caption="Confirmed among decided findings, with the interval at 95 %"
          draw={draw}
          table={<SourceTable rows={measured} />}
        />
      )}
      {items.length > 0 && (
        <section className="card stack" aria-labelledby="all">
          <h2 id="all">All sources</h2>
          <SourceTable rows={items} />
        </section>
      )}
      {sources.data?.next !== undefined && (
        <p>
          <Link to="/intake/sources" search={{ after: sources.data.next }} className="usa-button usa-button--outline">
            Further sources
          </Link>
        </p>
      )}
    </div>
  );
}

const nameOf = (row: SourceRow): string => row.source?.name ?? 'Without an account';
const percent = (value: number): string => `${Math.round(value * 100)} %`;
const hidden = (value: number | null): string => (value === null ? 'few' : count(value));

function SourceTable({ rows }: { rows: SourceRow[] }) {
  return (
    <ScrollArea label="Sources with their numbers" className="table-wide">
      <table className="usa-table">
        <caption className="visually-hidden">Sources with their numbers</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col" className="number">
              Findings
            </th>
            <th scope="col" className="number">
              Confirmed
            </th>
            <th scope="col" className="number">
              Refuted
            </th>
            <th scope="col">Confirmed among decided</th>
            <th scope="col" className="number">
              Same as another
            </th>
            <th scope="col">To a decision</th>
            <th scope="col">Room</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.source?.id ?? 'none'}>
              <th scope="row">{nameOf(row)}</th>
              <td className="number">{hidden(row.total)}</td>
              <td className="number">{hidden(row.counts.confirmed)}</td>
              <td className="number">{hidden(row.counts.refuted)}</td>
              <td>
                {row.precision === null
                  ? 'not yet told'
                  : `${percent(row.precision.value)} (${percent(row.precision.low)} to ${percent(row.precision.high)})`}
              </td>
              <td className="number">{row.duplicateShare == null ? '–' : percent(row.duplicateShare)}</td>
              <td>{row.medianSecondsToDecision === null ? '–' : duration(row.medianSecondsToDecision)}</td>
              <td title={row.room?.reasons.join(' ')}>{row.room ? `${count(row.room.perDay)} a day` : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
